"""Who may draw the mouth in a film besides the rig: something that is shown a take's pictures with lips at rest, and hears its sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Pictures = Callable[[], Iterator[Bytes]]


class WornMouth(Protocol):
    """An engine that draws the mouth of one face."""

    def over(self, pictures: Pictures, rows: NDArray[np.float32], samples: NDArray[np.int16]) -> Iterator[Bytes]:
        """A take's pictures (BGR, square, 25 a second) with the mouth drawn.

        `rows` [n, 57] is the score they show, lips at rest; `samples` are 24 kHz, 960 a picture.
        """


class Mouth(Protocol):
    """A loaded engine that draws mouths. One thread makes every call."""

    @property
    def name(self) -> str:
        """The engine and the weights it was loaded with: takes are kept under it, so another one's are never taken for these."""

    def on(self, rig_path: Path) -> WornMouth:
        """Put it on the face of a rig file. Raises RigUnreadable, FaceNotFollowed, and OSError for what the disk refuses."""
