"""The wall behind them, painted once for a scene: a soft light between two colours, or a picture out of focus as a lens would show it."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.scenes.picture_file import covering, open_picture
from avatar_pipeline.scenes.script import Wall

Bytes = NDArray[np.uint8]
_GRAIN: Final = 0.8  # in 8-bit steps: without it a soft light shows bands after encoding


def paint_wall(wall: Wall, size: tuple[int, int]) -> Bytes:
    """Give the wall as BGR uint8 (height, width, 3). Raises PictureUnreadable."""
    if wall.picture is not None:
        return _photographed(wall, size)
    width, height = size
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    light = np.clip(1.08 - 0.42 * np.hypot(across * 0.8, (down - 0.38) * 1.5), 0.55, 1.05)  # a lamp above them, darker corners
    share = (down**1.3)[..., None]
    colour = (1 - share) * _bgr(wall.top) + share * _bgr(wall.bottom)
    grain = np.random.default_rng(7).normal(0, _GRAIN, (height, width, 1))
    return np.asarray(np.clip(colour * light[..., None] + grain, 0, 255), np.uint8)


def _photographed(wall: Wall, size: tuple[int, int]) -> Bytes:
    assert wall.picture is not None  # noqa: S101 - asked by the caller
    picture = covering(open_picture(wall.picture), size)
    frame = np.ascontiguousarray(np.asarray(picture.convert("RGB"))[..., ::-1])
    if wall.blur > 0:
        radius = max(1, round(wall.blur * size[1]))
        frame = cv2.GaussianBlur(frame, (0, 0), radius, borderType=cv2.BORDER_REPLICATE).astype(np.uint8)
    return frame


def _bgr(colour: tuple[int, int, int]) -> NDArray[Any]:
    return np.array(colour[::-1], np.float32)
