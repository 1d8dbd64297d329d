"""Is this a sound a person would hear? Reads a WAV file and refuses silence, a wrong format or a wrong length."""

import array
import io
import math
import sys
import wave
from dataclasses import dataclass

from app.demo.players.failure import fail

SAMPLE_RATE_HZ = 24_000
LOUDNESS_MIN = 300
"""Root mean square of 16-bit samples; quiet speech lies above 1,000, a silent file at 0."""


@dataclass(frozen=True)
class Sound:
    """What was found in a file."""

    seconds: float
    loudness: int
    """Root mean square of its 16-bit samples."""


def check_sound(body: bytes, *, sample_count: int, sentence: str) -> Sound:
    """Read mono 24 kHz PCM16; raises StoryFailed unless it is, has `sample_count` samples, and can be heard."""
    try:
        with wave.open(io.BytesIO(body)) as file:
            shape = (file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes())
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as problem:
        fail(f"{sentence} It is not a WAV file.", problem)
    if shape != (1, 2, SAMPLE_RATE_HZ, sample_count):
        fail(f"{sentence} Expected mono, 16 bit, 24 kHz and {sample_count} samples.", shape)
    samples = array.array("h", frames)
    if sys.byteorder == "big":
        samples.byteswap()
    loudness = int(math.sqrt(sum(sample * sample for sample in samples) / max(1, len(samples))))
    if loudness < LOUDNESS_MIN:
        fail(f"{sentence} It is silent.", f"root mean square {loudness} of {len(samples)} samples")
    return Sound(len(samples) / SAMPLE_RATE_HZ, loudness)
