"""What a page asks about a portrait: whether its file may be opened at all, how it looks upright, and whose face is like it.

The first question is answered from the file's head alone, so that whoever stands at a door can ask it about anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from avatar_pipeline.cast import Audition
from avatar_pipeline.casting.errors import PictureUnusable
from avatar_pipeline.casting.lay_apart import LaidApart
from avatar_pipeline.casting.read_picture import FILE_BYTES_MAX, check_picture
from avatar_pipeline.casting.webp import webp_of
from avatar_pipeline.inspect_film import ALIKE_MIN, catalogue_prints
from avatar_pipeline.inspection.likeness_print import likeness_print, nearest
from avatar_pipeline.rig.rig import Bytes, Floats

__all__ = [
    "ALIKE_MIN", "FILE_BYTES_MAX", "PictureUnusable", "check_picture", "layers_sheet", "likeness_of", "nearest_face", "upright",
    "write_webp",
]  # fmt: skip

SHOWN_PX: Final = 720
_QUALITY: Final = 84


def likeness_of(seen: Audition) -> Floats:
    """The fingerprint of the face in a portrait, float32, length 1. Raises ValueError for a portrait without one."""
    if seen.face is None:
        raise ValueError("There is no face in this picture.")
    return likeness_print(seen.picture.pixels, seen.face.points)


def nearest_face(one: Floats, others: Mapping[str, Floats]) -> tuple[str, float]:
    """Who is most alike among the house's catalogue and `others`, by name, and how much: 1 is the same picture, 0 is anybody."""
    house = catalogue_prints()
    return nearest(one, {**house, **others}, house)


def upright(seen: Audition) -> tuple[Bytes, float]:
    """The portrait as it is shown, at most 720 pixels long, and how many of its pixels one of the picture's own takes."""
    pixels = seen.picture.pixels
    scale = min(1.0, SHOWN_PX / max(pixels.shape[:2]))
    return np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8), scale


def layers_sheet(layers: LaidApart, scale: float) -> Bytes:
    """What lies behind the moving parts of a portrait, and below it the share that moves as grey: BGR (2h, w, 3), scaled as it is shown."""
    share = cv2.cvtColor(np.rint(layers.moves * 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)
    halves = [cv2.resize(half, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for half in (layers.behind, share)]
    return np.asarray(np.vstack(halves), np.uint8)


def write_webp(picture: Bytes, path: Path) -> None:
    """Write a BGR picture as WebP. Raises OSError."""
    path.write_bytes(webp_of(picture, _QUALITY))
