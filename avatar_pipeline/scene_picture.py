"""A picture for a film, saved afresh: opened behind the same gates as a portrait, upright, in plain colours, no larger than a film needs.

Nothing of what a camera or a program wrote into the file is kept, its place on the map included.
"""

from __future__ import annotations

import contextlib
import io
from typing import Final

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from avatar_pipeline.casting.errors import PictureUnusable
from avatar_pipeline.casting.read_picture import FILE_BYTES_MAX, FORMATS, Picture, read_picture
from avatar_pipeline.casting.webp import webp_of
from avatar_pipeline.rig.rig import Bytes

__all__ = ["FILE_BYTES_MAX", "PictureUnusable", "saved_afresh"]

SIDE_PX_MAX: Final = 1920
STRIP: Final = 6
_QUALITY: Final = 90
_GREY: Final = np.array((214, 216, 218), np.float32)  # BGR: what portraits that were cut out are laid on
_PAPER: Final = np.array((249, 253, 255), np.float32)  # BGR: a card's


def saved_afresh(data: bytes) -> tuple[bytes, tuple[int, int]]:
    """The picture as WebP with its width and height; what was see-through lies on a card's paper. Raises PictureUnusable."""
    _must_be_no_strip(data)
    pixels = _on_paper(read_picture(data))
    longer = max(pixels.shape[:2])
    if longer > SIDE_PX_MAX:
        scale = SIDE_PX_MAX / longer
        pixels = np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    return webp_of(pixels, _QUALITY), (pixels.shape[1], pixels.shape[0])


def _on_paper(picture: Picture) -> Bytes:
    if picture.cut_out is None:
        return picture.pixels
    through = 1 - picture.cut_out[..., None]
    return np.asarray(np.clip(np.rint(picture.pixels + (_PAPER - _GREY) * through), 0, 255), np.uint8)


def _must_be_no_strip(data: bytes) -> None:
    with contextlib.suppress(UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:  # the head alone; everything else is judged where it is read
            width, height = opened.size
        if max(width, height) > STRIP * min(width, height):
            raise PictureUnusable("The picture is a long strip. Cut out the part that should be seen.")
