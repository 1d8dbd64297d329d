"""Authoring: shut lips meet in a soft dark line. Rendered ones met in one edge of colour, which the mesh then cut into steps.

Where lips touch, no light comes in. Painted into the face at rest on both sides of the seam, that shade goes with the lips: whichever
of the two lies over the other in a p or an m, like lies beside like along their edge. It is also what a beard leaves to be seen of a
shut mouth.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from avatar_pipeline.rig.lip_shapes import mouth_of
from avatar_pipeline.rig.rasterise import rasterise
from avatar_pipeline.rig.rig import Floats, Layer, Rig
from avatar_pipeline.score import COEFFICIENTS

_LEFT: Final = np.array([0.66, 0.64, 0.74], np.float32)  # BGR: of the light, in the middle of the line; what is left comes through the lips
_UP_PX, _DOWN_PX = 0.8, 1.2  # at 512: how far the shade reaches; the upper lip throws its own on the lower one
_CORNERS: Final = (0.85, 0.25)  # of half a mouth: the line ends so far out, and over so much; corners are dark by themselves
_RIDES: Final = 0.3  # of the jaw's way: what goes further with it is lower lip
_SEEN: Final = 0.7  # of half a mouth: so far out the seam is an edge between two lips
_FINE: Final = 4  # the seam is found on rows so many times finer


def with_lip_line(rig: Rig) -> Rig:
    """The rig whose face at rest is shaded along the seam of its lips. Once per rig."""
    middle, _, half = mouth_of(rig)
    columns, line = seam_line(rig)
    unit, layer = rig.size_px / 512, rig.layers["person"]
    y, x = np.mgrid[: layer.pixels.shape[0], : layer.pixels.shape[1]].astype(np.float32)
    off = (y + layer.y - np.interp(x[0] + layer.x, columns, line)[None, :]) / unit
    share = np.exp(-((off / np.where(off < 0, _UP_PX, _DOWN_PX)) ** 2))
    share *= np.clip((_CORNERS[0] - np.abs(x + layer.x - middle) / half) / _CORNERS[1], 0, 1)
    shaded = layer.pixels[..., :3] * (1 - share[..., None] * (1 - _LEFT))
    person = Layer(np.dstack([np.rint(shaded), layer.pixels[..., 3:]]).astype(np.uint8), layer.x, layer.y)
    return replace(rig, layers=rig.layers | {"person": person})


def seam_line(rig: Rig) -> tuple[Floats, Floats]:
    """Where the lips meet at rest: columns of the square, and the row (fractional) at which the lower lip begins in each.

    A curve through what is seen of it: in the corners, where the cheek rides on the jaw as the lip does, nothing is.
    """
    middle, seam, half = mouth_of(rig)
    left, top, wide, high = round(middle - half), round(seam - half / 2), round(2 * half), round(half)
    mesh = rig.mesh
    skin = mesh.triangles[(mesh.lash[mesh.triangles] == 0).all(1)]
    place = (mesh.xy - np.array([left, top], np.float32)) * np.array([1, _FINE], np.float32)
    found = rasterise(place.astype(np.float32), skin, wide, high * _FINE)
    drop = mesh.deltas[COEFFICIENTS.index("jawOpen"), :, 1]
    lower = np.zeros(wide * high * _FINE, bool)
    lower[found.pixel] = (drop[skin].mean(1) > _RIDES * drop.max())[found.triangle]
    first = np.argmax(lower.reshape(-1, wide), axis=0).astype(np.float32) / _FINE + top
    columns = (left + np.arange(wide)).astype(np.float32)
    across = (columns - middle) / half
    seen = np.abs(across) < _SEEN
    curve = np.polynomial.Polynomial.fit(across[seen], first[seen], 4, domain=[-1, 1])
    return columns, np.asarray(curve(np.clip(across, -_SEEN, _SEEN)), np.float32)
