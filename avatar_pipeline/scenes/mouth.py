"""Who may draw the mouth in a film besides the rig: something that is shown a take's pictures with lips at rest, and hears its sound.

Of a face from a film it may show the film itself instead of those pictures, before the same wall.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Pictures = Callable[[], Iterator[Bytes]]


@dataclass(frozen=True, eq=False)
class TakeAtRest:
    """A take before its mouth is drawn: `pictures` (BGR, square, 25 a second) as the rig plays them with lips at rest.

    `rows` [n, 57] is the score they show; `samples` are 24 kHz, 960 a picture; `behind` is the wall in them, BGR, of their size.
    """

    pictures: Pictures
    rows: NDArray[np.float32]
    samples: NDArray[np.int16]
    behind: Bytes


class WornMouth(Protocol):
    """An engine that draws the mouth of one face."""

    def over(self, take: TakeAtRest) -> Iterator[Bytes]:
        """The take's pictures with the mouth drawn, as many and as large."""


class Mouth(Protocol):
    """A loaded engine that draws mouths. One thread makes every call."""

    def name_on(self, rig_path: Path) -> str:
        """The engine, its weights and what it shows of this face: takes are kept under it, so others are never taken for these."""

    def on(self, rig_path: Path) -> WornMouth:
        """Put it on the face of a rig file. Raises RigUnreadable, FaceNotFollowed, and OSError for what the disk refuses."""
