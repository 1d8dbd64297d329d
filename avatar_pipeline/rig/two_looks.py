"""The skin's picture between its looks: mouth shut or wide open, eyes open or shut.

Three pictures of one person lie on one mesh. Which share of each a vertex shows grows evenly with the opening of mouth or eye,
so the picture at any moment is a plain mix of its looks at both ends. The ends are made once, when a rig is loaded; a frame
then mixes them in the parts that change and fetches every pixel from one picture instead of three.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.rig.rasterise import rasterise, spread
from avatar_pipeline.rig.rig import OPEN_JAW, Bytes, Floats, Rig
from avatar_pipeline.score import CHANNEL_INDEX

Box = tuple[int, int, int, int]  # x, y, width, height
_PAD_PX: Final = 4
_NOTICED = 0.004


@dataclass(frozen=True, eq=False)
class Places:
    """Where each vertex (V, 2) lies in the rest, the mouth-open and the eyes-shut picture's square."""

    rest: Floats
    opened: Floats
    shut: Floats


def places(rig: Rig) -> Places:
    """The mesh in the three poses its pictures were taken in."""
    rest, deltas = rig.mesh.xy, rig.mesh.deltas
    blink = deltas[CHANNEL_INDEX["eyeBlinkLeft"]] + deltas[CHANNEL_INDEX["eyeBlinkRight"]]
    return Places(rest, rest + OPEN_JAW * deltas[CHANNEL_INDEX["jawOpen"]], rest + blink)


class Looks:
    """One picture with up to four ends: mouth shut or open, eyes open or shut. `origin` is its top left in the rig's square."""

    def __init__(self, ends: list[list[Bytes]], origin: tuple[int, int], middle: int) -> None:
        """Take the ends as [mouth][eyes], each (h, w, 4); from column `middle` on they show the person's left eye."""
        self.origin = origin
        self._ends, self._now, self._state = ends, ends[0][0].copy(), (0.0, 0.0, 0.0)
        self._mouth = _differing(ends[0][0], ends[1][0])
        self._eyes = _halves(_differing(ends[0][0], ends[0][1]), middle)

    def at(self, opened: float, shut: tuple[float, float]) -> Bytes:
        """The picture with the mouth `opened` and the left and right eye `shut` (0..1). The next call overwrites it."""
        if self._state != (opened, *shut):
            if self._mouth:
                (calm, _), (wide, _) = self._cut(self._mouth)
                _mix(calm, wide, opened, self._part(self._mouth))
            for box, share in zip(self._eyes, shut, strict=True):
                if box:
                    self._lids(box, opened, share)
            self._state = (opened, *shut)
        return self._now

    def _lids(self, box: Box, opened: float, shut: float) -> None:
        """Around an eye, where the mouth's look may reach too."""
        (calm, closed), (wide, both) = self._cut(box)
        part = self._part(box)
        _mix(calm, wide, opened, part)
        if shut:
            lids = np.empty_like(calm)
            _mix(closed, both, opened, lids)
            _mix(part, lids, shut, part)

    def _cut(self, box: Box) -> list[list[Bytes]]:
        x, y, w, h = box
        return [[end[y : y + h, x : x + w] for end in row] for row in self._ends]

    def _part(self, box: Box) -> Bytes:
        x, y, w, h = box
        return self._now[y : y + h, x : x + w]


def _halves(box: Box | None, middle: int) -> tuple[Box | None, Box | None]:
    """A rectangle's parts right and left of a column: the person's left eye and right eye."""
    if box is None:
        return None, None
    x, y, w, h = box
    cut = min(max(middle, x), x + w)
    return (cut, y, x + w - cut, h) if cut < x + w else None, (x, y, cut - x, h) if cut > x else None


def _mix(first: Bytes, second: Bytes, share: float, out: Bytes) -> None:
    """Write first * (1 - share) + second * share into `out`."""
    if share:
        cv2.addWeighted(first, 1 - share, second, share, 0, dst=out)
    else:
        out[:] = first


def _differing(first: Bytes, second: Bytes) -> Box | None:
    """The rectangle outside which two pictures are equal; None when they are equal everywhere."""
    x, y, w, h = cv2.boundingRect((first != second).any(2).astype(np.uint8))
    return (x, y, w, h) if w and h else None


def still_looks(rig: Rig) -> Looks:
    """The whole person at rest, the skin taking on the other two looks."""
    mesh, side = rig.mesh, rig.size_px
    solid = mesh.triangles[(mesh.lash[mesh.triangles] == 0).all(1)]
    return Looks(_ends(rig, mesh.xy, solid, (0, 0, side, side), 0), (0, 0), side // 2)


def close_looks(rig: Rig, laid_out: Floats, triangles: NDArray[np.uint16], tall: int = 1) -> Looks:
    """A part of the skin spread out as `laid_out` (V, 2) says: in a pose in which all of it can be seen, `tall` times as high."""
    used = laid_out[np.unique(triangles)]
    low, high = np.floor(used.min(0)).astype(int) - _PAD_PX, np.ceil(used.max(0)).astype(int) + _PAD_PX
    box = (int(low[0]), int(low[1]), int(high[0] - low[0] + 1), int(high[1] - low[1] + 1))
    return Looks(_ends(rig, laid_out, triangles, box, tall), (box[0], box[1]), rig.size_px // 2 - box[0])


def _ends(rig: Rig, laid_out: Floats, triangles: NDArray[np.uint16], box: Box, tall: int) -> list[list[Bytes]]:
    """Draw the four ends in `box`; `tall` above 0 continues the skin past its border, so that no edge fetches emptiness."""
    x, y, w, h = box
    mesh, where = rig.mesh, places(rig)
    found = rasterise(laid_out - np.array([x, y], np.float32), triangles, w, h)
    table = np.column_stack([where.rest, where.opened, where.shut, mesh.open_share, mesh.closed_share, mesh.lash])
    values = np.zeros((h * w, table.shape[1]), np.float32)
    values[found.pixel] = spread(found, triangles, table)
    own = np.stack(np.meshgrid(np.arange(x, x + w), np.arange(y, y + h)), -1).reshape(-1, 2).astype(np.float32)
    bare = np.ones(h * w, bool)
    bare[found.pixel] = False
    if tall:
        nearest = _nearest(bare.reshape(h, w))
        values[bare] = values[nearest[bare]]
        values[bare, :6] += np.tile((own[bare] - own[nearest[bare]]) / np.array([1, tall], np.float32), 3)
    else:
        values[bare, :2] = own[bare]
    sheet = values.reshape(h, w, -1)
    pictures = [_fetch(rig, name, sheet[..., 2 * k : 2 * k + 2]) for k, name in enumerate(("person", "open", "closed"))]
    return [[_mixed(pictures, sheet[..., 6:], mouth, eyes) for eyes in (0, 1)] for mouth in (0, 1)]


def _mixed(pictures: list[Floats], shares: Floats, mouth: int, eyes: int) -> Bytes:
    """One end: the mouth's look first, the eyes' over it, lashes fading as the eye shuts."""
    person, opened, shut = pictures
    open_share, closed_share = shares[..., mouth : mouth + 1], shares[..., 2 + eyes : 3 + eyes]
    colour = person + (opened - person) * np.where(open_share > _NOTICED, open_share, 0)
    colour += (shut - colour) * np.where(closed_share > _NOTICED, closed_share, 0)
    colour = np.clip(colour, 0, 255)
    colour[..., :3] = np.minimum(colour[..., :3], colour[..., 3:])  # sharp reading overshoots; no colour is brighter than its alpha
    return np.asarray(np.rint(colour * (1 - shares[..., 4:5] * eyes)), np.uint8)


def _fetch(rig: Rig, name: str, at: Floats) -> Floats:
    """Read a layer at points of the square, sharply, so that being read twice does not blur it."""
    layer = rig.layers[name]
    place = np.ascontiguousarray(at - np.array([layer.x, layer.y], np.float32))
    return np.asarray(cv2.remap(layer.pixels, place, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _nearest(bare: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For every pixel of a flat picture the nearest one that is not bare."""
    _, label = cv2.distanceTransformWithLabels(bare.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    owner = np.zeros(int(label.max()) + 1, np.int64)
    covered = np.flatnonzero(~bare)
    owner[label.ravel()[covered]] = covered
    return np.asarray(owner[label.ravel()], np.int64)
