"""Authoring: a rounded mouth is round. The head data's lower lip runs in two straight lines to its middle, so that "oo" was a V.

Between the middle and the corners the lower lip is let down a little when lips are pursed, most at its edge and less towards the chin.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.rig.rig import Floats, Mesh
from avatar_pipeline.score import COEFFICIENTS

_DROP: Final = {"mouthPucker": 0.04, "mouthFunnel": 0.13}  # in half mouths, at its most
_FADE: Final = 0.45  # half mouths towards the chin
_JAW: Final = COEFFICIENTS.index("jawOpen")


def with_round_lips(mesh: Mesh, middle: float, seam: float, half: float) -> Mesh:
    """The mesh whose pursed lips are round; `middle`, `seam` and `half` are the mouth's centre and half its width in pixels."""
    drop = mesh.deltas[_JAW, :, 1]
    rides = drop > 0.3 * drop.max()
    rim = skin_border(mesh)
    near = (np.abs(mesh.xy[rim, 0] - middle) < half) & (np.abs(mesh.xy[rim, 1] - seam) < 0.5 * half)
    edge = rim[near & rides[rim]]
    if len(edge) < 5:
        return mesh
    edge = edge[np.argsort(mesh.xy[edge, 0])]
    below = mesh.xy[:, 1] - np.interp(mesh.xy[:, 0], mesh.xy[edge, 0], mesh.xy[edge, 1])
    across = np.clip(np.abs(mesh.xy[:, 0] - middle) / half, 0, 1)
    share = 4 * across * (1 - across) * np.exp(-((below / (_FADE * half)) ** 2)) * (rides & (below > -0.06 * half))
    deltas: Floats = mesh.deltas.copy()
    for name, most in _DROP.items():
        deltas[COEFFICIENTS.index(name), :, 1] += (most * half * share).astype(np.float32)
    return replace(mesh, deltas=deltas)


def skin_border(mesh: Mesh) -> NDArray[np.int64]:
    """The vertices on the borders of the skin."""
    edges: Counter[tuple[int, int]] = Counter()
    for a, b, c in mesh.triangles[(mesh.lash[mesh.triangles] == 0).all(1)].astype(int).tolist():
        edges.update([(min(p, q), max(p, q)) for p, q in ((a, b), (b, c), (c, a))])
    return np.unique([v for edge, count in edges.items() if count == 1 for v in edge])
