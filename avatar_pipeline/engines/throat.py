"""Another body for the same voice: how high it lies, how long its throat and mouth are, how lively its melody is.

The model does not make sound but the parts that sound is made of: a melody, the colour that throat and mouth give it, and breath. So
a lower voice is no slowed-down recording: the melody is moved, the resonances are moved by what a longer throat would do to them
(a man's is about a sixth longer than a woman's), and each consonant stays as long as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
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
        known = int(np.searchsorted(place, rows - 1, "right"))
        low = np.minimum(place[:known].astype(np.intp), rows - 2)
        share = (place[:known] - low)[:, None].astype(np.float32)
        moved = np.full(spectrum.shape, beyond, np.float32)
        moved[:known] = spectrum[low]
        moved[:known] += (spectrum[low + 1] - moved[:known]) * share
        return moved

    def between_tones(self, colours: Sequence[Floats], pitch_hz: Floats) -> list[Floats]:
        """Spectra of one sound (rows of 20 Hz, frames) filled in between the tones of the trained melody, and below its lowest.

        The model was only ever heard at the multiples of its own pitch; what it says between them is anything. Another melody
        stands on other multiples, so what lies between is taken from the neighbours. Frames without voice stay as they are.
        A frame has some fifty tones and six hundred rows, so the tones are read once and the rows are filled from that list.
        """
        voiced = np.flatnonzero(pitch_hz > VOICED_FROM_HZ)
        if not len(voiced):
            return list(colours)
        tone = pitch_hz[voiced] / np.float32(BIN_HZ)  # rows from one tone to the next
        number = np.arange(len(colours[0]), dtype=np.float32)[:, None] / tone[None, :]
        before = np.maximum(number.astype(np.int32), 1)
        share = np.clip(number - before, 0, 1)
        lower = before.astype(np.intp) * len(voiced) + np.arange(len(voiced))
        tones = np.arange(int(before.max()) + 2, dtype=np.float32)[:, None] * tone
        return [_filled(colour, voiced, _at(colour[:, voiced], tones).reshape(-1), lower, share) for colour in colours]

    def bass(self, pitch_hz: Floats, rows: int) -> Floats:
        """How much weaker the colour is below the lowest trained tone, as a logarithm (rows, frames)."""
        lowest = np.log2(np.maximum(pitch_hz, VOICED_FROM_HZ) / BIN_HZ).astype(np.float32)
        octaves = np.maximum(lowest[None, :] - np.log2(np.maximum(np.arange(rows, dtype=np.float32), 1))[:, None], 0)
        octaves *= np.float32(-_BASS_SLOPE) * (pitch_hz > VOICED_FROM_HZ)
        return np.asarray(octaves, np.float32)


def _filled(colour: Floats, voiced: NDArray[np.intp], at_tones: Floats, lower: NDArray[np.intp], share: Floats) -> Floats:
    """A copy of `colour` whose voiced frames are mixed from the tone below each row, at `lower` of the list, and the one above."""
    below = at_tones[lower]
    above = at_tones[lower + len(voiced)]
    above -= below
    above *= share
    filled = colour.copy()
    filled[:, voiced] = below + above
    return filled


def _at(colour: Floats, rows: NDArray[np.floating[Any]]) -> Floats:
    """The spectrum at fractional rows, one list of rows for each frame."""
    low = np.clip(rows, 0, len(colour) - 1.001).astype(np.intp)
    share = np.clip(rows - low, 0, 1).astype(np.float32)
    return np.asarray(np.take_along_axis(colour, low, 0) * (1 - share) + np.take_along_axis(colour, low + 1, 0) * share, np.float32)
