"""A moustache ends where the lip begins. Rendered strands hung over its red in single hairs, so that neither eye nor machine saw its edge.

Whoever measures a film looks for the edge of the lips: with hairs across it the same shut mouth was read as open by one window and as shut
by the next. Hairs over the upper lip give way to the colours between them, at rest and with the jaw down; those above it stay.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from avatar_pipeline.rig.lip_line import seam_line
from avatar_pipeline.rig.lip_shapes import mouth_of
from avatar_pipeline.rig.rig import Bytes, Floats, Layer, Rig
from avatar_pipeline.rig.soft_edges import mouth_opening

_UNIT: Final = 1 / 54  # of half a mouth: a pixel of a face at 512; all lengths below are in it
_CORNER, _BOW = 0.86, 2.4  # in half mouths how far out the red of an upper lip ends, and how square its bow is
_MEASURED: Final = (0.5, 80)  # in half mouths: where its height is measured; the share (%) of columns whose hairs hide some of it
_LOOKED_AT: Final = (0.5, 0.03)  # in half mouths above the lip's lower edge: where its upper one is looked for
_TRIMMED, _UNEVEN = 2.8, 0.8  # how far above the red hairs end, and by how much unevenly
_HAIR: Final = (0.98, 0.90)  # of the light around it: from and to where a pixel is hair
_BETWEEN: Final = (4.7, 0.7)  # how far along the lip and across it colours are taken from
_SIDES: Final = 0.2  # in half mouths: over so much towards the corners hairs stay after all
_SEALED, _OPENING = 0.2, 1.6  # so far above the seam, or above an open mouth's edge, the lip ends for us: there it is dark by itself
_SOLID: Final = 240  # of 255: what shows less of itself is the soft edge of an open mouth


@dataclass(frozen=True, eq=False)
class _Lip:
    """The upper lip in one picture: for each column the rows of its upper and lower edge, and how far out the column lies (half mouths)."""

    upper: Floats
    lower: Floats
    across: Floats


def with_trimmed_moustache(rig: Rig, seed: int) -> Rig:
    """The rig whose upper lip no hair hangs over; `seed` tells where the hairs above it end. Once per rig; for faces that wear a beard."""
    unit, layers = mouth_of(rig)[2] * _UNIT, dict(rig.layers)
    columns, seam = seam_line(rig)
    opening, (left, top), fine = mouth_opening(rig)
    inside = np.flatnonzero(opening.any(0))
    open_at, edge = inside / fine + left, opening.argmax(0)[inside] / fine + top
    for name, at, lower in (("person", columns, seam - _SEALED * unit), ("open", open_at, edge - _OPENING * unit)):
        layer = layers[name]
        rows = np.interp(np.arange(layer.pixels.shape[1]) + layer.x, at, lower).astype(np.float32) - layer.y
        layers[name] = _trimmed(layer, _lip(rig, layer, rows), unit, seed)
    return replace(rig, layers=layers)


def _lip(rig: Rig, layer: Layer, lower: Floats) -> _Lip:
    """The lip above the edge `lower` (w,): as high as its red is in the columns where hairs leave it to be seen."""
    middle, _, half = mouth_of(rig)
    across = (np.arange(len(lower), dtype=np.float32) + layer.x - middle) / half
    bow = np.asarray(1 - np.clip(np.abs(across) / _CORNER, 0, 1) ** _BOW, np.float32)
    red, heights = _red(layer.pixels, half * _UNIT), []
    for column in np.flatnonzero(np.abs(across) < _MEASURED[0]):
        high, low = (int(lower[column] - share * half) for share in _LOOKED_AT)
        upwards = red[high:low, column][::-1]
        most = int(np.argmax(upwards[: len(upwards) // 2]))
        skin = float(np.median(upwards[-len(upwards) // 3 :]))
        ends = int(np.argmax(upwards[most:] < (upwards[most] + skin) / 2))
        heights.append((most + ends + _LOOKED_AT[1] * half) / bow[column])
    return _Lip(lower - np.float32(np.percentile(heights, _MEASURED[1])) * bow, lower, np.abs(across))


def _red(pixels: Bytes, unit: float) -> Floats:
    """How much redder than green a picture is (h, w), hairs closed up by what lies between them."""
    wide = 2 * round(2.7 * unit) + 1
    closed = cv2.morphologyEx(pixels[..., :3].copy(), cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (wide, wide - 2)))
    smooth = cv2.GaussianBlur(closed.astype(np.float32), (0, 0), 1.4 * unit)
    return np.asarray(smooth[..., 2] / np.maximum(smooth[..., 1], 1), np.float32)


def _trimmed(layer: Layer, lip: _Lip, unit: float, seed: int) -> Layer:
    """The picture whose hairs end above the lip."""
    height, width = layer.pixels.shape[:2]
    ends = np.random.default_rng(seed).normal(size=(1, width)).astype(np.float32)
    ends = cv2.GaussianBlur(ends, (0, 0), unit)
    above = lip.upper - (_TRIMMED + _UNEVEN * ends[0] / ends.std()) * unit
    y = np.arange(height, dtype=np.float32)[:, None]
    room = _eased((y - above + unit) / (2 * unit)) * _eased((lip.lower - y) / unit) * _eased((_CORNER - lip.across) / _SIDES)
    known = ((y > above - 2 * unit) & (y < lip.lower) & (lip.across < _CORNER)).astype(np.float32)
    colours = layer.pixels[..., :3].astype(np.float32)
    between, hair = _between(colours, known, unit)
    solid = cv2.erode((layer.pixels[..., 3] > _SOLID).astype(np.uint8), np.ones((3, 3), np.uint8))
    share = (room * hair * solid)[..., None]
    shown = np.minimum(np.rint(colours + (np.maximum(between, colours) - colours) * share), layer.pixels[..., 3:])
    return Layer(np.dstack([shown, layer.pixels[..., 3:]]).astype(np.uint8), layer.x, layer.y)


def _between(colours: Floats, known: Floats, unit: float) -> tuple[Floats, Floats]:
    """What would be seen without hairs (h, w, 3), and how much of a hair each pixel is (h, w)."""
    light = np.asarray(colours.mean(2), np.float32)
    closed = cv2.morphologyEx(light, cv2.MORPH_CLOSE, np.ones((1, 2 * round(5.4 * unit) + 1), np.uint8))
    around = cv2.GaussianBlur(closed, (0, 0), unit)
    between, hair = colours, np.zeros_like(light)
    for _ in range(3):  # the first look takes the lightest around, the next what was found between the hairs
        hair = np.clip((_HAIR[0] - light / np.maximum(around, 1)) / (_HAIR[0] - _HAIR[1]), 0, 1).astype(np.float32)
        bare = known * (1 - hair)
        total = np.maximum(_along(bare, unit), 1e-3)
        between = np.asarray(_along(colours * bare[..., None], unit) / total[..., None], np.float32)
        around = np.asarray(between.mean(2), np.float32)
    enough = np.clip(total / 0.03, 0, 1)
    return between, np.clip(1.6 * cv2.GaussianBlur(hair, (0, 0), 0.4 * unit), 0, 1) * enough


def _along(picture: Floats, unit: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), _BETWEEN[0] * unit, sigmaY=_BETWEEN[1] * unit), np.float32)


def _eased(share: Floats) -> Floats:
    t = np.clip(share, 0, 1).astype(np.float32)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
