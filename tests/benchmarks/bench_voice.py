"""How long a shopper waits for the first sound: `python tests/benchmarks/bench_voice.py`.

Sixty different answers of twelve words are spoken after one warm-up. The clock runs from the text to the first sentence
ready to send: sound as WAV bytes and the motion score as JSON text. Goals: p50 120 ms, p95 250 ms on two cores. The
ceiling in the same run is the bare engine.
"""

import json
import time

import numpy as np

from avatar_pipeline.speak import speak
from avatar_pipeline.text.reading import read_sentence
from avatar_pipeline.voice import Voice

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
    print(f"voice_first_audio_p50_ms {middle:.1f} ms")
    print(f"voice_first_audio_p95_ms {high:.1f} ms")


if __name__ == "__main__":
    main()
