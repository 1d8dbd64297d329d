"""The head before the wall: which point of the still picture each part of the screen shows, and the picture made of it.

The wall and the shoulders never change and are laid down once. The head is drawn in bands, each as wide as the person is there
at this moment, and mixed with the wall only along its outline. Pictures keep their fourth channel to the end: OpenCV fetches and
multiplies four bytes a pixel quicker than three.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.rig.bend import PAD, Bend
from avatar_pipeline.rig.eyes import eye_boxes
from avatar_pipeline.rig.pose import Pose
from avatar_pipeline.rig.rig import Bytes, Rig

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
    """All bands for one reach, each band's part of the frame, the edges, and the wall behind the edges, as they lie on the ribbon.

    `ribbon` is filled anew for every frame.
    """

    areas: list[Area]
    edges: list[Edge]
    wall: Bytes
    ribbon: Bytes


@dataclass(eq=False)
class Canvas:
    """A picture that is drawn again and again: the bands it shows, and where something was drawn over these."""

    picture: Bytes
    bands: Bands | None = None
    touched: list[Area] = field(default_factory=list)


class Sway:
    """Draws wall and person of one rig in frames of side `out_px`, from a map with one node for every `stride` pixels.

    `pictures` are drawn in turn, each on top of what it showed the last time.
    """

    def __init__(self, rig: Rig, out_px: int, stride: int, pictures: int = 1) -> None:
        self._stride, self._scale, self._count = stride, out_px / rig.size_px, out_px // stride
        self._bend = Bend(rig, self._count)
        wall = enlarged(rig.layers["background"].pixels[..., :3], out_px)
        person = enlarged(rig.layers["person"].pixels, out_px)
        self._background = np.asarray(cv2.cvtColor(wall, cv2.COLOR_BGR2BGRA), np.uint8)
        self._still = self._background.copy()
        lay_over(self._still, person)
        self._canvases = itertools.cycle([Canvas(np.empty_like(self._still)) for _ in range(pictures)])
        alpha = person[..., 3].copy()
        for x, y, w, h in (np.rint(np.array(box) * self._scale).astype(int) for box in eye_boxes(rig)):
            alpha[y : y + h, x : x + w] = 255  # the eyes are drawn in before anything is fetched
        self._map = np.empty(((self._bend.rows + 2 * PAD) * stride, (self._count + 2 * PAD) * stride, 2), np.float32)
        self._bands: dict[int, Bands] = {}
        self._outline = _outline(alpha, round(float(np.mean([eye.x for eye in rig.eyes])) * self._scale))

    def draw(self, pose: Pose, picture: Bytes) -> Canvas:
        """The still parts as they are, the head fetched from `picture` as the pose bends it: BGRX."""
        source, far = self._bend.map(pose)
        reach = int(far * self._scale) // _REACH_STEP * _REACH_STEP + _REACH_STEP + 1
        if reach not in self._bands:
            self._bands[reach] = self._edged(list(self._bands_at(reach)))
        bands, margin = self._bands[reach], PAD * self._stride
        canvas = self._cleared(next(self._canvases), bands)
        frame = canvas.picture
        full = cv2.resize(source, self._map.shape[1::-1], dst=self._map, interpolation=cv2.INTER_LINEAR)[margin:-margin, margin:-margin]
        for area in bands.areas:
            cv2.remap(picture, full[area], None, cv2.INTER_LINEAR, dst=frame[area], borderMode=cv2.BORDER_REPLICATE)
        for edge in bands.edges:
            bands.ribbon[edge.on_ribbon] = frame[edge.here]
        mixed = laid_over(bands.wall, bands.ribbon)
        for edge in bands.edges:
            frame[edge.here] = mixed[edge.on_ribbon]
        return canvas

    def _cleared(self, canvas: Canvas, bands: Bands) -> Canvas:
        """The canvas with nothing left of its last picture where these bands will not cover it."""
        if canvas.bands is bands:
            for area in canvas.touched:
                canvas.picture[area] = self._still[area]
        else:
            np.copyto(canvas.picture, self._still)
        canvas.bands = bands
        return canvas

    def _edged(self, bands: list[Band]) -> Bands:
        """The bands with their edges. These lie side by side on one ribbon, because one long mix is quicker than twenty short ones."""
        areas, edges = [], []
        at, stride = 0, self._stride
        for band in bands:
            rows = slice(band.top * stride, band.bottom * stride)
            areas.append((rows, slice(band.first * stride, band.last * stride)))
            for left, right in ((band.first * stride, band.left), (band.right, band.last * stride)):
                if left < right:
                    edges.append(Edge((rows, slice(left, right)), (slice(0, rows.stop - rows.start), slice(at, at + right - left))))
                    at += right - left
        wall = np.zeros((_BAND * stride, at, 4), np.uint8)
        for edge in edges:
            wall[edge.on_ribbon] = self._background[edge.here]
        return Bands(areas, edges, wall, np.zeros_like(wall))

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
    """Lay a premultiplied BGRA picture over one of the same size, in place: canvas * (1 - alpha) + layer."""
    laid_over(canvas, layer, canvas)


def laid_over(canvas: Bytes, layer: Bytes, out: Bytes | None = None) -> Bytes:
    """The same in a picture of its own, or in `out`."""
    keep = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(layer, 3)), cv2.COLOR_GRAY2BGRA)
    mixed = cv2.multiply(canvas, keep, dst=out, scale=1 / 255.0)
    return np.asarray(cv2.add(mixed, layer, dst=mixed), np.uint8)


def enlarged(picture: Bytes, side: int) -> Bytes:
    """A square picture at another size; the same picture, in one piece, when it has that size."""
    if picture.shape[0] == side:
        return np.ascontiguousarray(picture)
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)
