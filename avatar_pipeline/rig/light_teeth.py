"""Authoring: teeth lie in the face's light and under its own lip. Evenly lit, they were a flat grey bar in a mouth that opens a little.

The upper lip hardly moves while somebody speaks, so its shade may lie in the teeth's picture: dark where it touches them, gone a
little lower, following the bow of the lip. Both players show it at no cost.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from avatar_pipeline.rig.draw_teeth import draw_row, row_size
from avatar_pipeline.rig.lip_shapes import mouth_of
from avatar_pipeline.rig.make_rig import stacked
from avatar_pipeline.rig.rig import Floats, Layer, Rig
from avatar_pipeline.rig.soft_edges import mouth_opening

UPPER_HEIGHT, LOWER_HEIGHT = 0.40, 0.34  # in half mouths
MORE_LIGHT: Final = (1.13, 1.16, 1.19)  # BGR: rendered faces' teeth were tinted by the eyes' whites, which lie in the lids' shade
_BRIGHT: Final = 238.0  # brighter ones would be the brightest thing in the picture
_TINT_STEPS: Final = 3  # after so many the tint is off by two levels at most
_LOWER_LIGHT: Final = 0.74  # lower teeth lean back and stand in the upper ones' shade


def with_lit_teeth(rig: Rig, gain: tuple[float, ...] = MORE_LIGHT) -> Rig:
    """The rig with both rows drawn anew, so many times as bright (BGR) as they were drawn before. Once per rig."""
    tint = np.minimum(_tint_of(rig) * np.array(gain), _BRIGHT).astype(np.float32)
    middle, seam, half = mouth_of(rig)
    throat, lower, upper = rig.sprites
    x, y, w, h = throat.box
    rows, columns = row_size(half, UPPER_HEIGHT * half, upper=True)
    left, top = middle - columns / 2, seam + 0.13 * half - (rows - 2)
    above = draw_row(half, UPPER_HEIGHT * half, tint, upper=True, lip=lip_over(rig, left, columns) - np.float32(top))
    below = draw_row(half, LOWER_HEIGHT * half, tint * np.float32(_LOWER_LIGHT), upper=False)
    sheet, boxes = stacked([rig.layers["mouth"].pixels[y : y + h, x : x + w], below, above])
    sprites = (
        replace(throat, box=boxes[0]),
        replace(lower, box=boxes[1], at=(middle - below.shape[1] / 2, lower.at[1])),
        replace(upper, box=boxes[2], at=(left, top)),
    )
    return replace(rig, layers=rig.layers | {"mouth": Layer(sheet, 0, 0)}, sprites=sprites)


def with_teeth_anew(rig: Rig) -> Rig:
    """The rig with both rows drawn anew as bright as they are: their drawing takes light away by place, which is asked for on top."""
    wanted, gain = _tint_of(rig), np.ones(3)
    for _ in range(_TINT_STEPS):
        gain = gain * wanted / _tint_of(with_lit_teeth(rig, tuple(gain)))
    return with_lit_teeth(rig, tuple(gain))


def lip_over(rig: Rig, left: float, columns: int) -> Floats:
    """The row of the square at which the upper lip ends, for so many columns from `left` on, with the jaw down."""
    hole, (x, y), fine = mouth_opening(rig)
    seen = np.flatnonzero(hole.any(0))
    first = np.argmax(hole[:, seen], axis=0)
    line = np.interp(left + np.arange(columns), (seen + 0.5) / fine - 0.5 + x, (first + 0.5) / fine - 0.5 + y)
    smooth = cv2.GaussianBlur(line[None].astype(np.float32), (0, 0), 0.02 * columns, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(smooth[0], np.float32)


def _tint_of(rig: Rig) -> Floats:
    """The colour (BGR, 0..255) of a well lit tooth in the upper row, which was drawn under no lip."""
    x, y, w, h = rig.sprites[2].box
    row = rig.layers["mouth"].pixels[y : y + h, x : x + w]
    lit = row[round(0.62 * h) : round(0.82 * h), round(0.3 * w) : round(0.7 * w), :3]
    return np.asarray(np.percentile(lit.reshape(-1, 3), 85, axis=0), np.float32)
