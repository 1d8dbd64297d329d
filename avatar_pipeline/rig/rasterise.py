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
Whole = NDArray[np.integer]


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
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    low = np.maximum(np.ceil(np.minimum(np.minimum(a, b), c)), 0).astype(np.int32)
    high = np.minimum(np.floor(np.maximum(np.maximum(a, b), c)), (width - 1, height - 1)).astype(np.int32)
    spans = high - low + 1
    slopes, area = _slopes(a, b - a, c - a)
    kept = np.flatnonzero((area > 1e-6) & (spans[:, 0] > 0) & (spans[:, 1] > 0))
    triangle, x, y = _candidates(kept, low, spans)
    second, third = _weights(slopes, triangle, x.astype(np.float32), y.astype(np.float32))
    inside = np.flatnonzero((np.minimum(second, third) >= -1e-5) & (second + third <= 1.00001))
    chosen, covered = _topmost(inside, (y * width + x)[inside], width * height)
    second, third = second[chosen], third[chosen]
    return Coverage(covered, triangle[chosen], np.stack([1 - second - third, second, third], axis=1))


def _slopes(origin: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Per triangle the second and third corner's weight (value at 0, slopes) and twice its area.

    `first` and `second` are the edges from `origin` to the second and the third corner.
    """
    area = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    scale = (1 / np.where(area > 1e-6, area, 1)).astype(np.float32)
    bx, by = second[:, 1] * scale, -second[:, 0] * scale
    cx, cy = -first[:, 1] * scale, first[:, 0] * scale
    x, y = origin[:, 0], origin[:, 1]
    return np.stack([-(x * bx + y * by), bx, by, -(x * cx + y * cy), cx, cy]), area


def _weights(slopes: Floats, triangle: Whole, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The second and third corner's weight at each candidate pixel."""
    b0, bx, by, c0, cx, cy = (np.take(row, triangle) for row in slopes)
    return np.asarray(b0 + bx * x + by * y, np.float32), np.asarray(c0 + cx * x + cy * y, np.float32)


def _candidates(kept: Whole, low: Whole, spans: Whole) -> tuple[Whole, Whole, Whole]:
    """Lay the kept triangles' boxes end to end: triangle number, x and y of every candidate pixel."""
    wide, count = spans[kept, 0], spans[kept, 0] * spans[kept, 1]
    triangle = np.repeat(kept.astype(np.int32), count)
    step = np.arange(len(triangle), dtype=np.int32) - np.repeat((np.cumsum(count) - count).astype(np.int32), count)
    across = np.repeat(wide, count)
    down = step // across
    return triangle, np.repeat(low[kept, 0], count) + step - down * across, np.repeat(low[kept, 1], count) + down


def _topmost(inside: Whole, pixel: Whole, count: int) -> tuple[Whole, Whole]:
    """Of several candidates on one pixel keep the last, the nearest in drawing order: the candidates and their pixels."""
    owner = np.full(count, -1, np.int32)
    owner[pixel] = inside
    covered = np.flatnonzero(owner >= 0)
    return owner[covered], covered


def spread(coverage: Coverage, triangles: NDArray[np.uint16], values: Floats) -> Floats:
    """Interpolate per-vertex `values` (V, k) over the covered pixels: (n, k)."""
    corners, w = triangles[coverage.triangle], coverage.weights
    mixed = np.take(values, corners[:, 0], axis=0) * w[:, :1]
    mixed += np.take(values, corners[:, 1], axis=0) * w[:, 1:2]
    mixed += np.take(values, corners[:, 2], axis=0) * w[:, 2:]
    return mixed
