"""Who may draw the mouth in a film besides the rig: something that is shown a take's pictures with lips at rest, and hears its sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]


class Mouth(Protocol):
    """A loaded engine that draws mouths. One thread makes every call."""

    @property
    def name(self) -> str:
        """The engine and the weights it was loaded with: takes are kept under it, so another one's are never taken for these."""

    def over(self, pictures: Callable[[], Iterator[Bytes]], size_px: int, samples: NDArray[np.int16]) -> Iterator[Bytes]:
        """A take's pictures (BGR, square, `size_px` wide, 25 a second) with the mouth drawn; `samples` are 24 kHz, 960 a picture.

        `pictures` gives the same ones each time it is called. Raises FaceNotFollowed.
        """
