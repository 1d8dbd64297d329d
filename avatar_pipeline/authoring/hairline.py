"""A hairline thins out: single hairs grow from the skin in front of the mass. Rendered hair began all at once, like a cap.

Roots are strewn over the first pixels of skin beside the hair, ever fewer further out; each hair runs into the mass, thin at its root,
in a colour the mass has there. Only for short fair hair: what hair_shade.py shades has soft edges, and dark hairs that stand out singly
look like lashes. Fair hair lets light through, so its shade is wide and weak.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from avatar_pipeline.authoring.hair_shade import casts_shade
from avatar_pipeline.authoring.person import Person
from avatar_pipeline.rig.rig import Bytes, Floats, Layer, Rig

_UNLIKE: Final = (8.0, 16.0)  # Lab distance from the forehead's colour, lightness apart: from and to where a pixel counts as hair
_COARSE_PX: Final = 2.0  # colour is packed for four pixels together
_LOCK_PX: Final = 5.0  # at 512: what is narrower is a shine on the forehead, no hair
_SOLID: Final = 0.3  # of a pixel's cover
_STREWN_PX: Final = 3.0  # at 512: within so much the number of roots falls to a third
_ROOTS: Final = 0.45  # per pixel of skin at 512, right at the mass
_LONG_PX: Final = (5.0, 12.0)  # at 512: how far a hair runs on within the mass
_ASTRAY: Final = 0.45  # radians: how unlike neighbouring hairs lie
_COVER: Final = (90, 140, 170)  # of 255: at the root, midway and in the mass
_FINE: Final = 3  # hairs are drawn on so many times finer a grid
_ABOVE: Final = (0.0, 1.2)  # in radii of an eyeball above its middle: no hair below the first, all of them above the second
_SHADE: Final = ((2.5, 0.07), (9.0, 0.16))  # pixels at 512 and depth, as in hair_shade.py
_LOST: Final = np.array([1.15, 1.0, 0.78], np.float32)  # BGR


def begins_at_once(made: Person) -> bool:
    """Whether that person's hair ends like a cap over bare skin: short hair too fair for hair_shade.py."""
    return made.hair.style == "short" and not casts_shade(made)


def with_hairline(rig: Rig, made: Person) -> Rig:
    """The rig whose hair thins out over the forehead and the temples, at rest and with the eyes shut. Once per rig."""
    pixels, unit = rig.layers["person"].pixels, rig.size_px / 512
    hair = _hair(rig, pixels)
    above = _above(rig)
    kept: Floats = np.ones((*hair.shape, 3), np.float32)
    shade = sum(np.float32(deep) * cv2.GaussianBlur(hair, (0, 0), wide * unit) for wide, deep in _SHADE)
    kept -= (np.asarray(shade, np.float32) * (1 - hair) * above)[..., None] * _LOST
    strands = _strands(pixels, hair, unit, made.seed) * above[..., None]
    layers = {name: _under(rig.layers[name], kept, strands) for name in ("person", "closed")}
    return replace(rig, layers=rig.layers | layers)


def _above(rig: Rig) -> Floats:
    """1 well above the eyes, 0 below them (side, 1)."""
    eye, rows = rig.eyes[0], np.arange(rig.size_px, dtype=np.float32)
    return np.asarray(np.clip(((eye.y - rows) / eye.radius - _ABOVE[0]) / (_ABOVE[1] - _ABOVE[0]), 0, 1)[:, None], np.float32)


def _hair(rig: Rig, pixels: Bytes) -> Floats:
    """How much of each pixel (side, side) is hair of the head, 0..1: greyer than the forehead, and of one piece."""
    left, right = sorted(eye.x for eye in rig.eyes)
    middle, up, apart = (left + right) / 2, min(eye.y for eye in rig.eyes), right - left
    forehead = np.s_[round(up - 0.95 * apart) : round(up - 0.55 * apart), round(middle - 0.35 * apart) : round(middle + 0.35 * apart)]
    solid = pixels[..., 3].astype(np.float32) / 255
    red = cv2.cvtColor(pixels[..., :3], cv2.COLOR_BGR2LAB)[..., 1:].astype(np.float32)
    calm = cv2.GaussianBlur(np.linalg.norm(red - np.median(red[forehead].reshape(-1, 2), axis=0), axis=2), (0, 0), _COARSE_PX)
    unlike = np.clip((calm - _UNLIKE[0]) / (_UNLIKE[1] - _UNLIKE[0]), 0, 1) * (solid > _SOLID)
    unlike[round(up) :] = 0
    outlines, _ = cv2.findContours((unlike > 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    mass = np.zeros(unlike.shape, np.uint8)
    if outlines:
        cv2.drawContours(mass, [max(outlines, key=cv2.contourArea)], -1, 1, cv2.FILLED)
    blob = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(_LOCK_PX * rig.size_px / 512) + 1,) * 2)
    mass = cv2.morphologyEx(cv2.copyMakeBorder(mass, 9, 9, 9, 9, cv2.BORDER_REPLICATE), cv2.MORPH_OPEN, blob)[9:-9, 9:-9]
    return np.asarray(cv2.GaussianBlur(mass.astype(np.float32), (0, 0), 1.5 * rig.size_px / 512) * solid, np.float32)


def _strands(pixels: Bytes, hair: Floats, unit: float, seed: int) -> Floats:
    """Hairs that grow beside the mass: (side, side, 4) premultiplied BGRA."""
    chance, side = np.random.default_rng(seed), hair.shape[0]
    mass = (hair > 0.5).astype(np.uint8)
    away = cv2.distanceTransform(1 - mass, cv2.DIST_L2, 5)
    calm = cv2.GaussianBlur(away - cv2.distanceTransform(mass, cv2.DIST_L2, 5), (0, 0), 2.5 * unit)
    out = np.dstack([cv2.Sobel(calm, cv2.CV_32F, 1, 0), cv2.Sobel(calm, cv2.CV_32F, 0, 1)])
    skin = (mass == 0) & (pixels[..., 3] > 250)
    likely = _ROOTS / unit**2 * np.exp(-away / (_STREWN_PX * unit)) * skin * (away < 4 * _STREWN_PX * unit)
    canvas = np.zeros((side * _FINE, side * _FINE, 4), np.uint8)
    for y, x in np.argwhere(chance.random(hair.shape) < likely):
        angle = np.arctan2(-out[y, x, 1], -out[y, x, 0]) + chance.normal(0, _ASTRAY)
        far = away[y, x] + unit * chance.uniform(*_LONG_PX)
        at = np.array([x, y]) + np.outer([0, 0.5, 1], far * np.array([np.cos(angle), np.sin(angle)]))
        at[1] += chance.normal(0, 0.06 * far, 2)
        end = np.clip(np.rint(at[2]).astype(int), 0, side - 1)
        if hair[end[1], end[0]] < 0.5:
            continue
        _draw(canvas, at, pixels[end[1], end[0], :3])
    return np.asarray(cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA), np.float32)


def _draw(canvas: Bytes, at: Floats, colour: Bytes) -> None:
    """One hair through three points of the square, thin at the first."""
    place = np.rint((at + 0.5) * _FINE * 16).astype(np.int32)
    for part, cover in enumerate(_COVER[1:]):
        shown = [int(c) * cover // 255 for c in colour]
        cv2.polylines(canvas, [place[part : part + 2]], False, (*shown, cover), 1 + part, cv2.LINE_AA, 4)


def _under(layer: Layer, kept: Floats, strands: Floats) -> Layer:
    height, width = layer.pixels.shape[:2]
    own, over = (one[layer.y : layer.y + height, layer.x : layer.x + width] for one in (kept, strands))
    solid = layer.pixels[..., 3:].astype(np.float32)
    colour = layer.pixels[..., :3] * own * (1 - over[..., 3:] / 255) + over[..., :3] * (solid / 255)
    return Layer(np.dstack([np.rint(np.minimum(colour, solid)), solid]).astype(np.uint8), layer.x, layer.y)
