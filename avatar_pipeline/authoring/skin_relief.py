"""Skin is not smooth: pores and small changes of tone, laid over a rendered face the same way in all its pictures.

The denoiser that makes a render of few samples clean takes these away, and what is left looks like wax. The pattern is fixed to the
picture's square, so the face at rest, with the mouth open and with the eyes shut carry the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from avatar_pipeline.rig.rig import Bytes, Floats, Layer, Rig

_PORES: Final = ((0.8, 1.8, 0.65), (2.2, 5.0, 0.35))  # pixels at 512: from and to which width, and how much of the whole
_RED_FROM, _RED_TO = 136.0, 146.0  # Cr of what counts as skin
_LIT_FROM, _LIT_TO = 70.0, 120.0  # nothing in the shadows


def with_skin_relief(rig: Rig, strength: float, seed: int) -> Rig:
    """The rig with a relief on its skin: brightness varies by `strength` (standard deviation as a share, 0.01 to 0.02)."""
    if not strength:
        return rig
    scale = rig.size_px / 512
    pattern = _pattern(rig.size_px, scale, seed)
    layers = dict(rig.layers)
    for name in ("person", "open", "closed"):
        layer = layers[name]
        height, width = layer.pixels.shape[:2]
        part = pattern[layer.y : layer.y + height, layer.x : layer.x + width]
        layers[name] = Layer(_relieved(layer.pixels, part * strength, 2 * scale), layer.x, layer.y)
    return replace(rig, layers=layers)


def _pattern(side: int, scale: float, seed: int) -> Floats:
    """Fine and less fine grain together, standard deviation about 1."""
    noise = np.random.default_rng(seed).standard_normal((side, side)).astype(np.float32)
    whole = np.zeros_like(noise)
    for low, high, share in _PORES:
        band = cv2.GaussianBlur(noise, (0, 0), low * scale) - cv2.GaussianBlur(noise, (0, 0), high * scale)
        whole += share * band / band.std()
    return whole


def _relieved(picture: Bytes, relief: Floats, soft_px: float) -> Bytes:
    """A premultiplied picture with the relief on what is skin in it: reddish, and not in the shadows."""
    alpha = np.maximum(picture[..., 3:].astype(np.float32) / 255, 1e-3)
    straight = np.clip(picture[..., :3] / alpha, 0, 255).astype(np.uint8)
    light, red, _ = cv2.split(cv2.cvtColor(straight, cv2.COLOR_BGR2YCrCb).astype(np.float32))
    share = np.clip((red - _RED_FROM) / (_RED_TO - _RED_FROM), 0, 1) * np.clip((light - _LIT_FROM) / (_LIT_TO - _LIT_FROM), 0, 1)
    gain = 1 + relief * cv2.GaussianBlur(share, (0, 0), soft_px)
    colour = np.minimum(picture[..., :3] * gain[..., None], picture[..., 3:])
    return np.dstack([np.rint(colour), picture[..., 3]]).astype(np.uint8)
