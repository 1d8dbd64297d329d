"""Lays the mark into a film's pictures: two additions a picture, worked out once, from the first or from one that is bare.

Where the picture is smooth, the mark stays under one step of brightness; in hair and cloth, where nobody can see it, it is
stronger. It stands still, so it cannot flicker; the person moves beneath it.
"""

from __future__ import annotations

import secrets
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.trust.mark_code import ID_BITS
from avatar_pipeline.trust.mark_pattern import PUBLIC_KEY, tile, wave

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
CALM_STEPS: Final = 0.65
TEXTURE_SHARE: Final = 0.3
STEPS_MAX: Final = 3.0


def draw_film_id() -> int:
    """A new id of 48 bits; two of ten thousand films share one with a probability of 2 in ten million, so registers must look."""
    return secrets.randbits(ID_BITS)


class Mark:
    """The mark of one film."""

    def __init__(self, film_id: int, key: bytes = PUBLIC_KEY) -> None:
        self.film_id = film_id
        self._cells = tile(film_id, key)
        self._lighter: Bytes | None = None
        self._darker: Bytes | None = None

    def fit(self, luma: Bytes) -> None:
        """Work the mark out from this picture's brightness, not the first one's: a label there would leave its shape when it goes."""
        self._lighter, self._darker = self._work_out(luma)

    def lay(self, luma: Bytes) -> None:
        """Add the mark to a picture's brightness, (height, width) uint8, in place. All pictures of a film have one size."""
        if self._lighter is None or self._darker is None:
            self.fit(luma)
        assert self._lighter is not None  # noqa: S101 - just worked out
        assert self._darker is not None  # noqa: S101 - likewise
        cv2.add(luma, self._lighter, dst=luma)
        cv2.subtract(luma, self._darker, dst=luma)

    def _work_out(self, luma: Bytes) -> tuple[Bytes, Bytes]:
        height, width = luma.shape
        steps = np.rint(wave(self._cells, width, height) * steps_allowed(luma))
        return np.clip(steps, 0, 255).astype(np.uint8), np.clip(-steps, 0, 255).astype(np.uint8)


def steps_allowed(luma: Bytes) -> Floats:
    """How many steps of brightness the mark may take at each place: what is textured all around hides more.

    The least texture within half a cell counts, so that skin beside hair is treated as skin, also when the head has moved a little.
    """
    side = min(luma.shape)
    detail = luma.astype(np.float32)
    detail -= cv2.GaussianBlur(detail, (0, 0), side / 288)
    texture = np.sqrt(cv2.GaussianBlur(detail * detail, (0, 0), side / 180))
    reach = max(3, round(side / 55))
    calmest = cv2.erode(texture, np.ones((reach, reach), np.uint8))
    steps = np.minimum(CALM_STEPS + TEXTURE_SHARE * calmest, STEPS_MAX)
    return np.asarray(cv2.GaussianBlur(steps, (0, 0), side / 180), np.float32)
