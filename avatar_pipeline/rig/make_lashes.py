"""Authoring: hang a skirt on each upper lid that carries its lashes over the open eye.

The lashes of the rest picture lie over the opening, where there is no skin to hold them. A short strip below the lid's
edge, moving exactly as the edge does, shows that part of the picture and fades out as the eye shuts (the eyes-shut
picture brings its own lashes).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.rig.rig import Floats, Mesh

_ABOVE_PX, _BELOW_PX = 2.0, 8.0  # at 512


def with_lashes(mesh: Mesh, eyes: Floats, unit: float) -> Mesh:
    """The mesh with one skirt per eye, drawn last. `eyes` is (2, 4): x, y, z, radius; `unit` is size/512."""
    for eye in eyes:
        edge = _upper_edge(mesh, eye)
        if len(edge) >= 3:
            mesh = _hang(mesh, edge, unit)
    return mesh


def _upper_edge(mesh: Mesh, eye: Floats) -> NDArray[np.int64]:
    """The vertices along the upper rim of the hole over one eye, from left to right."""
    edges: Counter[tuple[int, int]] = Counter()
    for a, b, c in mesh.triangles.astype(int):
        edges.update([(min(p, q), max(p, q)) for p, q in ((a, b), (b, c), (c, a))])
    rim = np.unique([v for edge, count in edges.items() if count == 1 for v in edge])
    near = np.linalg.norm(mesh.xy[rim] - eye[:2], axis=1) < eye[3] * 1.15
    rim = rim[near]
    left, right = rim[np.argmin(mesh.xy[rim, 0])], rim[np.argmax(mesh.xy[rim, 0])]
    middle = np.interp(mesh.xy[rim, 0], mesh.xy[[left, right], 0], mesh.xy[[left, right], 1])
    upper = rim[(mesh.xy[rim, 1] < middle - 0.5) | (rim == left) | (rim == right)]
    return np.asarray(upper[np.argsort(mesh.xy[upper, 0])])


def _hang(mesh: Mesh, edge: NDArray[np.int64], unit: float) -> Mesh:
    """Two new rows of vertices, above and below the rim, moving as the rim does, and the triangles between them."""
    count, base = len(edge), len(mesh.xy)
    reach = np.sin(np.linspace(0, np.pi, count)) ** 0.5 * _BELOW_PX * unit + 0.5
    above = mesh.xy[edge] - np.array([0, _ABOVE_PX * unit], np.float32)
    below = mesh.xy[edge] + np.column_stack([np.zeros(count), reach]).astype(np.float32)
    top = base + np.arange(count - 1)
    low = top + count
    strip = np.concatenate([np.column_stack([top, top + 1, low]), np.column_stack([top + 1, low + 1, low])])
    both = np.concatenate([edge, edge])
    none = np.zeros((2 * count, 2), np.float32)
    return replace(
        mesh,
        xy=np.concatenate([mesh.xy, above, below]),
        z=np.concatenate([mesh.z, mesh.z[both]]),
        sway=np.concatenate([mesh.sway, mesh.sway[both]]),
        open_share=np.concatenate([mesh.open_share, none]),
        closed_share=np.concatenate([mesh.closed_share, none]),
        lash=np.concatenate([mesh.lash, np.ones(2 * count, np.float32)]),
        triangles=np.concatenate([mesh.triangles, strip]).astype(np.uint16),
        deltas=np.concatenate([mesh.deltas, mesh.deltas[:, both]], axis=1),
    )
