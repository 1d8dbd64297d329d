"""Another body for the same voice: how high it lies, how long its throat and mouth are, how lively its melody is.

The model does not make sound but the parts that sound is made of: a melody, the colour that throat and mouth give it, and breath. So
a lower voice is no slowed-down recording: the melody is moved, the resonances are moved by what a longer throat would do to them
(a man's is about a sixth longer than a woman's), and each consonant stays as long as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
BIN_HZ: Final = 20.0  # one row of the model's spectra
VOICED_FROM_HZ: Final = 40.0
SILENT: Final = -12.0  # logarithm of a strength nobody hears
_BASS_SLOPE: Final = 0.5  # natural logarithm per octave


@dataclass(frozen=True)
class Throat:
    """`pitch` and `resonance` are factors on the trained voice's; `liveliness` stretches the melody around its middle (1 as trained)."""

    pitch: float = 1.0
    resonance: float = 1.0
    liveliness: float = 1.0

    @property
    def is_the_models_own(self) -> bool:
        """Whether nothing is to be changed."""
        return self == Throat()

    def melody(self, pitch_hz: Floats) -> Floats:
        """The model's melody (0 to VOICED_FROM_HZ: no voice) moved and stretched around its own geometric middle."""
        voiced = pitch_hz > VOICED_FROM_HZ
        moved = pitch_hz.copy()
        if voiced.any():
            steps = np.log(pitch_hz[voiced])
            middle = steps.mean()
            moved[voiced] = np.exp(middle + (steps - middle) * self.liveliness + np.log(self.pitch))
        return moved

    def colour(self, spectrum: Floats, *, beyond: float) -> Floats:
        """A spectrum (rows of 20 Hz, frames) with its resonances moved; what would come from above the model's range is `beyond`."""
        rows = len(spectrum)
        place = np.arange(rows, dtype=np.float32) / np.float32(self.resonance)
        low = np.minimum(place.astype(np.intp), rows - 1)
        share = (place - low)[:, None].astype(np.float32)
        moved = spectrum[low] * (1 - share) + spectrum[np.minimum(low + 1, rows - 1)] * share
        moved[place > rows - 1] = beyond
        return np.asarray(moved, np.float32)

    def between_tones(self, colour: Floats, pitch_hz: Floats) -> Floats:
        """A harmonic spectrum (rows of 20 Hz, frames) filled in between the tones that the trained melody had, and below its lowest.

        The model was only ever heard at the multiples of its own pitch; what it says between them is anything. Another melody
        stands on other multiples, so what lies between is taken from the neighbours. Frames without voice stay as they are.
        """
        voiced = pitch_hz > VOICED_FROM_HZ
        tone = np.where(voiced, pitch_hz, BIN_HZ) / np.float32(BIN_HZ)  # rows from one tone to the next
        number = np.arange(len(colour), dtype=np.float32)[:, None] / tone[None, :]
        before = np.maximum(np.floor(number), 1).astype(np.float32)
        share = np.clip(number - before, 0, 1).astype(np.float32)
        lower, upper = (_at(colour, (before + step) * tone) for step in (0, 1))
        filled = lower + (upper - lower) * share
        return np.where(voiced[None, :], filled, colour).astype(np.float32)

    def bass(self, pitch_hz: Floats, rows: int) -> Floats:
        """How much weaker the colour is below the lowest trained tone, as a logarithm (rows, frames)."""
        lowest = np.maximum(pitch_hz, VOICED_FROM_HZ)[None, :] / BIN_HZ
        octaves = np.log2(np.maximum(lowest / np.maximum(np.arange(rows), 1)[:, None], 1))
        return np.where(pitch_hz[None, :] > VOICED_FROM_HZ, -_BASS_SLOPE * octaves, 0).astype(np.float32)


def _at(colour: Floats, rows: NDArray[np.floating[Any]]) -> Floats:
    """The spectrum at fractional rows, one list of rows for each frame."""
    low = np.clip(rows, 0, len(colour) - 1.001).astype(np.intp)
    share = np.clip(rows - low, 0, 1).astype(np.float32)
    return np.asarray(np.take_along_axis(colour, low, 0) * (1 - share) + np.take_along_axis(colour, low + 1, 0) * share, np.float32)
