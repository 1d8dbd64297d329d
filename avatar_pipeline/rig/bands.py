"""Which parts of a frame the head may cover, so that no more is fetched and mixed with the wall than must be.

The head is fetched in bands as wide as it is there, and mixed with the wall only along its outline. Short bands follow an
outline closely where it leans (crown, shoulders), tall ones take fewer calls where it is upright; where to cut is worked out from
what both cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.rig.bend import PAD
from avatar_pipeline.rig.rig import Bytes, Floats

Columns = NDArray[np.intp]
Area = tuple[slice, slice]  # rows and columns of pixels
_SOLID: Final = 250  # of 255: what little wall shines through a finer gap is not seen
_BAND_COST: Final = 4000  # in fetched pixels: one more band's fetch and four short copies
_EDGE_COST: Final = 0.8  # in fetched pixels: mixing one pixel with the wall
_TALLEST: Final = 12  # nodes


@dataclass(frozen=True)
class Outline:
    """Per row of pixels: first and past-the-last column of the person, and of the solid stretch around the middle."""

    low: Columns
    high: Columns
    solid_low: Columns
    solid_high: Columns

    @classmethod
    def of(cls, alpha: Bytes, middle: int) -> Outline:
        """The outline of a person by their opacity (side, side), `middle` being a column in the solid part."""
        side = alpha.shape[1]
        seen, open_ = alpha > 0, alpha < _SOLID
        low = np.where(seen.any(1), seen.argmax(1), side)
        high = np.where(seen.any(1), side - seen[:, ::-1].argmax(1), 0)
        before, after = open_[:, : middle + 1][:, ::-1], open_[:, middle:]
        solid_low = np.where(before.any(1), middle + 1 - before.argmax(1), 0)
        solid_high = np.where(after.any(1), middle + after.argmax(1), side)
        return cls(low, high, solid_low, solid_high)


@dataclass(frozen=True)
class Band:
    """Pixels between which the head may be: rows, columns, and the columns `left` to `right` where it is solid."""

    top: int
    bottom: int
    first: int
    last: int
    left: int
    right: int

    @property
    def cost(self) -> float:
        """What drawing it takes, in fetched pixels."""
        wide = max(self.last - self.first, 0)
        return _BAND_COST + (self.bottom - self.top) * (wide + _EDGE_COST * (wide - (self.right - self.left)))


@dataclass(frozen=True, eq=False)
class Fetch:
    """One band's part `here` of the frame, and the `nodes` around it, which are `enlarged` (h, w, 2) to give each pixel its `source`."""

    here: Area
    nodes: Area
    enlarged: Floats
    source: Floats


@dataclass(frozen=True, eq=False)
class Edge:
    """Where head and wall mix: which part `here` of the frame, and where it lies on the ribbon as fetched and as mixed."""

    here: Area
    fetched: Bytes
    mixed: Bytes


@dataclass(frozen=True, eq=False)
class Bands:
    """All bands for one reach, and their edges, which lie end to end on one ribbon: one long mix is quicker than many short ones.

    The maps of all bands are enlarged into one short piece of memory, which stays close to the processor. `wall` is what lies
    behind the edges; `ribbon` and `mixed` are filled anew for every frame. All three are (1, pixels, 4).
    """

    reach: int
    fetches: list[Fetch]
    edges: list[Edge]
    wall: Bytes
    ribbon: Bytes
    mixed: Bytes


def band_at(outline: Outline, top: int, bottom: int, reach: int) -> Band:
    """The band of these rows of pixels when the outline may have moved by `reach` pixels to any side."""
    near, side = slice(max(top - reach, 0), bottom + reach), len(outline.low)
    first, last = max(int(outline.low[near].min()) - reach, 0), min(int(outline.high[near].max()) + reach, side)
    left, right = int(outline.solid_low[near].max()) + reach, int(outline.solid_high[near].min()) - reach
    if left < right:
        left, right = (min(max(column, first), last) for column in (left, right))
    else:
        left = right = last
    return Band(top, bottom, first, last, left, right)


def cuts(outline: Outline, rows: int, stride: int, reach: int) -> list[int]:
    """Where to cut `rows` rows of nodes, each `stride` pixels, into bands that together cost least for that reach: rows of pixels."""
    least, before = [0.0], [0]
    for bottom in range(1, rows + 1):
        tops = range(max(0, bottom - _TALLEST), bottom)
        costs = [least[top] + band_at(outline, top * stride, bottom * stride, reach).cost for top in tops]
        best = int(np.argmin(costs))
        least.append(costs[best])
        before.append(tops[best])
    found = [rows]
    while found[-1] > 0:
        found.append(before[found[-1]])
    return [row * stride for row in reversed(found)]


def edged(bands: list[Band], reach: int, background: Bytes, stride: int) -> Bands:
    """The bands that are not empty, with their edges, before this wall (side, side, 4); `stride` pixels lie between two nodes."""
    bands = [band for band in bands if band.first < band.last]
    heres = [
        (slice(band.top, band.bottom), slice(first, last))
        for band in bands
        for first, last in ((band.first, band.left), (band.right, band.last))
        if first < last
    ]
    sizes = [(rows.stop - rows.start) * (columns.stop - columns.start) for rows, columns in heres]
    wall, ribbon, mixed = (np.zeros((1, sum(sizes), 4), np.uint8) for _ in range(3))
    edges, at = [], 0
    for here, size in zip(heres, sizes, strict=True):
        on_ribbon, shape = slice(at, at + size), background[here].shape
        wall[0, on_ribbon].reshape(shape)[...] = background[here]
        edges.append(Edge(here, ribbon[0, on_ribbon].reshape(shape), mixed[0, on_ribbon].reshape(shape)))
        at += size
    return Bands(reach, _fetches(bands, stride), edges, wall, ribbon, mixed)


def _fetches(bands: list[Band], stride: int) -> list[Fetch]:
    nodes = [
        (slice(band.top // stride, band.bottom // stride + 2 * PAD), slice(band.first // stride, -(-band.last // stride) + 2 * PAD))
        for band in bands
    ]
    shapes = [tuple((along.stop - along.start) * stride for along in each) for each in nodes]
    memory = np.empty(max((2 * tall * wide for tall, wide in shapes), default=0), np.float32)
    found = []
    for band, around, (tall, wide) in zip(bands, nodes, shapes, strict=True):
        enlarged = memory[: 2 * tall * wide].reshape(tall, wide, 2)
        corner = PAD * stride, PAD * stride + band.first % stride
        source = enlarged[corner[0] : corner[0] + band.bottom - band.top, corner[1] : corner[1] + band.last - band.first]
        found.append(Fetch((slice(band.top, band.bottom), slice(band.first, band.last)), around, enlarged, source))
    return found
