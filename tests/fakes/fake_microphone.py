"""What a shopper says into a microphone, for Chromium to play in place of one: sentences in one of our voices, with silence between."""

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.speak import speak
from avatar_pipeline.voice import Voice

VOICE_RATE_HZ, SPEECH_RATE_HZ = 24_000, 16_000
TAPS = 24
FLAGS = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


def said(text: str, voice: str = "heart") -> NDArray[np.int16]:
    """A text as sound, int16 mono of 24 kHz."""
    return np.concatenate([sentence.samples for sentence in speak(text, Voice(voice), seed=1)])


def quiet(seconds: float, rate_hz: int = VOICE_RATE_HZ) -> NDArray[np.int16]:
    """Nothing, for a while."""
    return np.zeros(round(seconds * rate_hz), np.int16)


def script(*pieces: str | float) -> tuple[NDArray[np.int16], list[tuple[float, float]]]:
    """Sentences and seconds of silence one after another; the sound, and when each sentence begins and ends in seconds."""
    sounds: list[NDArray[np.int16]] = []
    spans: list[tuple[float, float]] = []
    for piece in pieces:
        at_s = sum(map(len, sounds)) / VOICE_RATE_HZ
        sounds.append(said(piece) if isinstance(piece, str) else quiet(piece))
        if isinstance(piece, str):
            loud = np.flatnonzero(np.abs(sounds[-1]) > 300) / VOICE_RATE_HZ
            spans.append((at_s + float(loud[0]), at_s + float(loud[-1])))
    return np.concatenate(sounds), spans


def write_wav(path: Path, samples: NDArray[np.int16], rate_hz: int = VOICE_RATE_HZ) -> Path:
    """Keep a sound as a file that Chromium plays."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def at_speech_rate(samples: Sequence[int] | NDArray[np.int16]) -> NDArray[np.float32]:
    """24 kHz int16 to 16 kHz float32, what is above 8 kHz taken out."""
    sound = np.asarray(samples, np.float32) / 32768
    places = np.arange(len(sound) * SPEECH_RATE_HZ // VOICE_RATE_HZ) * (VOICE_RATE_HZ / SPEECH_RATE_HZ)
    near = np.floor(places).astype(int)[:, None] + np.arange(-TAPS, TAPS + 1)
    away = places[:, None] - near
    weights = np.sinc(away * 2 / 3) * 2 / 3 * (0.5 + 0.5 * np.cos(np.pi * away / (TAPS + 1)))
    return np.asarray((np.pad(sound, 2 * TAPS)[near + 2 * TAPS] * weights).sum(axis=1), np.float32)
