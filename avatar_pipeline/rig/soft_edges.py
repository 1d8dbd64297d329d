"""Authoring: lips and lids end softly. Players fill triangles pixel by pixel, so an edge of the mesh is a staircase.

Along the openings of mouth and eyes the pictures are made to fade out over the last pixel before the mesh ends. The edge that is
seen then lies in the picture, which is read between its pixels, and both players draw it smoothly at no cost.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.rig.lip_shapes import mouth_of
from avatar_pipeline.rig.rig import Bytes, Floats, Layer, Rig
from avatar_pipeline.rig.two_looks import places

_FROM_PX, _OVER_PX = 0.5, 1.5  # at 512: where the fading begins, off the mesh's edge, and how long it takes
_CORNERS: Final = 0.2  # of half the opening's width: lips meet in the mouth's corners and do not fade there
_EDGE: Final = (0.5, 0.14)  # of half a mouth, from the seam's middle: there lie the edges of both lips
_FINE: Final = 4  # edges are found on so many times finer a grid
_SHARP: Final = 4  # bits behind the point of what OpenCV draws


def with_soft_edges(rig: Rig) -> Rig:
    """The rig whose open-mouth and rest pictures fade out around the openings of mouth and eyes. Once per rig."""
    where, layers = places(rig), dict(rig.layers)
    openings = (("open", where.opened, [_between_lips(rig)]), ("person", where.rest, [(eye.x, eye.y) for eye in rig.eyes]))
    for name, at, points in openings:
        layer = layers[name]
        shown = _shown(rig, layer, at, points)
        layers[name] = Layer(np.rint(layer.pixels * shown[..., None]).astype(np.uint8), layer.x, layer.y)
    return replace(rig, layers=layers)


def with_whole_lips(rig: Rig) -> Rig:
    """The rig whose lips turn into those of the open picture all along their edge.

    A vertex does so by how far the jaw takes it, and the middle of the upper lip hardly moves: there the dark seam of shut lips stayed in
    an open mouth, as a spot over the teeth.
    """
    mesh, (middle, seam, half) = rig.mesh, mouth_of(rig)
    off = np.abs(mesh.xy - np.array([middle, seam], np.float32)) / half
    share: Floats = mesh.open_share.copy()
    share[(off[:, 0] < _EDGE[0]) & (off[:, 1] < _EDGE[1]) & (mesh.lash == 0), 1] = 1
    return replace(rig, mesh=replace(mesh, open_share=share))


def mouth_opening(rig: Rig) -> tuple[Bytes, tuple[int, int], int]:
    """1 where one looks into the mouth with the jaw down: a grid so many times finer than the square, which begins at (x, y) of it."""
    layer = rig.layers["open"]
    _, label = cv2.connectedComponents(_bare(rig, layer, places(rig).opened), connectivity=4)
    hole = _hole_at(label, layer, _between_lips(rig))
    return np.zeros(label.shape, np.uint8) if hole is None else hole, (layer.x, layer.y), _FINE


def _between_lips(rig: Rig) -> tuple[float, float]:
    middle, seam, half = mouth_of(rig)
    return middle, seam + 0.45 * half


def _hole_at(label: NDArray[np.int32], layer: Layer, point: tuple[float, float]) -> Bytes | None:
    """1 in the opening that holds a point of the square; None when nothing is open there."""
    row, column = round((point[1] - layer.y + 0.5) * _FINE), round((point[0] - layer.x + 0.5) * _FINE)
    if not (0 <= row < label.shape[0] and 0 <= column < label.shape[1]) or not label[row, column]:
        return None
    return np.asarray(label == label[row, column], np.uint8)


def _shown(rig: Rig, layer: Layer, at: Floats, points: list[tuple[float, float]]) -> Floats:
    """How much of each pixel (h, w) stays: nothing at the edges of the openings that hold `points`, all of it a little beside them.

    Within the openings hang the lashes; they stay too.
    """
    unit, (height, width) = rig.size_px / 512, layer.pixels.shape[:2]
    bare = _bare(rig, layer, at)
    shown: Floats = np.ones(bare.shape, np.float32)
    _, label = cv2.connectedComponents(bare, connectivity=4)
    for point in points:
        hole = _hole_at(label, layer, point)
        if hole is None:
            continue
        away = cv2.distanceTransform(1 - hole, cv2.DIST_L2, 5) / _FINE
        t = np.clip((away - _FROM_PX * unit) / (_OVER_PX * unit), 0, 1)
        t[cv2.distanceTransform(hole, cv2.DIST_L2, 5) > _FINE * unit] = 1
        left, _, wide, _ = cv2.boundingRect(hole)
        off = np.abs(np.arange(bare.shape[1]) - left - wide / 2) / (wide / 2)
        fades = np.clip((1 - off) / _CORNERS, 0, 1)[None, :]
        shown *= np.asarray(1 - (1 - t * t * (3 - 2 * t)) * fades, np.float32)
    return np.asarray(cv2.resize(shown, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def _bare(rig: Rig, layer: Layer, at: Floats) -> Bytes:
    """1 where no skin lies when the vertices stand `at` (V, 2), on the fine grid of a layer."""
    mesh, (height, width) = rig.mesh, layer.pixels.shape[:2]
    place = (at - np.array([layer.x, layer.y], np.float32) + 0.5) * _FINE - 0.5
    bare = np.ones((height * _FINE, width * _FINE), np.uint8)
    for corners in np.rint(place * 2**_SHARP).astype(np.int32)[mesh.triangles[(mesh.lash[mesh.triangles] == 0).all(1)]]:
        cv2.fillConvexPoly(bare, corners, 0, cv2.LINE_8, _SHARP)
    return bare
