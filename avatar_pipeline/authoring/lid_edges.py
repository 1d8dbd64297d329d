"""Shut lids end in the skin below them: their lashes were cut off along the mesh, a dark band with a stepped edge in every blink.

In the eyes-shut picture the last pixels before the upper lid's edge pass over into the skin under it, lashes and all. The edge of the
mesh then lies between like and like and is not seen; over a lid half shut it is the lid's own pale rim.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.rig.rig import Bytes, Floats, Layer, Rig
from avatar_pipeline.rig.two_looks import places
from avatar_pipeline.score import CHANNEL_INDEX

_OVER_PX, _BELOW_PX = 1.2, 6.0  # at 512: over so much a lid passes into the skin, which is read so far under its edge
_SKIN: Final = 0.85  # of the edge: all skin would shine over a half shut eye
_SHADED: Final = np.float32(0.8)  # the lashes' own shade on the skin under them
_CORNERS: Final = 0.12  # of the lid's width: in the corners it meets the other one, and its shade stays
_TRAVEL: Final = 0.75  # of the lid's way: what goes so far down is its rim
_FINE: Final = 4  # edges are found on rows so many times finer
_HAIR_PX: Final = 5  # at 512: a closing so wide takes lashes off the skin


def with_lid_edges(rig: Rig) -> Rig:
    """The rig whose eyes-shut picture passes into the skin below along the edges of both upper lids. Once per rig."""
    layer = rig.layers["closed"]
    pixels = layer.pixels.astype(np.float32)
    skin = _bare_skin(layer.pixels, rig.size_px / 512)
    shut = places(rig).shut - np.array([layer.x, layer.y], np.float32)
    for side in ("Left", "Right"):
        moved = np.linalg.norm(rig.mesh.deltas[CHANNEL_INDEX[f"eyeBlink{side}"]], axis=1)
        edge = _lower_edge(rig, shut, moved > _TRAVEL * moved.max(), layer.pixels.shape[1::-1])
        pixels = _faded(pixels, skin, edge, rig.size_px / 512)
    closed = Layer(np.rint(pixels).astype(np.uint8), layer.x, layer.y)
    return replace(rig, layers={**rig.layers, "closed": closed})


def _lower_edge(rig: Rig, shut: Floats, is_lid: NDArray[np.bool_], size: tuple[int, int]) -> Floats:
    """The lower edge (n, 2) of what travels with a lid, from left to right: for each column of the picture, where the mesh ends."""
    triangles = rig.mesh.triangles
    solid = triangles[(rig.mesh.lash[triangles] == 0).all(1) & is_lid[triangles].all(1)]
    drawn = np.zeros((size[1] * _FINE, size[0]), np.uint8)
    for corners in np.rint((shut * (1, _FINE)) * 16).astype(np.int32)[solid]:
        cv2.fillConvexPoly(drawn, corners, 1, cv2.LINE_8, 4)
    columns = np.flatnonzero(drawn.any(0))
    lowest = len(drawn) - 1 - np.argmax(drawn[::-1, columns], axis=0)
    return np.column_stack([columns, lowest / _FINE]).astype(np.float32)


def _bare_skin(picture: Bytes, unit: float) -> Floats:
    side = 2 * round(_HAIR_PX * unit / 2) + 1
    closed = cv2.morphologyEx(picture, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    return np.asarray(cv2.GaussianBlur(closed.astype(np.float32), (0, 0), side / 3), np.float32)


def _faded(pixels: Floats, skin: Floats, edge: Floats, unit: float) -> Floats:
    """The picture (h, w, 4) with the lid above the line `edge` (n, 2), from left to right, passing into the skin under it."""
    height, width = pixels.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    line = np.interp(x[0], edge[:, 0], edge[:, 1]).astype(np.float32)
    above = (line[None, :] - y) / unit
    t = np.clip(1 - above / _OVER_PX, 0, 1) * (above > -_BELOW_PX)
    off = np.abs(x[0] - (edge[0, 0] + edge[-1, 0]) / 2) / ((edge[-1, 0] - edge[0, 0]) / 2)
    share = _SKIN * (t * t * (3 - 2 * t)) * np.clip((1 - off) / _CORNERS, 0, 1)[None, :]
    under = _SHADED * cv2.remap(
        skin, x, np.broadcast_to(line + _BELOW_PX * unit, x.shape).astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    mixed = pixels + (under - pixels) * share[..., None]
    return np.dstack([mixed[..., :3], pixels[..., 3:]]).astype(np.float32)
