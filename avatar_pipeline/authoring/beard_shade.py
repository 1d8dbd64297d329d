"""A beard is dense at its roots: between its hairs lie the stubs and the shade of others. Rendered strands stood on bare bright skin.

Skin among a beard's hairs darkens with how many there are around it, and less and less beyond them, so that the beard ends in stubble and
not in single strokes. The open mouth's picture is shaded alike; lips are left as they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from avatar_pipeline.rig.lip_shapes import mouth_of
from avatar_pipeline.rig.rig import OPEN_JAW, Bytes, Floats, Layer, Rig
from avatar_pipeline.score import COEFFICIENTS

_DARK: Final = (0.86, 0.50)  # of the cheek's light: from and to where a pixel counts as hair
_SHADES: Final = ((2.2, 0.22), (7.0, 0.30))  # pixels at 512: how far hairs shade the skin around them, and how deep where all is hair
_LOST: Final = np.array([1.12, 1.0, 0.84], np.float32)  # BGR: the stubs are as brown as the hairs
_LIPS: Final = (1.12, 0.36, 0.30)  # in half mouths: half the width, above and below the seam: no stubble there
_NOSE: Final = (0.75, 0.62)  # in half mouths: half its width, and how far above the seam it ends
_FROM: Final = (1.2, 2.4)  # in radii of an eyeball below the eyes: no beard above the first, all of it below the second


def with_beard_shade(rig: Rig) -> Rig:
    """The rig whose beard's skin is shaded, at rest and with the jaw down. Once per rig; for faces that wear a beard."""
    chin = float(np.abs(rig.jaw[COEFFICIENTS.index("jawOpen"), 1]))
    cheek = _cheek(rig, rig.layers["person"].pixels)
    layers = dict(rig.layers)
    for name, down in (("person", 0.0), ("open", OPEN_JAW * chin)):
        layers[name] = _shaded(rig, layers[name], cheek, down)
    return replace(rig, layers=layers)


def _cheek(rig: Rig, pixels: Bytes) -> float:
    """The light of bare skin: beside the nose, below both eyes."""
    middle, _, half = mouth_of(rig)
    row = round(max(eye.y + 1.6 * eye.radius for eye in rig.eyes))
    light = cv2.cvtColor(pixels[..., :3], cv2.COLOR_BGR2GRAY)
    return float(np.median([light[row - 3 : row + 4, round(middle + side * half) - 4 :][:, :8] for side in (-1, 1)]))


def _shaded(rig: Rig, layer: Layer, cheek: float, down: float) -> Layer:
    unit, solid = rig.size_px / 512, layer.pixels[..., 3:].astype(np.float32)
    light = cv2.cvtColor(layer.pixels[..., :3], cv2.COLOR_BGR2GRAY).astype(np.float32) + (255 - solid[..., 0]) * cheek / 255
    room = _room(rig, layer, down)
    hair = np.clip((_DARK[0] - light / cheek) / (_DARK[0] - _DARK[1]), 0, 1).astype(np.float32) * room * (solid[..., 0] > 0)
    lost: Floats = np.zeros(hair.shape, np.float32)
    for wide, deep in _SHADES:
        lost += np.float32(deep) * cv2.GaussianBlur(hair, (0, 0), wide * unit)
    kept = 1 - (lost * (1 - hair) * room)[..., None] * _LOST
    return Layer(np.dstack([np.rint(layer.pixels[..., :3] * kept), solid]).astype(np.uint8), layer.x, layer.y)


def _room(rig: Rig, layer: Layer, down: float) -> Floats:
    """1 where a beard may grow (h, w): below the eyes, off the lips and the nose; the lower lip hangs `down` px."""
    middle, seam, half = mouth_of(rig)
    y, x = np.mgrid[: layer.pixels.shape[0], : layer.pixels.shape[1]].astype(np.float32)
    across, along = np.abs(x + layer.x - middle) / half, y + layer.y
    eye = rig.eyes[0]
    room = _eased(((along - eye.y) / eye.radius - _FROM[0]) / (_FROM[1] - _FROM[0]))
    up, low = _LIPS[1] * half, _LIPS[2] * half + down
    tall = np.where(along < seam, (seam - along) / up, (along - seam) / low)
    room *= _eased((np.hypot(across / _LIPS[0], tall) - 0.85) / 0.3)
    nose = np.maximum((across - _NOSE[0]) / 0.15, (along - seam + _NOSE[1] * half) / (0.1 * half))
    return np.asarray(room * _eased(nose), np.float32)


def _eased(share: Floats) -> Floats:
    t = np.clip(share, 0, 1).astype(np.float32)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
