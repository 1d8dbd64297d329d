"""How long a shopper waits for her voice, how well it is understood, and how soon she is silent: `make bench-voice`.

Sixty different answers of twelve words are spoken after one warm-up. The clock runs from the text to the first sentence
ready to send: sound as WAV bytes and the motion score as JSON text. Goals: p50 120 ms, p95 250 ms on two cores. The
ceiling in the same run is the bare engine.

With the packages of `make setup-voices` too: thirty Chinese sentences in each Chinese voice (character errors, goal 6 %,
and the worst voice's beside).
With the packages of `make setup-listening`: fifty sentences fixed beforehand are written down again (word errors, goal 3 %; the worst of
all eight voices beside), and a shopper talks with her by microphone in Chromium (microphone_talk.py; goal 60 ms from the interruption
to silence, the worst of at least twenty).
"""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from character_errors import character_error_percent
from hour_of_speech import drift_ms_after_an_hour
from microphone_talk import CUTTING_IN, QUESTIONS, talk_by_microphone
from word_errors import word_error_percent

from avatar_pipeline.engines.whisper import load_whisper
from avatar_pipeline.listen import can_listen
from avatar_pipeline.speak import speak
from avatar_pipeline.text.reading import read_sentence
from avatar_pipeline.voice import Voice

INTERRUPTIONS_MIN = 20
CHINESE_VOICES = ("jade", "lotus", "bamboo", "pine")
ENGLISH_VOICES = ("heart", "robin", "wren", "willow", "sage", "cedar", "oak", "slate")
STARTS = ("Our house blend", "The fresh croissant", "Your flat white", "This gift box", "The pumpkin loaf")
MIDDLES = ("is four dollars fifty", "is baked every morning", "is twenty percent off", "will be ready soon")
ENDS = ("and I can hold one.", "so would you like some?", "with the coupon on screen.")


def answers() -> list[str]:
    """Give sixty different answers of twelve words."""
    return [f"{start} {middle}, {end}" for start in STARTS for middle in MIDDLES for end in ENDS]


def timed(answer: str, voice: Voice) -> tuple[float, float, float]:
    """Give milliseconds to the first sentence ready to send, milliseconds of the bare engine, and seconds of sound."""
    start = time.perf_counter()
    sentence = next(speak(answer, voice, seed=1))
    payload = len(sentence.to_wav_bytes()) + len(json.dumps(sentence.score.to_json()))
    whole = time.perf_counter() - start
    assert payload > 1000
    start = time.perf_counter()
    voice.load().say(read_sentence(answer), voice.speed, 1)
    return whole * 1e3, (time.perf_counter() - start) * 1e3, sentence.duration_s


def listening() -> dict[str, tuple[float, str]]:
    """What is heard: word errors of every voice, and a talk by microphone."""
    recogniser = load_whisper()
    errors = {name: word_error_percent(recogniser, name, told=name == "heart") for name in ENGLISH_VOICES}
    for name, percent in errors.items():
        print(f"words heard wrong, {name:20}{percent:8.2f} %")
    chinese = {name: character_error_percent(recogniser, name) for name in CHINESE_VOICES if Voice(name).is_ready()}
    for name, (characters, syllables) in chinese.items():
        print(f"characters heard wrong, {name:15}{characters:8.2f} %, syllables {syllables:.2f} %")
    talk = talk_by_microphone()
    print(f"by microphone: {len(talk.heard)} of {len(QUESTIONS) + CUTTING_IN} questions heard")
    print(f"{'':48}{'of':>6}{'p50':>8}{'p95':>8}{'worst':>8}")
    for name, waits in (
        ("from the shopper's last sound to her first, ms", talk.turn_end_to_first_sound_ms),
        ("from the interruption told to silence, ms", talk.interrupt_to_silence_ms),
        ("from the shopper's first sound to silence, ms", talk.voice_to_silence_ms),
    ):
        print(f"{name:48}{len(waits):6}{np.median(waits):8.0f}{np.percentile(waits, 95):8.0f}{max(waits):8.0f}")
    if len(talk.interrupt_to_silence_ms) < INTERRUPTIONS_MIN:
        print(f"only {len(talk.interrupt_to_silence_ms)} interruptions: too few to call the worst of them a worst")
    return {
        "wer_percent": (errors["heart"], "%"),
        "wer_worst_voice_percent": (max(errors.values()), "%"),
        **({"cer_percent": (chinese["jade"][0], "%"), "cer_worst_voice_percent": (max(chinese.values())[0], "%")} if chinese else {}),
        **({"syllable_error_percent": (max(one[1] for one in chinese.values()), "%")} if chinese else {}),
        "turn_end_to_first_sound_ms": (float(np.median(talk.turn_end_to_first_sound_ms)), "ms"),
        "turn_end_to_first_sound_worst_ms": (max(talk.turn_end_to_first_sound_ms), "ms"),
        "interrupt_to_silence_ms": (max(talk.interrupt_to_silence_ms), "ms"),
    }


def main() -> None:
    """Run all and print a table, then one line per figure."""
    texts = answers()
    start = time.perf_counter()
    Voice().load()
    loading = time.perf_counter() - start
    assert {len(text.split()) for text in texts} == {12}
    print(f"{len(texts)} answers of 12 words, voice loaded in {loading:.2f} s, one thread")
    runs = np.array([timed(text, Voice()) for text in texts])
    print(f"{'':28}{'p50':>8}{'p95':>8}{'worst':>8}")
    for name, column in (("first sentence ready, ms", 0), ("of that the engine, ms", 1)):
        middle, high = np.percentile(runs[:, column], [50, 95])
        print(f"{name:28}{middle:8.1f}{high:8.1f}{runs[:, column].max():8.1f}")
    print(f"{'times faster than speech':28}{np.median(runs[:, 2] * 1e3 / runs[:, 0]):8.1f}")
    middle, high = np.percentile(runs[:, 0], [50, 95])
    figures = listening() if can_listen() else {}
    print(f"voice_first_audio_p50_ms {middle:.1f} ms")
    print(f"voice_first_audio_p95_ms {high:.1f} ms")
    print(f"drift_ms_1h {drift_ms_after_an_hour([round(seconds * 24_000) for seconds in runs[:, 2]]):.3g} ms")
    for name, (value, unit) in figures.items():
        print(f"{name} {value:.4g} {unit}")


if __name__ == "__main__":
    main()
