"""Hair throws shade on the skin it grows from. Rendered in a wide soft light it threw none: brows and hairlines looked glued on.

Close to every hair the skin is a little darker and warmer, and a little further off a trace so. Only what lies above the eyes is
shaded: there the face at rest and the one with its eyes shut are the same picture, and a beard has roots in the colour of the skin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from avatar_pipeline.authoring.person import Person
from avatar_pipeline.rig.rig import Bytes, Floats, Layer, Rig

_NEAR: Final = (1.6, 0.55)  # pixels at 512: how wide the shade of single hairs is, and how deep under a whole lock
_FAR: Final = (7.0, 0.30)  # the same of the mass of hair
_LOST: Final = np.array([1.15, 1.0, 0.78], np.float32)  # BGR: what gets there has been through hair and skin, blue is lost first
_DARK: Final = (0.80, 0.50)  # of the skin's light: from and to where a pixel counts as dark hair
_NARROW, _BETWEEN = 2.5, 4.0  # pixels at 512: gaps no wider do not lead into the hair; so far skin shines between single hairs
_DARK_HAIR: Final = 0.5  # melanin; grey and fair hair lets light through, and is not told from skin by how dark it is
_ABOVE: Final = (0.55, 0.35)  # in radii of an eyeball above its middle: no shade below the second, all of it above the first


def casts_shade(made: Person) -> bool:
    """Whether that person's hair is dark enough to."""
    return made.hair.melanin > _DARK_HAIR


def with_hair_shade(rig: Rig) -> Rig:
    """The rig whose skin above the eyes is shaded by its hair, at rest and with the eyes shut. Once per rig."""
    person, closed = rig.layers["person"], rig.layers["closed"]
    kept = _kept(rig)
    x, y, (height, width) = closed.x, closed.y, closed.pixels.shape[:2]
    layers = {"person": _under(person, kept), "closed": _under(closed, kept[y : y + height, x : x + width])}
    return replace(rig, layers=rig.layers | layers)


def _kept(rig: Rig) -> Floats:
    """What is left of each pixel's light (side, side, 3), BGR."""
    unit, pixels = rig.size_px / 512, rig.layers["person"].pixels
    hair, skin = _hair_and_skin(rig, pixels)
    shade: Floats = np.zeros(hair.shape, np.float32)
    for wide, deep in (_NEAR, _FAR):
        shade += np.float32(deep) * cv2.GaussianBlur(hair, (0, 0), wide * unit)
    eye = rig.eyes[0]
    rows = np.arange(rig.size_px, dtype=np.float32)
    above = np.clip((eye.y - rows) / eye.radius - _ABOVE[1], 0, _ABOVE[0]) / _ABOVE[0]
    return np.asarray(1 - (shade * skin * above[:, None])[..., None] * _LOST, np.float32)


def _hair_and_skin(rig: Rig, pixels: Bytes) -> tuple[Floats, Floats]:
    """How much of each pixel (side, side) is dark hair, and how much skin, 0..1: told from the forehead between the brows and the hair."""
    light = cv2.cvtColor(pixels[..., :3], cv2.COLOR_BGR2GRAY).astype(np.float32)
    left, right = sorted(eye.x for eye in rig.eyes)
    middle, up, apart = (left + right) / 2, min(eye.y for eye in rig.eyes), right - left
    forehead = np.s_[round(up - 0.95 * apart) : round(up - 0.55 * apart), round(middle - 0.35 * apart) : round(middle + 0.35 * apart)]
    dark = np.clip((_DARK[0] - light / np.median(light[forehead])) / (_DARK[0] - _DARK[1]), 0, 1)
    solid = pixels[..., 3].astype(np.float32) / 255
    face = _face(1 - dark, (round(middle), round(up - 0.75 * apart)), rig.size_px / 512)
    return np.asarray(dark * solid, np.float32), np.asarray((1 - dark) * face * solid, np.float32)


def _face(bright: Floats, forehead: tuple[int, int], unit: float) -> Floats:
    """Where the face is (side, side), 0..1: what hangs together with the forehead (x, y), and a little into the hair."""
    narrow, between = (
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(px * unit) + 1,) * 2) for px in (_NARROW, _NARROW + _BETWEEN)
    )
    _, label = cv2.connectedComponents(cv2.erode((bright > 0.2).astype(np.uint8), narrow), connectivity=4)
    inside = (label == label[forehead[1], forehead[0]]).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(cv2.dilate(inside, between), (0, 0), unit), np.float32)


def _under(layer: Layer, kept: Floats) -> Layer:
    shaded = np.rint(layer.pixels[..., :3] * kept)
    return Layer(np.dstack([shaded, layer.pixels[..., 3:]]).astype(np.uint8), layer.x, layer.y)
