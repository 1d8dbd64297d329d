"""Fill many small triangles at once, row by row: for each pixel, the point of the picture that lies there.

Every triangle is cut into the rows of pixels it crosses (its spans). Along a span the picture's point moves evenly, so
a span is described by where it starts, what it shows there and how that changes from one pixel to the next. Several
windows (an eye, the mouth, the whole face at a quarter of its size) are filled in one go, because numpy takes as long to
begin ten short lists as one long one. What is drawn with several rows to a pixel is filled lying on its side (`lying`): cut along
its many rows a triangle would fall into many short spans, cut along its few columns into a few long ones.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.complex64]  # x + iy, which numpy handles in one pass where two columns would take two
Reals = NDArray[np.float32]
Whole = NDArray[np.intp]  # what numpy counts with: narrower numbers are widened at every use
_FLAT = np.float32(1e-6)  # an edge this level bounds no row
_NOWHERE = np.complex64(-9 - 9j)  # outside every picture, by more than one pixel
_SLACK = np.float32(1e-3)  # pixels; neighbours share their border, and none may fall between them


@dataclass(frozen=True, eq=False)
class Patch:
    """Triangles (T, 3) far first, and for every vertex (V,) the point of a picture that it shows."""

    triangles: NDArray[np.uint16]
    shows: Points


@dataclass(frozen=True)
class Window:
    """Where a patch is filled: `width` x `height` pixels that begin at `start` of one long list, rows `pitch` apart."""

    width: int
    height: int
    start: int
    pitch: int


class SpanFiller:
    """Fills the same patches again and again with their vertices at other places."""

    def __init__(self, patches: Sequence[Patch]) -> None:
        offsets = np.cumsum([0, *(len(patch.shows) for patch in patches)])
        corners = np.concatenate([patch.triangles.astype(np.intp) + int(offset) for patch, offset in zip(patches, offsets, strict=False)])
        self._a, self._b, self._c = (np.ascontiguousarray(corners[:, k]) for k in range(3))
        shows = np.concatenate([patch.shows for patch in patches]).astype(np.complex64)
        self._at_a = shows[self._a]
        self._to_b, self._to_c = shows[self._b] - self._at_a, shows[self._c] - self._at_a
        counts = [len(patch.triangles) for patch in patches]
        self._firsts = np.cumsum([0, *counts])
        self._patch = np.repeat(np.arange(len(patches)), counts)
        self._steps, self._places = _counted(1 << 16)

    def fill(self, points: Sequence[Points], windows: Sequence[Window]) -> list[tuple[Whole, Points]]:
        """Per patch the filled pixels (places in the long list) and what each shows; of two on one pixel the later counts.

        `points` holds for every patch its vertices (V,) in its window's pixels, pixel centres at whole numbers. Triangles
        that face away (clockwise on screen) are left out.
        """
        place = np.concatenate(points)
        a = place.take(self._a)
        ab, ac = place.take(self._b) - a, place.take(self._c) - a
        right_most, bottom_most, start, pitch = np.array([(w.width - 1, w.height - 1, w.start, w.pitch) for w in windows]).T
        kept, top, bottom, area = self._seen(a, ab, ac, right_most.astype(np.float32), bottom_most.astype(np.float32))
        a, ab, ac, patch = a.take(kept), ab.take(kept), ac.take(kept), self._patch.take(kept)
        rows = bottom - top + 1
        ends = np.cumsum(rows)
        which = self._count(len(kept)).repeat(rows)
        y = self._count(len(which)) - (ends - rows - top).take(which)
        left, length = _extent(_edges(a, ab, ac), which, y, right_most.take(patch))
        across, down = self._slopes(kept, ab, ac, area)
        step = across.take(which)
        corner = self._at_a.take(kept) - across * a.real - down * a.imag  # what the window's first pixel would show
        shown = corner.take(which) + step * left.astype(np.float32) + down.take(which) * y.astype(np.float32)
        place_of = start.take(patch).take(which) + pitch.take(patch).take(which) * y + left
        pixel, value, finish = self._spread(length, place_of, shown, step)
        last = np.concatenate([[0], finish])[np.concatenate([[0], ends])[np.searchsorted(kept, self._firsts)]]
        return [(pixel[i:j], value[i:j]) for i, j in itertools.pairwise(last)]

    def maps(self, points: Sequence[Points], windows: Sequence[Window]) -> list[Reals]:
        """Per patch the whole window (height, width, 2): what each pixel shows, a point outside every picture where nothing lies.

        The windows must follow one another without gaps.
        """
        ends = [window.start for window in windows] + [windows[-1].start + windows[-1].width * windows[-1].height]
        table = np.full(ends[-1], _NOWHERE)
        for pixel, value in self.fill(points, windows):
            table[pixel] = value
        flat = table.view(np.float32)
        return [flat[2 * a : 2 * b].reshape(w.height, w.width, 2) for (a, b), w in zip(itertools.pairwise(ends), windows, strict=True)]

    def _count(self, length: int) -> Whole:
        """0, 1, 2 ... as a view of one long list, which grows when a picture is larger than any before."""
        if length > len(self._steps):
            self._steps, self._places = _counted(length * 2)
        return self._steps[:length]

    def _seen(
        self, a: Points, ab: Points, ac: Points, right_most: Reals, bottom_most: Reals
    ) -> tuple[NDArray[np.intp], Whole, Whole, Reals]:
        """The triangles that face the viewer and touch a pixel of their window, their rows and twice their areas."""
        bx, by, cx, cy = ab.real, ab.imag, ac.real, ac.imag
        area = bx * cy - by * cx
        top = np.maximum(np.ceil(a.imag + np.minimum(np.minimum(by, cy), 0)), 0)
        bottom = np.minimum(np.floor(a.imag + np.maximum(np.maximum(by, cy), 0)), bottom_most.take(self._patch))
        left = np.ceil(a.real + np.minimum(np.minimum(bx, cx), 0))
        right = np.floor(a.real + np.maximum(np.maximum(bx, cx), 0))
        outside = (left > right_most.take(self._patch)) | (right < 0) | (left > right)
        kept = np.flatnonzero((area > 1e-4) & (top <= bottom) & ~outside)
        return kept, top.take(kept).astype(np.intp), bottom.take(kept).astype(np.intp), area.take(kept)

    def _slopes(self, kept: NDArray[np.intp], ab: Points, ac: Points, area: Reals) -> tuple[Points, Points]:
        """How far the shown point moves for one pixel across and for one down."""
        to_b, to_c, scale = self._to_b.take(kept), self._to_c.take(kept), 1 / area
        return (to_b * ac.imag - to_c * ab.imag) * scale, (to_c * ab.real - to_b * ac.real) * scale

    def _spread(self, length: Whole, place: Whole, shown: Points, step: Points) -> tuple[Whole, Points, Whole]:
        """Lay all spans end to end, pixel by pixel: each one's place and what it shows, and where each span ends."""
        finish = np.cumsum(length)
        begin = finish - length
        count = self._count(max(int(finish[-1]) if len(finish) else 0, len(length)))
        span = count[: len(length)].repeat(length)
        value = self._places[: len(span)] - begin.astype(np.complex64).take(span)
        value *= step.take(span)
        value += shown.take(span)
        return (place - begin).take(span) + count[: len(span)], value, finish


def _counted(length: int) -> tuple[Whole, Points]:
    """0, 1, 2 ... as whole numbers and as points: numpy multiplies points by points quicker than by anything it must widen first."""
    steps = np.arange(length)
    return steps, steps.astype(np.complex64)


def _extent(edges: Reals, which: Whole, y: Whole, right_most: Whole) -> tuple[Whole, Whole]:
    """First pixel and length of every span: between the edges that go up (left) and those that go down (right)."""
    bounds = edges.take(which, axis=1)
    at = bounds[:4] * y.astype(np.float32)
    at += bounds[4:]
    left = np.ceil(np.maximum(np.maximum(at[0], at[1]) - _SLACK, 0))
    right = np.floor(np.minimum(np.minimum(at[2], at[3]) + _SLACK, right_most.take(which).astype(np.float32)))
    return left.astype(np.intp), np.maximum(right - left + 1, 0).astype(np.intp)


def _edges(a: Points, ab: Points, ac: Points) -> Reals:
    """For n triangles (8, n): how far its edges move per row, two left and two right bounds, and then where they cross row 0.

    Of three edges no more than two go the same way; one that is alone on its side is both bounds there. A flat edge bounds nothing.
    """
    start, along = np.concatenate([a, a + ab, a]).reshape(3, -1), np.concatenate([ab, ac - ab, -ac]).reshape(3, -1)
    rise = np.ascontiguousarray(along.imag)
    goes_up, goes_down = rise <= -_FLAT, rise >= _FLAT
    lean = along.real / np.where(goes_up | goes_down, rise, 1)
    cross = start.real - lean * start.imag
    own = np.arange(len(a))
    ways = np.stack([_first(goes_up), _last(goes_up), _first(goes_down), _last(goes_down)]) * len(a) + own
    return np.concatenate([lean.ravel().take(ways), cross.ravel().take(ways)])


def _first(chosen: NDArray[np.bool_]) -> Whole:
    """Per column of three the first row that is chosen."""
    return np.where(chosen[0], 0, np.where(chosen[1], 1, 2))


def _last(chosen: NDArray[np.bool_]) -> Whole:
    """Per column of three the last row that is chosen."""
    return np.where(chosen[2], 2, np.where(chosen[1], 1, 0))


def as_points(table: Reals) -> Points:
    """(n, 2) columns as (n,) complex numbers."""
    return np.ascontiguousarray(table, np.float32).view(np.complex64)[:, 0]


def lying(points: Points) -> Points:
    """The same points with across and down exchanged, for a window as wide as the picture is high. Triangles then turn the other way."""
    return np.asarray(1j * points.conj(), np.complex64)


def rows_averaged(fine: NDArray[np.uint8], detail: int) -> NDArray[np.uint8]:
    """A lying picture filled with `detail` columns for each of its rows (a power of two), upright and at its own height.

    By halves, six times as quick as an area filter.
    """
    picture = np.asarray(cv2.transpose(fine), np.uint8)
    while detail > 1:
        picture = np.asarray(cv2.addWeighted(picture[::2], 0.5, picture[1::2], 0.5, 0), np.uint8)
        detail //= 2
    return picture
