"""Authoring: eyes are wet and lie in a face. Their whites were the same cold grey from corner to corner, and the light in them was dull.

White of the eye turns warmer and darker where it bends away under the lids, pink towards the nose, and what mirrors the lamps is bright.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from avatar_pipeline.rig.rig import Floats, Layer, Rig

_WARM: Final = np.array([0.035, 0.018, 0.0], np.float32)  # BGR: how much less the whole white throws back
_BENT: Final = np.array([0.24, 0.18, 0.07], np.float32)  # the same at the ball's rim
_NOSE: Final = np.array([0.20, 0.20, 0.02], np.float32)  # the same in the inner corner
_CORNER_FROM, _CORNER_OVER = 0.45, 0.40  # radii of the ball: where the pink begins, and how long it takes
_GLINT_LEVELS, _GLINT_GAIN = 16.0, 1.7  # so much brighter than what lies around, and it is a mirrored lamp; how much it gains


def with_wet_eyes(rig: Rig) -> Rig:
    """The rig with warm whites and bright glints. Once per rig, after `with_clear_whites`."""
    layer = rig.layers["eyeballs"]
    pixels = layer.pixels.astype(np.float32)
    half = pixels.shape[1] // 2
    ball = pixels[:, :half, :3].copy()
    rows, columns = np.mgrid[: ball.shape[0], :half].astype(np.float32)
    middle = (rig.eyes[0].x + rig.eyes[1].x) / 2
    for eye in rig.eyes:
        across, away = columns + layer.x - eye.x, np.hypot(columns + layer.x - eye.x, rows + layer.y - eye.y)
        white = np.clip((away - 1.08 * eye.iris) / (0.12 * eye.iris), 0, 1) * (away < 1.25 * eye.radius)
        bent = np.clip((away - 1.1 * eye.iris) / (eye.radius - 1.1 * eye.iris), 0, 1) ** 1.3
        nose = np.clip((np.sign(middle - eye.x) * across / eye.radius - _CORNER_FROM) / _CORNER_OVER, 0, 1)
        ball *= 1 - white[..., None] * (_WARM + bent[..., None] * _BENT + nose[..., None] * _NOSE)
        ball += (_glints(ball, eye.iris) * (away < 0.95 * eye.iris))[..., None]
    pixels[:, :half, :3] = ball
    return replace(rig, layers=rig.layers | {"eyeballs": Layer(np.clip(np.rint(pixels), 0, 255).astype(np.uint8), layer.x, layer.y)})


def _glints(ball: Floats, iris_px: float) -> Floats:
    """How much brighter (h, w) what mirrors a lamp becomes."""
    grey = cv2.cvtColor(np.clip(ball, 0, 255).astype(np.uint8), cv2.COLOR_BGR2GRAY)
    around = cv2.medianBlur(grey, 2 * round(0.4 * iris_px) + 1)
    above = grey.astype(np.float32) - around.astype(np.float32)
    return np.asarray(np.clip(above - _GLINT_LEVELS, 0, None) * _GLINT_GAIN, np.float32)
