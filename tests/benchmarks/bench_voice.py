"""How long a shopper waits for her voice, how well it is understood, and how soon she is silent: `make bench-voice`.

Sixty different answers of twelve words are spoken after one warm-up. The clock runs from the text to the first sentence
ready to send: sound as WAV bytes and the motion score as JSON text. Goals: p50 120 ms, p95 250 ms on two cores. The
ceiling in the same run is the bare engine.

With the packages of `make setup-voices` too: thirty Chinese sentences in each Chinese voice (character errors, goal 6 %,
and the worst voice's beside).
With the packages of `make setup-listening`: fifty sentences fixed beforehand are written down again (word errors, goal 3 %; the worst of
all eight voices beside), and a shopper talks with her by microphone in Chromium (microphone_talk.py; goal 60 ms from the interruption
to silence, the worst of at least twenty).

The whole takes twelve minutes or more. Each part prints as it goes, and its figures when it is done; it may be asked for by itself,
and more than one may be: `--part first-audio`, `words`, `characters`, `microphone`, so that none needs ten minutes.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

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

Figures = dict[str, tuple[float, str]]  # value and unit by name
say = partial(print, flush=True)  # a part takes minutes: whoever waits sees each line when it is known
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


def first_audio() -> Figures:
    """How long a shopper waits for the first sentence, and how far sound and motion are apart after an hour."""
    texts = answers()
    start = time.perf_counter()
    Voice().load()
    loading = time.perf_counter() - start
    assert {len(text.split()) for text in texts} == {12}
    say(f"{len(texts)} answers of 12 words, voice loaded in {loading:.2f} s, one thread")
    runs = np.array([timed(text, Voice()) for text in texts])
    say(f"{'':28}{'p50':>8}{'p95':>8}{'worst':>8}")
    for name, column in (("first sentence ready, ms", 0), ("of that the engine, ms", 1)):
        middle, high = np.percentile(runs[:, column], [50, 95])
        say(f"{name:28}{middle:8.1f}{high:8.1f}{runs[:, column].max():8.1f}")
    say(f"{'times faster than speech':28}{np.median(runs[:, 2] * 1e3 / runs[:, 0]):8.1f}")
    middle, high = np.percentile(runs[:, 0], [50, 95])
    drift = drift_ms_after_an_hour([round(seconds * 24_000) for seconds in runs[:, 2]])
    return {"voice_first_audio_p50_ms": (middle, "ms"), "voice_first_audio_p95_ms": (high, "ms"), "drift_ms_1h": (drift, "ms")}


def words() -> Figures:
    """Word errors of every English voice."""
    recogniser, errors = load_whisper(), dict[str, float]()
    for name in ENGLISH_VOICES:
        errors[name] = word_error_percent(recogniser, name, told=name == "heart")
        say(f"words heard wrong, {name:20}{errors[name]:8.2f} %")
    return {"wer_percent": (errors["heart"], "%"), "wer_worst_voice_percent": (max(errors.values()), "%")}


def characters() -> Figures:
    """Character and syllable errors of every Chinese voice that is installed."""
    recogniser, errors = load_whisper(), dict[str, tuple[float, float]]()
    for name in CHINESE_VOICES:
        if Voice(name).is_ready():
            errors[name] = character_error_percent(recogniser, name)
            say(f"characters heard wrong, {name:15}{errors[name][0]:8.2f} %, syllables {errors[name][1]:.2f} %")
    if not errors:
        return {}
    return {
        "cer_percent": (errors["jade"][0], "%"),
        "cer_worst_voice_percent": (max(errors.values())[0], "%"),
        "syllable_error_percent": (max(one[1] for one in errors.values()), "%"),
    }


def microphone() -> Figures:
    """A talk by microphone in Chromium."""
    talk = talk_by_microphone()
    say(f"by microphone: {len(talk.heard)} of {len(QUESTIONS) + CUTTING_IN} questions heard")
    say(f"{'':48}{'of':>6}{'p50':>8}{'p95':>8}{'worst':>8}")
    for name, waits in (
        ("from the shopper's last sound to her first, ms", talk.turn_end_to_first_sound_ms),
        ("from the interruption told to silence, ms", talk.interrupt_to_silence_ms),
        ("from the shopper's first sound to silence, ms", talk.voice_to_silence_ms),
    ):
        say(f"{name:48}{len(waits):6}{np.median(waits):8.0f}{np.percentile(waits, 95):8.0f}{max(waits):8.0f}")
    if len(talk.interrupt_to_silence_ms) < INTERRUPTIONS_MIN:
        say(f"only {len(talk.interrupt_to_silence_ms)} interruptions: too few to call the worst of them a worst")
    return {
        "turn_end_to_first_sound_ms": (float(np.median(talk.turn_end_to_first_sound_ms)), "ms"),
        "turn_end_to_first_sound_worst_ms": (max(talk.turn_end_to_first_sound_ms), "ms"),
        "interrupt_to_silence_ms": (max(talk.interrupt_to_silence_ms), "ms"),
    }


PARTS: Final[dict[str, Callable[[], Figures]]] = {
    "first-audio": first_audio,
    "words": words,
    "characters": characters,
    "microphone": microphone,
}
BY_EAR: Final = ("words", "characters", "microphone")


def asked(arguments: list[str]) -> list[str]:
    """The parts the command line asks for, all when it names none. Leaves with a message at a part that there is not."""
    parser = argparse.ArgumentParser(description="How long a shopper waits for her voice, and how well it is understood.")
    parser.add_argument("--part", action="append", choices=PARTS, help="this part only; may be given again")
    chosen: list[str] = parser.parse_args(arguments).part or list(PARTS)
    return chosen


def main() -> None:
    """Run what is asked for: each part's tables, then one line per figure of it."""
    for part in asked(sys.argv[1:]):
        if part in BY_EAR and not can_listen():
            say(f"{part}: left out, for it needs the packages of make setup-listening")
            continue
        start = time.perf_counter()
        figures = PARTS[part]()
        say(f"({part} took {time.perf_counter() - start:.0f} s)")
        for name, (value, unit) in figures.items():
            say(f"{name} {value:.4g} {unit}")


if __name__ == "__main__":
    main()
