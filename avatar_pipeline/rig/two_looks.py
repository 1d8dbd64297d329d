"""The skin's picture between its looks: mouth shut or wide open, eyes open or shut.

Three pictures of one person lie on one mesh. Which share of each a vertex shows grows evenly with the opening of mouth or eye,
so the picture at any moment is a plain mix of its looks at both ends. The ends are made once, when a rig is loaded; a frame
then mixes them in the parts that change and fetches every pixel from one picture instead of three. The insides of the lips take on the
mouth-open picture at once, as soon as the lips part: while they touch, all that is seen of a face is its picture at rest.
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
    """One picture with up to six ends: lips shut, just parted or wide open; eyes open or shut. `origin`: its corner in the rig's square."""

    def __init__(self, ends: list[list[Bytes]], origin: tuple[int, int], middle: int) -> None:
        """Take the ends as [mouth][eyes], each (h, w, 4), and write into them; from column `middle` on they show the person's left eye."""
        sealed, parted, wide = ends
        self.origin = origin
        self._ends, self._now, self._state = [parted, wide], parted[0].copy(), (0.0, 1.0, 0.0, 0.0)
        self._mouth = _differing(sealed[0], parted[0], wide[0])
        self._eyes = _halves(_differing(sealed[0], sealed[1]), middle)
        self._lips = _differing(sealed[0], parted[0])
        self._inside = [[_cut(end, self._lips).copy() for end in row] for row in (sealed, parted)] if self._lips else []

    def at(self, mouth: tuple[float, float], shut: tuple[float, float]) -> Bytes:
        """The picture with the mouth (opened, parted) and the left and right eye `shut` (all 0..1). The next call overwrites it."""
        if self._state != (*mouth, *shut):
            opened, parted = mouth
            if self._lips and self._state[:2] != mouth:
                self._part(self._lips, (parted - opened) / (1 - opened) if parted < 1 else 1.0)
            if self._mouth:
                (calm, _), (wide, _) = self._cut(self._mouth)
                _mix(calm, wide, opened, _cut(self._now, self._mouth))
            for box, share in zip(self._eyes, shut, strict=True):
                if box:
                    self._lids(box, opened, share)
            self._state = (*mouth, *shut)
        return self._now

    def _part(self, box: Box, share: float) -> None:
        """Let the insides of the lips take on so much of the mouth-open picture, in the ends that have the jaw shut."""
        for end, sealed, parted in zip(self._ends[0], *self._inside, strict=True):
            _mix(sealed, parted, share, _cut(end, box))

    def _lids(self, box: Box, opened: float, shut: float) -> None:
        """Around an eye, where the mouth's look may reach too."""
        (calm, closed), (wide, both) = self._cut(box)
        part = _cut(self._now, box)
        _mix(calm, wide, opened, part)
        if shut:
            lids = np.empty_like(calm)
            _mix(closed, both, opened, lids)
            _mix(part, lids, shut, part)

    def _cut(self, box: Box) -> list[list[Bytes]]:
        return [[_cut(end, box) for end in row] for row in self._ends]


def _cut(picture: Bytes, box: Box) -> Bytes:
    x, y, w, h = box
    return picture[y : y + h, x : x + w]


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


def _differing(first: Bytes, *others: Bytes) -> Box | None:
    """The rectangle outside which pictures are equal; None when they are equal everywhere."""
    x, y, w, h = cv2.boundingRect(np.any([(first != other).any(2) for other in others], axis=0).astype(np.uint8))
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
    none = np.zeros((h, w, 1), np.float32)
    sealed, wide = ([_mixed(pictures, share, sheet[..., 8:], eyes) for eyes in (0, 1)] for share in (none, sheet[..., 7:8]))
    parted = [end.copy() for end in sealed]
    left, top, across, down = cv2.boundingRect((sheet[..., 6] > _NOTICED).astype(np.uint8))
    inside = np.s_[top : top + down, left : left + across]  # the lips' insides are small, or not in this picture
    for eyes, end in enumerate(parted):
        end[inside] = _mixed([picture[inside] for picture in pictures], sheet[inside][..., 6:7], sheet[inside][..., 8:], eyes)
    return [sealed, parted, wide]


def _mixed(pictures: list[Floats], open_share: Floats, shares: Floats, eyes: int) -> Bytes:
    """One end: the mouth's look first, the eyes' over it, lashes fading as the eye shuts."""
    person, opened, shut = pictures
    closed_share = shares[..., eyes : eyes + 1]
    colour = person + (opened - person) * np.where(open_share > _NOTICED, open_share, 0)
    colour += (shut - colour) * np.where(closed_share > _NOTICED, closed_share, 0)
    colour = np.clip(colour, 0, 255)
    colour[..., :3] = np.minimum(colour[..., :3], colour[..., 3:])  # sharp reading overshoots; no colour is brighter than its alpha
    return np.asarray(np.rint(colour * (1 - shares[..., 2:3] * eyes)), np.uint8)


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
