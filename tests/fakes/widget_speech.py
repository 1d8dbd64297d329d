"""A stand-in for the voice: tones instead of words, with exact word times and a motion score that opens the jaw with the sound."""

import hashlib
import io
import wave
from dataclasses import dataclass
from typing import Any

import numpy as np

from avatar_pipeline.score import CHANNEL_INDEX, CHANNELS, RATE_HZ, MotionScore

SAMPLE_RATE_HZ = 24_000
SECONDS_PER_LETTER = 0.03
PAUSE_S = 0.06
REST_S = 0.25  # silence at both ends, so that a still mouth can be measured


@dataclass(frozen=True)
class FakeSpeech:
    """What the real voice gives for one sentence."""

    wav: bytes
    sample_count: int
    words: list[dict[str, Any]]
    score: dict[str, Any]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.wav).hexdigest()


def say(text: str, haste: float = 1.0) -> FakeSpeech:
    """Sound for a text: each word is one tone as long as its letters, swelling and fading; between words nothing sounds.

    `haste` is how many times quicker than a person she speaks, for tests that are not about time.
    """
    words, at_s = [], REST_S / haste
    for word in text.split():
        length_s = max(0.08, len(word) * SECONDS_PER_LETTER) / haste
        words.append({"text": word, "start_ms": round(at_s * 1000), "end_ms": round((at_s + length_s) * 1000)})
        at_s += length_s + PAUSE_S / haste
    count = int((at_s + REST_S / haste) * SAMPLE_RATE_HZ)
    loudness = np.zeros(count)
    for word in words:
        first, end = (int(word[key] * SAMPLE_RATE_HZ / 1000) for key in ("start_ms", "end_ms"))
        loudness[first:end] = np.sin(np.linspace(0, np.pi, end - first)) ** 0.7
    times = np.arange(count) / SAMPLE_RATE_HZ
    sound = loudness * 0.25 * (np.sin(2 * np.pi * 196 * times) + 0.4 * np.sin(2 * np.pi * 392 * times))
    return FakeSpeech(_wav(sound), count, words, _score(loudness))


def _wav(sound: "np.ndarray[Any, Any]") -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE_HZ)
        writer.writeframes((sound * 32767).astype("<i2").tobytes())
    return file.getvalue()


def _score(loudness: "np.ndarray[Any, Any]") -> dict[str, Any]:
    step = SAMPLE_RATE_HZ // RATE_HZ
    opening = loudness[::step]
    values = np.zeros((len(opening), len(CHANNELS)), dtype=np.float32)
    values[:, CHANNEL_INDEX["jawOpen"]] = opening * 0.6
    values[:, CHANNEL_INDEX["headYaw"]] = 0.03 * np.sin(np.arange(len(opening)) / 40)
    return MotionScore.from_floats(values).to_json()
