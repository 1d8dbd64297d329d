"""Skin is not smooth: pores, small changes of tone and the fine folds of the lips, laid over a rendered face.

The denoiser that makes a render of few samples clean takes these away, and what is left looks like wax. The pattern lies on the
skin, not on the picture: the face with the mouth open or the eyes shut carries what it carries at rest, where the mesh says it went.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from avatar_pipeline.rig.rasterise import rasterise, spread
from avatar_pipeline.rig.rig import Bytes, Floats, Layer, Rig
from avatar_pipeline.rig.two_looks import places

_PORES: Final = ((0.8, 1.8, 0.65), (2.2, 5.0, 0.35))  # pixels at 512: from and to which width, and how much of the whole
_TONE: Final = ((6.0, 14.0, 1.0),)  # blood under the skin; so wide that a picture's file hardly grows by it
_TONE_SHARE, _FOLDS_SHARE = 0.65, 1.9  # of the strength of the pores
_BLOOD: Final = np.array([1.0, 1.0, 0.35], np.float32)  # blue, green, red: where there is more of it, red is lost least
_RED_FROM, _RED_TO = 136.0, 146.0  # Cr of what counts as skin
_LIT_FROM, _LIT_TO = 70.0, 120.0  # nothing in the shadows
_LIPS_FROM, _LIPS_TO = 3.0, 9.0  # how much redder than the cheeks (Cr) lips are


def with_skin_relief(rig: Rig, strength: float, seed: int) -> Rig:
    """The rig with a relief on its skin: brightness varies by `strength` (standard deviation as a share, 0.01 to 0.02)."""
    if not strength:
        return rig
    scale, side = rig.size_px / 512, rig.size_px
    random = np.random.default_rng(seed)
    pores, tone, folds = (random.standard_normal((side, side)).astype(np.float32) for _ in range(3))
    relief = _grain(pores, _PORES, scale) + _FOLDS_SHARE * _lips(rig) * _upright(folds, scale)
    sheet = np.dstack([relief, _TONE_SHARE * _grain(tone, _TONE, scale)]) * np.float32(strength)
    where, layers = places(rig), dict(rig.layers)
    for name, at in (("person", where.rest), ("open", where.opened), ("closed", where.shut)):
        layer = layers[name]
        height, width = layer.pixels.shape[:2]
        source = _came_from(rig, at)[layer.y : layer.y + height, layer.x : layer.x + width]
        lying = cv2.remap(sheet, source, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        layers[name] = Layer(_relieved(layer.pixels, np.asarray(lying, np.float32), 2 * scale), layer.x, layer.y)
    return replace(rig, layers=layers)


def _grain(noise: Floats, bands: tuple[tuple[float, float, float], ...], scale: float) -> Floats:
    """Noise between those widths, standard deviation about 1."""
    whole = np.zeros_like(noise)
    for low, high, share in bands:
        band = cv2.GaussianBlur(noise, (0, 0), low * scale) - cv2.GaussianBlur(noise, (0, 0), high * scale)
        whole += share * band / band.std()
    return whole


def _upright(noise: Floats, scale: float) -> Floats:
    """Fine lines that run up and down, standard deviation about 1."""
    lines = cv2.GaussianBlur(noise, (0, 0), 0.7 * scale, sigmaY=5 * scale) - cv2.GaussianBlur(noise, (0, 0), 1.8 * scale, sigmaY=5 * scale)
    return np.asarray(lines / lines.std(), np.float32)


def _lips(rig: Rig) -> Floats:
    """How much of a lip every pixel of the face at rest is, 0..1: what is redder than the cheeks, around the seam of the mouth."""
    side, layer = rig.size_px, rig.layers["person"]
    upper = next(sprite for sprite in rig.sprites if sprite.name == "upper")
    wide = upper.box[2]
    red = np.full((side, side), 128, np.float32)
    height, width = layer.pixels.shape[:2]
    red[layer.y : layer.y + height, layer.x : layer.x + width] = cv2.split(cv2.cvtColor(layer.pixels[..., :3], cv2.COLOR_BGR2YCrCb))[1]
    across, down = np.meshgrid(np.arange(side, dtype=np.float32), np.arange(side, dtype=np.float32))
    off_x, off_y = (across - upper.at[0] - wide / 2) / wide, (down - upper.at[1] - 0.1 * wide) / wide
    cheeks = (np.abs(off_x) > 0.65) & (np.abs(off_x) < 0.9) & (np.abs(off_y + 0.45) < 0.15)
    near = np.clip((0.72 - np.hypot(off_x, 1.7 * off_y)) / 0.1, 0, 1)
    share = np.clip((red - np.median(red[cheeks]) - _LIPS_FROM) / (_LIPS_TO - _LIPS_FROM), 0, 1) * near
    return np.asarray(cv2.GaussianBlur(share, (0, 0), side / 512), np.float32)


def _came_from(rig: Rig, at: Floats) -> Floats:
    """For every pixel of a picture whose vertices lie at `at` (V, 2) the point (side, side, 2) of the face at rest it shows."""
    side, mesh = rig.size_px, rig.mesh
    solid = mesh.triangles[(mesh.lash[mesh.triangles] == 0).all(1)]
    table = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).astype(np.float32).reshape(-1, 2)
    found = rasterise(at, solid, side, side)
    table[found.pixel] = spread(found, solid, mesh.xy)
    return table.reshape(side, side, 2)


def _relieved(picture: Bytes, lying: Floats, soft_px: float) -> Bytes:
    """A premultiplied picture with the relief and the tone (h, w, 2) on what is skin in it: reddish, and not in the shadows."""
    alpha = np.maximum(picture[..., 3:].astype(np.float32) / 255, 1e-3)
    straight = np.clip(picture[..., :3] / alpha, 0, 255).astype(np.uint8)
    light, red, _ = cv2.split(cv2.cvtColor(straight, cv2.COLOR_BGR2YCrCb).astype(np.float32))
    share = np.clip((red - _RED_FROM) / (_RED_TO - _RED_FROM), 0, 1) * np.clip((light - _LIT_FROM) / (_LIT_TO - _LIT_FROM), 0, 1)
    there = cv2.GaussianBlur(share, (0, 0), soft_px)[..., None]
    gain = 1 + there * (lying[..., :1] + lying[..., 1:] * _BLOOD)
    colour = np.minimum(picture[..., :3] * gain, picture[..., 3:])
    return np.dstack([np.rint(np.clip(colour, 0, 255)), picture[..., 3]]).astype(np.uint8)
