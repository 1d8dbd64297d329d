"""Paint what shows between open lips: tongue and throat, two rows of teeth, in the light of the photograph.

Nobody photographs a wide open mouth for a portrait, so the tongue and throat come from a rendered head of the catalogue,
sized to this mouth and coloured by what white looks like in this light (the white of the eyes).
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from avatar_pipeline.casting import landmarks as at
from avatar_pipeline.casting.template import template
from avatar_pipeline.catalogue import face
from avatar_pipeline.face import load_rig
from avatar_pipeline.rig.draw_teeth import MOUTH_WIDTH, draw_row, with_cheeks
from avatar_pipeline.rig.make_mesh import Scene
from avatar_pipeline.rig.make_rig import jaw_ride, stacked
from avatar_pipeline.rig.rig import OPEN_JAW, Bytes, Floats, Sprite
from avatar_pipeline.score import COEFFICIENTS

_DONOR = "lucia"
_ENDS: Final = (0.80, 0.97)  # in half mouths from the middle: there the throat begins to fade, and here it has ended


def lips(scene: Scene) -> tuple[float, float, float]:
    """Middle x, seam y and half the width of the mouth, in pixels."""
    under = template().at_landmarks(scene.xy)
    corners, seam = under[[at.UPPER_LIP_INNER[0], at.UPPER_LIP_INNER[-1]]], under[at.UPPER_LIP_INNER[5]]
    return float(seam[0]), float(seam[1]), float(corners[1, 0] - corners[0, 0]) / 2 * 1.06


def paint_mouth(scene: Scene, white: Floats) -> tuple[Bytes, tuple[Sprite, ...]]:
    """The mouth's sheet and its three parts. `white` is the white of the eyes (BGR 0..255)."""
    middle, y, half = lips(scene)
    tint = np.asarray(np.clip(white, 60, 235) * np.array([1.03, 1.09, 1.13]), np.float32)
    upper = draw_row(half, 0.40 * half, tint, upper=True)
    lower = draw_row(half, 0.34 * half, tint * np.float32(0.86), upper=False)
    throat = _throat(half, tint)
    sheet, boxes = stacked([throat, lower, upper])
    drop = jaw_ride(scene)[COEFFICIENTS.index("jawOpen")] * OPEN_JAW
    front = float(scene.z[scene.teeth_upper].max())
    left, top = middle - throat.shape[1] / 2 - float(drop[0]), y - 0.42 * half - float(drop[1])
    return sheet, (
        Sprite("throat", boxes[0], (left, top), front - 0.06 * scene.size_px, 1.0),
        Sprite("lower", boxes[1], (middle - lower.shape[1] / 2, y + 0.03 * half), front, 1.0),
        Sprite("upper", boxes[2], (middle - upper.shape[1] / 2, y + 0.13 * half - (upper.shape[0] - 2)), front, 0.0),
    )


def _throat(half: float, tint: Floats) -> Bytes:
    """The donor's tongue and throat at this mouth's size and in this light."""
    donor = load_rig(face(_DONOR).film_rig_path)
    x, y, w, h = donor.sprites[0].box
    picture = donor.layers["mouth"].pixels[y : y + h, x : x + w]
    scale = MOUTH_WIDTH * half / w
    sized = cv2.resize(picture, (round(w * scale), round(h * scale)), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    eyes = donor.layers["eyeballs"].pixels
    donor_white = np.percentile(eyes[:, : eyes.shape[1] // 2, :3].reshape(-1, 3).astype(np.float32), 99, axis=0)
    light = np.clip(tint / np.maximum(donor_white, 1), 0.5, 1.3)
    whole = np.dstack([np.clip(with_cheeks(sized[..., :3] * light, tint), 0, 255), sized[..., 3:]])
    return np.asarray(np.rint(whole * _before_the_corners(sized.shape[1], half)), np.uint8)


def _before_the_corners(width: int, half: float) -> Floats:
    """The share (1, width, 1) of the throat in each column. In the corners lips hardly part: a gap of one pixel there was a black dot."""
    off = np.abs(np.arange(width) - (width - 1) / 2) / half
    return np.asarray(np.clip((_ENDS[1] - off) / (_ENDS[1] - _ENDS[0]), 0, 1), np.float32)[None, :, None]
