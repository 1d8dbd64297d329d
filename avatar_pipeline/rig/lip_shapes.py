"""Authoring: the units that give lips their meaning: "oo" and "oh" are round holes, and a face that is sorry has stopped smiling.

The head data's funnel hardly opens, so rounded sounds were slits; its frown is laid over a portrait that smiles, and what
came out still smiled. Both are mended in the mesh, so both players, the film and the chat show the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from avatar_pipeline.rig.draw_teeth import MOUTH_WIDTH
from avatar_pipeline.rig.rig import Floats, Mesh, Rig
from avatar_pipeline.rig.round_lips import skin_border
from avatar_pipeline.score import COEFFICIENTS

Mouth = tuple[float, float, float]  # middle x, seam y and half the width in pixels
_RAISED, _LOWERED, _LIFTED = 0.12, 0.20, 0.09  # in half mouths: upper and lower lip by a funnel, the corners by a pucker
_NARROWED: Final = 0.12  # how much further than the head data's a pucker draws the lips together
_ARCHED: Final = 0.45  # in half mouths: how much further a funnel raises the upper lip between middle and corner, or "oh" has a notch there
_TEETH_SUNK: Final = 0.45  # in half mouths: lower teeth stay behind the lip that a funnel lowers
_SMILE_GIVEN_UP: Final = 2.0  # a frown of a half takes the whole smile of the portrait with it
_BAND: Final = 0.10  # in half mouths: so near the seam, lips that touch move as one
_FELT: Final = 0.2  # pixels at 512: less motion than this is not worth a vertex's place in the file
_TOUCHING: Final = ("mouthSmile", "mouthPress", "mouthDimple", "mouthStretch")  # lips that are shut stay so, seam on seam, in these
_JAW, _FUNNEL, _PUCKER = (COEFFICIENTS.index(name) for name in ("jawOpen", "mouthFunnel", "mouthPucker"))


def with_lip_shapes(rig: Rig, worn: Mapping[str, float]) -> Rig:
    """The rig with rounder rounded lips, and frowns that take back the smile among the units `worn` in the portrait. Once per rig."""
    at = mouth_of(rig)
    jaw: Floats = rig.jaw.copy()
    jaw[_FUNNEL, 1] += np.float32(_TEETH_SUNK * at[2])
    mesh = _drooping(_rounded(rig.mesh, at), at, worn)
    for name in ("mouthFunnel", "mouthPucker", "mouthFrownLeft", "mouthFrownRight"):
        delta = mesh.deltas[COEFFICIENTS.index(name)]
        delta[np.linalg.norm(delta, axis=1) < _FELT * rig.size_px / 512] = 0
    return replace(rig, mesh=mesh, jaw=jaw)


def with_lips_together(rig: Rig) -> Rig:
    """The rig whose lips move alike at their seam in a smile or a press. One slid over the other by pixels, and showed its inside."""
    at, mesh = mouth_of(rig), rig.mesh
    deltas: Floats = mesh.deltas.copy()
    for name in (f"{part}{side}" for part in _TOUCHING for side in ("Left", "Right")):
        unit = COEFFICIENTS.index(name)
        deltas[unit] = _as_one(mesh, mesh.deltas[unit], at)
    return replace(rig, mesh=replace(mesh, deltas=deltas))


def mouth_of(rig: Rig) -> Mouth:
    """Where the mouth is at rest, from the parts that lie in it."""
    throat, lower, _ = rig.sprites
    half = throat.box[2] / MOUTH_WIDTH
    return lower.at[0] + lower.box[2] / 2, lower.at[1] - 0.03 * half, half


def _rounded(mesh: Mesh, at: Mouth) -> Mesh:
    """Funnels open round, upwards a little and downwards more; puckers are narrower, their corners not pulled down."""
    middle, seam, half = at
    deltas: Floats = mesh.deltas.copy()
    drop = deltas[_JAW, :, 1]
    rides = drop > 0.3 * drop.max()
    out, down = np.abs(mesh.xy[:, 0] - middle) / half, (mesh.xy[:, 1] - seam) / half
    across = np.clip(out, 0, 1)
    upper = (_RAISED * (1 - across**2) + _ARCHED * across**2 * (1 - across**4)) * np.exp(-((down / 0.3) ** 2)) * (~rides & (down < 0.25))
    lower = _LOWERED * (1 - across**4) * np.exp(-((down / 0.8) ** 2)) * (rides & (down > -0.25))
    deltas[_FUNNEL, :, 1] += ((lower - upper) * half).astype(np.float32)
    deltas[_PUCKER, :, 0] *= 1 + _NARROWED
    deltas[_PUCKER, :, 1] -= (_LIFTED * half * np.exp(-(((out - 1) / 0.35) ** 2)) * np.exp(-((down / 0.4) ** 2))).astype(np.float32)
    return replace(mesh, deltas=deltas)


def _drooping(mesh: Mesh, at: Mouth, worn: Mapping[str, float]) -> Mesh:
    """Frowns that end the portrait's smile, the lips staying shut while they do."""
    deltas: Floats = mesh.deltas.copy()
    for side in ("Left", "Right"):
        smile = np.zeros_like(deltas[0])
        for name in (f"mouthSmile{side}", f"mouthDimple{side}"):
            smile += np.float32(worn.get(name, 0.0)) * mesh.deltas[COEFFICIENTS.index(name)]
        frown = COEFFICIENTS.index(f"mouthFrown{side}")
        deltas[frown] = _as_one(mesh, deltas[frown] - np.float32(_SMILE_GIVEN_UP) * smile, at)
    return replace(mesh, deltas=deltas)


def _as_one(mesh: Mesh, delta: Floats, at: Mouth) -> Floats:
    """The displacement (V, 2), both lips moving alike at their seam: a smile moves them unlike, and taking one back tore them apart."""
    middle, seam, half = at
    place = (mesh.xy - np.array([middle, seam], np.float32)) / np.float32(half)
    rim = place[skin_border(mesh)]
    rim = rim[(np.abs(rim[:, 0]) < 1.05) & (np.abs(rim[:, 1]) < 0.35)]
    if len(rim) < 5:
        return delta
    line = np.polynomial.Polynomial.fit(rim[:, 0], rim[:, 1], 4, domain=[-1, 1])
    off = place[:, 1] - line(np.clip(place[:, 0], -1.1, 1.1))
    weight = np.exp(-((off / _BAND) ** 2)) * (np.abs(place[:, 0]) < 1.15)
    beside = np.exp(-(((place[:, None, 0] - place[None, :, 0]) / 0.06) ** 2)) * weight
    common = (beside @ delta) / np.maximum(beside.sum(1, keepdims=True), 1e-6)
    share = np.exp(-((off / (1.6 * _BAND)) ** 4)) * np.clip((1.15 - np.abs(place[:, 0])) / 0.1, 0, 1)
    return np.asarray(delta + (common - delta) * share[:, None], np.float32)
