"""Authoring: draw two rows of teeth in the light of the picture they will stand in.

Widths are shares of half the mouth's width as seen from the front; there are no hard gaps, because real teeth at this
size show as one bright band with soft notches, and hard lines shimmer when the head moves.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from avatar_pipeline.rig.rig import Bytes, Floats

UPPER_WIDTHS = (0.245, 0.185, 0.175, 0.14, 0.12, 0.10)
LOWER_WIDTHS = (0.150, 0.155, 0.165, 0.15, 0.13, 0.12)
MOUTH_WIDTH = 2.9  # of what is painted behind the teeth, in half mouths
_WARMS: Final = np.array([1.22, 1.10, 0.92], np.float32)  # BGR: what shaded teeth still get comes from gums and cheeks, blue falls fastest
_FACING: Final = 0.44  # in half mouths: teeth so near the middle face the light
_BESIDE_CHEEKS: Final = 0.60  # how much less light falls on the last teeth in the row
_UNDER_LIP, _LIP_REACH = 0.15, 0.08  # how much the upper lip takes from the teeth where it touches them, and how far down, in half mouths
_DETAIL: Final = 8  # drawn this many times larger, then averaged down: soft edges without a blur


def draw_row(half_mouth_px: float, height_px: float, tint: Floats, *, upper: bool, lip: Floats | None = None) -> Bytes:
    """Draw one row, BGRA premultiplied uint8. The cutting edge is at the bottom of an upper row, the top of a lower one.

    `tint` is the BGR colour (0..255) of a well lit tooth here; the result is a little narrower than the mouth. `lip` says for each of
    its columns at which of its rows the upper lip ends, which shades what lies just under it; without, it does not touch the row.
    """
    widths = np.array(UPPER_WIDTHS if upper else LOWER_WIDTHS) * half_mouth_px
    edges = np.concatenate([[0.0], np.cumsum(widths)])
    rows, columns = row_size(half_mouth_px, height_px, upper=upper)
    y, x = np.mgrid[0 : rows * _DETAIL, 0 : columns * _DETAIL].astype(np.float32) / _DETAIL
    off = np.abs(x - columns / 2)
    tooth = np.clip(np.searchsorted(edges, off, side="right") - 1, 0, len(widths) - 1)
    across = np.clip((off - edges[tooth]) / widths[tooth], 0, 1)
    length = _length(tooth, across, height_px, upper=upper)
    from_gum = y - 1 if upper else (rows - 2) - y
    alpha = np.clip((length - from_gum) * 1.2, 0, 1) * np.clip((edges[-1] - off) / 1.5, 0, 1) * np.clip(from_gum + 1, 0, 1)
    light = _light(across, from_gum / height_px, off / half_mouth_px)
    if lip is not None:
        below = y - np.interp(x[0] - 0.5, np.arange(columns), lip).astype(np.float32)
        light *= 1 - _UNDER_LIP * (1 - _soft(below / (_LIP_REACH * half_mouth_px)))
    colour = tint * light[..., None] ** _WARMS
    picture = np.dstack([np.clip(colour, 0, 255) * alpha[..., None], alpha * 255]).astype(np.float32)
    return np.asarray(np.rint(cv2.resize(picture, (columns, rows), interpolation=cv2.INTER_AREA)), np.uint8)


def row_size(half_mouth_px: float, height_px: float, *, upper: bool) -> tuple[int, int]:
    """How many rows and columns of pixels `draw_row` needs."""
    wide = sum(UPPER_WIDTHS if upper else LOWER_WIDTHS) * half_mouth_px
    return int(np.ceil(height_px)) + 3, int(np.ceil(wide * 2)) + 4


def _length(tooth: Floats, across: Floats, height_px: float, *, upper: bool) -> Floats:
    """How far each tooth reaches from the gum: corners rounded, side teeth a little shorter, eye teeth pointed."""
    share = np.array([1.0, 0.97, 0.985, 0.955, 0.93, 0.90] if upper else [0.96, 0.97, 1.0, 0.95, 0.91, 0.88])[tooth]
    middle = np.abs(across - 0.5) * 2
    rounding = 0.035 * middle**4 + np.where(tooth == 2, 0.04 * middle, 0.0)
    return np.asarray(height_px * (share - rounding), np.float32)


def _light(across: Floats, from_gum: Floats, off: Floats) -> Floats:
    """Light on the row, 0..1: soft notches between teeth, darker near the gum, and hardly any between teeth and cheeks."""
    notch = 1 - 0.16 * np.exp(-((np.minimum(across, 1 - across) / 0.08) ** 2))
    gum = 0.70 + 0.30 * np.clip(from_gum / 0.75, 0, 1)
    return np.asarray(notch * gum * (1 - _BESIDE_CHEEKS * _soft((off - _FACING) / (0.95 - _FACING))), np.float32)


def _soft(share: Floats) -> Floats:
    t = np.clip(share, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def with_cheeks(throat: Floats, tint: Floats) -> Floats:
    """A picture (h, w, 3) of tongue and throat, MOUTH_WIDTH half mouths wide, with the insides of the cheeks on both sides.

    Where lips part only at a corner they show the red of the cheek, not the dark of the throat.
    """
    across = np.abs(np.linspace(-MOUTH_WIDTH / 2, MOUTH_WIDTH / 2, throat.shape[1], dtype=np.float32))
    aside = np.clip((across - 0.45) / 0.5, 0, 1)[None, :, None]
    cheek = tint * np.array([0.19, 0.20, 0.44]) * (1 - 0.40 * aside)
    return np.asarray(np.maximum(throat, cheek * aside), np.float32)
