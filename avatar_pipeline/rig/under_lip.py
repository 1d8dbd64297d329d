"""Authoring: the skin below a pursed lower lip gives way. The head's lip comes out over it; in a picture its triangles turned over instead.

Players leave out triangles that face away, so the lip ended there in a straight cut with corners, on seven faces in "oo" and "oh". Where
skin below the lip is squeezed too narrow, the units that purse the lips are evened out with what lies around; the lips' own edges stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.rig.lip_shapes import mouth_of
from avatar_pipeline.rig.rig import Floats, Mesh, Rig
from avatar_pipeline.rig.round_lips import skin_border
from avatar_pipeline.score import COEFFICIENTS

PURSED: Final[tuple[Mapping[str, float], ...]] = (
    {"mouthPucker": 1.0}, {"mouthPucker": 0.9, "mouthFunnel": 0.12, "jawOpen": 0.02},
    {"mouthPucker": 0.45, "mouthFunnel": 0.15, "jawOpen": 0.16}, {"mouthPucker": 0.2, "mouthFunnel": 0.3, "jawOpen": 0.2},
)  # fmt: skip
"""What speech makes of lips at its roundest."""
_UNITS: Final = tuple(COEFFICIENTS.index(name) for name in ("mouthPucker", "mouthFunnel"))
_JAW: Final = COEFFICIENTS.index("jawOpen")
_LEAST: Final = 0.2  # of its area that a triangle keeps, or it is evened out
_SLIVER: Final = 2.3e-4  # of half a mouth squared: a triangle so small at rest tells nothing
_ROUNDS, _STEP = 100, 0.4
_SPREAD: Final = 0.6  # of a vertex' need that its neighbours take part in
_WIDE: Final = (0.15, 0.075)  # in half mouths, across and down: so evenly what was changed lies over the skin
_REGION: Final = (1.2, 0.08, 0.7, 1.0)  # in half mouths: how far out, from where below the seam, and where it begins and ends to end


def with_room_under_lip(rig: Rig) -> Rig:
    """The rig whose skin below the lower lip does not fold when the lips are pursed. Once per rig."""
    mesh, half = rig.mesh, mouth_of(rig)[2]
    at = (mesh.xy - np.array(mouth_of(rig)[:2], np.float32)) / np.float32(half)
    free = _below_lip(mesh, at)
    skin = mesh.triangles[(mesh.lash[mesh.triangles] == 0).all(1)].astype(np.intp)
    near = skin[free[skin].any(1) & (areas(mesh.xy, skin) > _SLIVER * half**2)]
    around, deltas = _neighbours(skin, len(mesh.xy)), mesh.deltas.copy()
    beside = np.exp(-(((at[:, None] - at[None]) / np.array(_WIDE, np.float32)) ** 2).sum(2)) * (free > 0)
    beside = beside * free[:, None] / np.maximum(beside.sum(1, keepdims=True), 1e-6)
    for _ in range(_ROUNDS):
        need = _squeezed(mesh, deltas, near)
        need = np.clip(np.maximum(need, _SPREAD * (around @ need)) * 3, 0, 1) * free
        for unit in _UNITS:
            deltas[unit] += beside @ (_STEP * need[:, None] * (around @ deltas[unit] - deltas[unit]))
    return replace(rig, mesh=replace(mesh, deltas=deltas.astype(np.float32)))


def areas(points: Floats, triangles: NDArray[np.intp]) -> Floats:
    """Twice the area of each triangle (T,), in pixels squared; below 0 when it faces away."""
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    first, second = b - a, c - a
    return np.asarray(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0], np.float32)


def _below_lip(mesh: Mesh, at: Floats) -> Floats:
    """How far vertices (V,) may move otherwise, 0..1: skin that rides on the jaw below the seam, not the edges of the lips."""
    drop = mesh.deltas[_JAW, :, 1]
    wide, low, fades, high = _REGION
    free = (drop > 0.3 * drop.max()) & (np.abs(at[:, 0]) < wide) & (at[:, 1] > low)
    free &= (mesh.open_share[:, 0] < 0.5) & (mesh.lash == 0)
    free[skin_border(mesh)] = False
    return np.asarray(free * np.clip((high - at[:, 1]) / (high - fades), 0, 1), np.float32)


def _neighbours(triangles: NDArray[np.intp], count: int) -> Floats:
    """For each vertex the mean over those it shares an edge with, as a matrix (V, V)."""
    beside = np.zeros((count, count), np.float32)
    for one, other in ((0, 1), (1, 2), (2, 0)):
        beside[triangles[:, one], triangles[:, other]] = beside[triangles[:, other], triangles[:, one]] = 1
    return np.asarray(beside / np.maximum(beside.sum(1, keepdims=True), 1), np.float32)


def _squeezed(mesh: Mesh, deltas: Floats, triangles: NDArray[np.intp]) -> Floats:
    """How much narrower than allowed the worst triangle at each vertex becomes in any of the poses (V,): 0 for none, 1 for turned over."""
    need, whole = np.zeros(len(mesh.xy), np.float32), areas(mesh.xy, triangles)
    for pose in PURSED:
        moved = mesh.xy + sum(amount * deltas[COEFFICIENTS.index(name)] for name, amount in pose.items())
        lost = np.clip((_LEAST - areas(moved, triangles) / whole) / _LEAST, 0, 1)
        for corner in range(3):
            np.maximum.at(need, triangles[:, corner], lost)
    return need
