"""Authoring: the white of an eye is white into its corners. Beyond what the camera saw, the render's eyeballs were filled with grey.

The grey began along a hard line, which showed as soon as a lid stood wide or the gaze went aside. The ball is lit as a ball now: the
white beside the iris, falling off towards the rim; the lids' own shadow, softened, lies over it as before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from avatar_pipeline.rig.rig import Layer, Rig

_BESIDE: Final = (1.15, 1.5)  # in radii of the iris: where its white is looked up
_FROM, _FULL = 1.12, 1.24  # in radii of the iris: nothing of the iris' dark ring is touched
_RIM_DARK: Final = 0.38  # how much less light there is at the ball's rim
_SHADOW_KEPT, _SHADOW_PX = 0.8, 1.2  # of the lids' shadow; how far it is softened, at 512


def with_clear_whites(rig: Rig) -> Rig:
    """The rig whose eyeballs are white all round."""
    layer = rig.layers["eyeballs"]
    pixels = layer.pixels.astype(np.float32)
    half = pixels.shape[1] // 2
    ball, shadow = pixels[:, :half, :3].copy(), pixels[:, half : 2 * half, :3]
    rows, columns = np.mgrid[: ball.shape[0], :half].astype(np.float32)
    for eye in rig.eyes:
        away = np.hypot(columns + layer.x - eye.x, rows + layer.y - eye.y)
        beside = (away > _BESIDE[0] * eye.iris) & (away < _BESIDE[1] * eye.iris)
        white = np.percentile(ball[beside], 75, axis=0)
        out = np.clip((away - 1.1 * eye.iris) / (eye.radius - 1.1 * eye.iris), 0, 1)[..., None]
        share = np.clip((away - _FROM * eye.iris) / ((_FULL - _FROM) * eye.iris), 0, 1) * (away < 1.25 * eye.radius)
        ball += (np.maximum(ball, white * (1 - _RIM_DARK * out**1.5)) - ball) * share[..., None]
    kept = 255 - (255 - shadow) * np.float32(_SHADOW_KEPT)
    pixels[:, half : 2 * half, :3] = cv2.GaussianBlur(kept, (0, 0), _SHADOW_PX * rig.size_px / 512, borderType=cv2.BORDER_REPLICATE)
    pixels[:, :half, :3] = ball
    whole = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
    return replace(rig, layers=rig.layers | {"eyeballs": Layer(whole, layer.x, layer.y)})
