"""Fill triangles with numpy: every triangle's box of pixels at once, no loop over triangles.

A film renderer without a graphics card still has to know, for each pixel, which point of the mesh lies there. The
boxes of all triangles are laid end to end in one long list of candidate pixels, tested together, and where triangles
overlap the later one wins (the painter's rule, the same order the browser draws in).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Coverage:
    """The covered pixels: flat index, triangle number and the weights (n, 3) of the triangle's corners."""

    pixel: Whole
    triangle: Whole
    weights: Floats


def rasterise(points: Floats, triangles: NDArray[np.uint16], width: int, height: int) -> Coverage:
    """Find which triangle covers each pixel centre of a (height, width) picture.

    `points` is (V, 2) in that picture's pixels; triangles that face away (clockwise on screen) are left out.
    """
    corners = points[triangles]
    origin, first, second = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    low = np.maximum(np.ceil(corners.min(1)), 0).astype(np.int64)
    high = np.minimum(np.floor(corners.max(1)), (width - 1, height - 1)).astype(np.int64)
    spans = high - low + 1
    kept = np.flatnonzero((area > 1e-6) & (spans > 0).all(1))
    triangle, x, y = _candidates(kept, low, spans)
    dx, dy = x - origin[triangle, 0], y - origin[triangle, 1]
    one, two, scale = first[triangle], second[triangle], 1.0 / area[triangle]
    b = (dx * two[:, 1] - dy * two[:, 0]) * scale
    c = (dy * one[:, 0] - dx * one[:, 1]) * scale
    inside = np.flatnonzero((b >= -1e-5) & (c >= -1e-5) & (b + c <= 1.00001))
    return _topmost(inside, (y * width + x)[inside], triangle, b, c, width * height)


def _candidates(kept: Whole, low: Whole, spans: Whole) -> tuple[Whole, Whole, Whole]:
    """Lay the kept triangles' boxes end to end: triangle number, x and y of every candidate pixel."""
    wide, count = spans[kept, 0], spans[kept, 0] * spans[kept, 1]
    row = np.repeat(np.arange(len(kept)), count)
    step = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    down = step // wide[row]
    triangle = kept[row]
    return triangle, low[triangle, 0] + step - down * wide[row], low[triangle, 1] + down


def _topmost(inside: Whole, pixel: Whole, triangle: Whole, b: Floats, c: Floats, count: int) -> Coverage:  # noqa: PLR0913 - one step of one pass
    """Of several candidates on one pixel keep the last, which is the nearest in drawing order."""
    owner = np.full(count, -1, np.int64)
    owner[pixel] = inside
    covered = np.flatnonzero(owner >= 0)
    chosen = owner[covered]
    weights = np.stack([1 - b[chosen] - c[chosen], b[chosen], c[chosen]], axis=1).astype(np.float32)
    return Coverage(covered, triangle[chosen], weights)


def spread(coverage: Coverage, triangles: NDArray[np.uint16], values: Floats) -> Floats:
    """Interpolate per-vertex `values` (V, k) over the covered pixels: (n, k)."""
    corners = triangles[coverage.triangle]
    w = coverage.weights
    return values[corners[:, 0]] * w[:, :1] + values[corners[:, 1]] * w[:, 1:2] + values[corners[:, 2]] * w[:, 2:]
