"""A sentence that is heard while it is still being made: its sound comes in pieces, and goes out in stretches with the words in them.

A model that hands out sound piece by piece does not say which word it is at. Its pace is that of people, so words are given to a stretch by
their length; the last one takes what is left, and no word is lost. Cuts lie where it is quietest, and nothing is faded: put together,
the stretches are the sound.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.text.reading import Reading

Floats = NDArray[np.float32]
CHARACTERS_A_SECOND: Final = 15.0
FIRST_S, NEXT_S = 0.5, 1.2
"""How much sound a stretch has at least: the first one is waited for, the others are made while it plays."""
CUT_WITHIN_S: Final = 0.4
_STEP_S: Final = 0.02


@dataclass(frozen=True, eq=False)
class Stretch:
    """Sound, float32 mono, and the readings first..last (not included) that are said in it. `is_last` ends the sentence."""

    samples: Floats
    first: int
    last: int
    is_last: bool


def stretches(pieces: Iterable[Floats], readings: Sequence[Reading], rate_hz: int, speed: float = 1.0) -> Generator[Stretch, None, None]:
    """Cut what comes into stretches, each as soon as it is there. One that is not the last leaves at least a word for it."""
    ends = list(accumulate(max(1, len(reading.said)) + 1 for reading in readings))
    held, given_s, first = np.zeros(0, np.float32), 0.0, 0
    for piece in pieces:
        if len(held) / rate_hz >= (FIRST_S if first == 0 else NEXT_S) and first < len(ends) - 1:
            cut = _quietest(held, rate_hz)
            given_s += cut / rate_hz
            last = _words_by(ends, given_s * CHARACTERS_A_SECOND * speed, first)
            yield Stretch(held[:cut], first, last, is_last=False)
            held, first = held[cut:], last
        held = np.concatenate([held, piece])
    yield Stretch(held, first, len(ends), is_last=True)


def _words_by(ends: Sequence[int], characters: float, first: int) -> int:
    """How many words are over when so many characters were said: at least one more than before, and not the last one."""
    nearest = min(range(len(ends)), key=lambda number: abs(ends[number] - characters)) + 1
    return min(max(nearest, first + 1), len(ends) - 1)


def _quietest(held: Floats, rate_hz: int) -> int:
    """Where to cut: the middle of the quietest moment near the end."""
    step = round(_STEP_S * rate_hz)
    near = held[-round(CUT_WITHIN_S * rate_hz) :]
    whole = near[: len(near) // step * step].reshape(-1, step)
    if len(whole) < 2:
        return len(held)
    return len(held) - len(near) + int((whole**2).mean(axis=1).argmin()) * step + step // 2
