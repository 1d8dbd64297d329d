"""The head before the wall: which point of the still picture each part of the screen shows, and the picture made of it.

The wall and the shoulders never change and are laid down once. The head is drawn in bands, each as wide as the person is there
at this moment; where they are solid a band is simply copied, and only along their outline is it mixed with the wall.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.rig.bend import PAD, Bend
from avatar_pipeline.rig.eyes import eye_boxes
from avatar_pipeline.rig.pose import Pose
from avatar_pipeline.rig.rig import Bytes, Floats, Rig

Columns = NDArray[np.intp]
Area = tuple[slice, slice]  # rows and columns of pixels
_BAND: Final = 6  # nodes
_REACH_STEP: Final = 2  # pixels; bands are kept for each reach
_SOLID: Final = 250  # of 255: what little wall shines through a finer gap is not seen


@dataclass(frozen=True)
class Band:
    """Rows and columns of nodes between which the head may be, and the pixel columns `left` to `right` where it is solid."""

    top: int
    bottom: int
    first: int
    last: int
    left: int
    right: int


@dataclass(frozen=True)
class Edge:
    """Where head and wall mix: which part `here` of the frame, and where it lies on the ribbon of all edges."""

    here: Area
    on_ribbon: Area


@dataclass(frozen=True, eq=False)
class Bands:
    """All bands for one reach, each with its edges (two at most), and the wall behind the edges, as they lie on the ribbon."""

    bands: list[tuple[Band, list[Edge]]]
    wall: Bytes


class Sway:
    """Draws wall and person of one rig in frames of side `out_px`, from a map with one node for every `stride` pixels."""

    def __init__(self, rig: Rig, out_px: int, stride: int) -> None:
        self._stride, self._scale, self._count = stride, out_px / rig.size_px, out_px // stride
        self._bend = Bend(rig, self._count)
        self._background = enlarged(rig.layers["background"].pixels[..., :3], out_px)
        person = enlarged(rig.layers["person"].pixels, out_px)
        self._still = self._background.copy()
        lay_over(self._still, person)
        alpha = person[..., 3].copy()
        for x, y, w, h in (np.rint(np.array(box) * self._scale).astype(int) for box in eye_boxes(rig)):
            alpha[y : y + h, x : x + w] = 255  # the eyes are drawn in before anything is fetched
        self._solid = np.empty((rig.size_px, rig.size_px, 3), np.uint8)
        self._bands: dict[int, Bands] = {}
        self._outline = _outline(alpha, round(float(np.mean([eye.x for eye in rig.eyes])) * self._scale))

    def draw(self, pose: Pose, picture: Bytes) -> Bytes:
        """A new frame: the still parts as they are, the head fetched from `picture` as the pose bends it."""
        frame = self._still.copy()
        source, far = self._bend.map(pose)
        reach = int(far * self._scale) // _REACH_STEP * _REACH_STEP + _REACH_STEP + 1
        if reach not in self._bands:
            self._bands[reach] = self._edged(list(self._bands_at(reach)))
        bands = self._bands[reach]
        ribbon = np.empty((*bands.wall.shape[:2], 4), np.uint8)
        solid = cv2.cvtColor(picture, cv2.COLOR_BGRA2BGR, dst=self._solid)
        for band, edges in bands.bands:
            full, x0 = self._enlarged_map(source, band), band.first * self._stride
            for edge in edges:
                at = full[:, edge.here[1].start - x0 : edge.here[1].stop - x0]
                cv2.remap(picture, at, None, cv2.INTER_LINEAR, dst=ribbon[edge.on_ribbon], borderMode=cv2.BORDER_REPLICATE)
            if band.left < band.right:
                inner = frame[band.top * self._stride : band.bottom * self._stride, band.left : band.right]
                at = full[:, band.left - x0 : band.right - x0]
                cv2.remap(solid, at, None, cv2.INTER_LINEAR, dst=inner, borderMode=cv2.BORDER_REPLICATE)
        mixed = bands.wall.copy()
        lay_over(mixed, ribbon)
        for edge in (edge for _, edges in bands.bands for edge in edges):
            frame[edge.here] = mixed[edge.on_ribbon]
        return frame

    def _enlarged_map(self, source: Floats, band: Band) -> Floats:
        """Where every pixel of a band comes from, out of its nodes and their neighbours."""
        stride = self._stride
        nodes = source[band.top + PAD - 1 : band.bottom + PAD + 1, band.first + PAD - 1 : band.last + PAD + 1]
        full = cv2.resize(nodes, None, fx=stride, fy=stride, interpolation=cv2.INTER_LINEAR)
        return np.asarray(full[stride:-stride, stride:-stride], np.float32)

    def _edged(self, bands: list[Band]) -> Bands:
        """The bands with their edges. These lie side by side on one ribbon, because one long mix is quicker than twenty short ones."""
        found: list[tuple[Band, list[Edge]]] = []
        at, stride = 0, self._stride
        for band in bands:
            rows, edges = slice(band.top * stride, band.bottom * stride), []
            for left, right in ((band.first * stride, band.left), (band.right, band.last * stride)):
                if left < right:
                    edges.append(Edge((rows, slice(left, right)), (slice(0, rows.stop - rows.start), slice(at, at + right - left))))
                    at += right - left
            found.append((band, edges))
        wall = np.zeros((_BAND * stride, at, 3), np.uint8)
        for edge in (edge for _, edges in found for edge in edges):
            wall[edge.on_ribbon] = self._background[edge.here]
        return Bands(found, wall)

    def _bands_at(self, reach: int) -> Iterator[Band]:
        """The bands when the outline may have moved by `reach` pixels, each as wide as the outline of its rows and their neighbours."""
        stride = self._stride
        for top in range(0, self._bend.rows, _BAND):
            bottom = min(top + _BAND, self._bend.rows)
            near = slice(max(top * stride - reach, 0), bottom * stride + reach)
            low, high = int(self._outline[0][near].min()) - reach, int(self._outline[1][near].max()) + reach
            first, last = max(low // stride, 0), min(-(-high // stride), self._count)
            if first >= last:
                continue
            solid = int(self._outline[2][near].max()) + reach, int(self._outline[3][near].min()) - reach
            inner = [min(max(column, first * stride), last * stride) for column in solid] if solid[0] < solid[1] else [last * stride] * 2
            yield Band(top, bottom, first, last, *inner)


def _outline(alpha: Bytes, middle: int) -> tuple[Columns, Columns, Columns, Columns]:
    """Per row of pixels: first and past-the-last column of the person, and of the solid stretch around the middle."""
    side = alpha.shape[1]
    seen, open_ = alpha > 0, alpha < _SOLID
    low = np.where(seen.any(1), seen.argmax(1), side)
    high = np.where(seen.any(1), side - seen[:, ::-1].argmax(1), 0)
    before, after = open_[:, : middle + 1][:, ::-1], open_[:, middle:]
    solid_low = np.where(before.any(1), middle + 1 - before.argmax(1), 0)
    solid_high = np.where(after.any(1), middle + after.argmax(1), side)
    return low, high, solid_low, solid_high


def lay_over(canvas: Bytes, layer: Bytes) -> None:
    """Lay a premultiplied BGRA picture over a BGR one of the same size, in place: canvas * (1 - alpha) + layer."""
    keep = cv2.cvtColor(cv2.bitwise_not(layer[..., 3]), cv2.COLOR_GRAY2BGR)
    cv2.multiply(canvas, keep, dst=canvas, scale=1 / 255.0)
    cv2.add(canvas, cv2.cvtColor(layer, cv2.COLOR_BGRA2BGR), dst=canvas)


def enlarged(picture: Bytes, side: int) -> Bytes:
    """A square picture at another size; the same picture, in one piece, when it has that size."""
    if picture.shape[0] == side:
        return np.ascontiguousarray(picture)
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)
