"""How this person's lids shut: one soft rule for the picture and the mesh, so that both always lie on one another.

The upper lid comes down to the lower one. Its lashes and the rim travel whole; above them the skin stretches less and
less up to the brow, which stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.casting.template import Numbers
from avatar_pipeline.rig.rig import Bytes, Floats

_CURVE = 1.7  # how the stretch grows from the brow (0) to the rim (1): high enough for the crease to stay put
_RIM, _BROW = 0.03, 0.26  # in distances between the eyes: the part that travels whole, and how far above the lid nothing moves
_RIM_CLEARED = 0.002  # of the side: how far beyond the open lids' edges the white of the eye still shines through
_LASH_PX, _LASH_SHADE = 0.016, np.array([0.58, 0.55, 0.48], np.float32)  # distances between the eyes; BGR: how much lashes darken the skin
_RIM_BELOW = 0.05  # distances between the eyes: how far under the lower lid's edge a mesh may end
_OVER = 0.018  # the same: how far the upper lid goes over the lower one, or a glint would stay


@dataclass(frozen=True, eq=False)
class Lids:
    """One eye: per column of the square the upper lid's edge, the lower one's, and how far the upper one travels to shut."""

    upper: Floats
    lower: Floats
    travel: Floats
    brow: float
    apart_px: float

    def share(self, shut_x: Numbers, shut_y: Numbers) -> Floats:
        """How much of the travel the skin that lies at (x, y) when shut has made."""
        edge, travel = self._read(self.upper, shut_x), self._read(self.travel, shut_x)
        whole = edge + travel - _RIM * self.apart_px
        t = np.clip((shut_y - self.brow) / np.maximum(whole - self.brow, 1), 0, 1)
        return np.asarray(t**_CURVE, np.float32)

    def _read(self, line: Numbers, x: Numbers) -> Floats:
        return np.asarray(np.interp(x, np.arange(len(line)), line), np.float32)

    def drop(self, places: Numbers) -> Floats:
        """How far down (n,) skin at rest at `places` (n, 2) goes when the eye shuts; 0 on the lower lid."""
        x, y = places[:, 0], places[:, 1]
        travel = self._read(self.travel, x)
        moved: Numbers = y.copy()
        for _ in range(30):
            moved = 0.5 * moved + 0.5 * (y + travel * self.share(x, moved))
        is_upper = y < (self._read(self.upper, x) + self._read(self.lower, x)) / 2
        return np.where(is_upper, moved - y, 0).astype(np.float32)

    def sources(self, x: Numbers, y: Numbers) -> Floats:
        """The other way round: from which row of the open picture each pixel of the shut one comes."""
        edge = self._read(self.upper, x) + self._read(self.travel, x)
        down = self._read(self.travel, x) * self.share(x, y)
        return np.asarray(y - down * np.clip((edge + 0.012 * self.apart_px - y) / (0.008 * self.apart_px), 0, 1), np.float32)

    def lash_line(self, x: Numbers, y: Numbers) -> Floats:
        """How near (0..1) each place of the shut picture lies to the upper lid's edge, where its lashes are."""
        wide = np.clip(self._read(self.lower - self.upper, x) / (0.04 * self.apart_px), 0, 1)
        off = (y - self._read(self.upper + self.travel, x)) / (_LASH_PX * self.apart_px)
        return np.asarray(np.exp(-(off**2)) * wide, np.float32)


def lids_of(upper: Numbers, lower: Numbers, side: int, apart_px: float) -> Lids:
    """The rule for one eye from its two lids' points (9, 2), in a square of `side` pixels."""
    x = np.arange(side, dtype=np.float32)
    top, bottom = curve(upper, x), curve(lower, x)
    inside = (x >= upper[0, 0]) & (x <= upper[-1, 0])
    opening = np.where(inside, np.maximum(bottom - top, 0) + _OVER * apart_px, 0)
    travel = cv2.GaussianBlur(opening[None].astype(np.float32), (0, 0), 0.008 * side)[0]
    travel = np.where(inside, np.maximum(travel, opening), travel)
    return Lids(top, bottom, travel.astype(np.float32), float(upper[:, 1].min()) - _BROW * apart_px, apart_px)


def curve(points: Numbers, x: Numbers) -> Floats:
    """A smooth line through a lid's points, read at the columns `x`."""
    middle, half = (points[0, 0] + points[-1, 0]) / 2, (points[-1, 0] - points[0, 0]) / 2
    weights = np.ones(len(points))
    weights[[0, -1]] = 3
    bent = np.polyfit((points[:, 0] - middle) / half, points[:, 1], 4, w=weights)
    return np.asarray(np.polyval(bent, np.clip((x - middle) / half, -1, 1)), np.float32)


def shut(picture: Bytes, both: tuple[Lids, Lids]) -> Bytes:
    """The picture with both eyes shut. What shows of the eyeballs is painted over first: a pale rim of it would hang on the lids."""
    side = picture.shape[0]
    seen = cv2.dilate((opening(both, side) > 0.02).astype(np.uint8), np.ones((2 * round(_RIM_CLEARED * side) + 1,) * 2, np.uint8))
    picture = cv2.inpaint(picture, seen, 3, cv2.INPAINT_TELEA)
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32)
    from_y = y + sum((lids.sources(x, y) - y for lids in both), np.zeros_like(y))
    closed = cv2.remap(picture, x, from_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    line = np.max([lids.lash_line(x, y) for lids in both], axis=0)[..., None]
    return np.asarray(np.rint(closed * (1 - line * _LASH_SHADE)), np.uint8)


def opening(both: tuple[Lids, Lids], side: int) -> Floats:
    """The share (side, side) of every pixel that lies between the open lids."""
    y = np.arange(side, dtype=np.float32)[:, None]
    share = np.zeros((side, side), np.float32)
    for lids in both:
        between = np.clip(y - lids.upper + 0.5, 0, 1) * np.clip(lids.lower - y + 0.5, 0, 1)
        share = np.maximum(share, between * (lids.lower - lids.upper > 0.5))
    return share


def below(both: tuple[Lids, Lids], side: int) -> NDArray[np.bool_]:
    """Where (side, side) the lower lids' rims lie: a mesh that ends a little low shows them there instead of the eyeball's grey."""
    y = np.arange(side, dtype=np.float32)[:, None]
    rims = [(y > lids.lower - 1) & (y < lids.lower + _RIM_BELOW * lids.apart_px) & (lids.lower - lids.upper > 0.5) for lids in both]
    return np.asarray(rims[0] | rims[1])


def lashes_left(openings: Floats, side: int) -> Floats:
    """The opening between the lids, less a soft strip under the upper lid: lashes hang there and go with the lid."""
    lower = cv2.warpAffine(openings, np.array([[1, 0, 0], [0, 1, 0.008 * side]], np.float32), (side, side))
    return np.asarray(cv2.GaussianBlur(np.minimum(openings, lower), (0, 0), 0.0012 * side), np.float32)
