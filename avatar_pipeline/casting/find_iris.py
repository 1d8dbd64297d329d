"""Find the coloured ring of an eye in the picture itself: the points' ring is often too small, and too low, on wide irises.

Between the lids the ring is what is dark, and its edge a part of a circle: the circle is laid through that edge, strays left out.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from avatar_pipeline.casting.template import Numbers
from avatar_pipeline.rig.rig import Bytes, Floats

_POINTS_MIN: Final = 8
_GROWN: Final = (0.75, 1.7)  # times the points' ring: what lies beyond is no iris
_NEAR: Final = 0.8  # of the points' ring: how far its middle may be off
_ROUNDS: Final = 4


def find_iris(picture: Bytes, seen: Floats, guess: Floats) -> Floats:
    """The ring (3,) x, y, radius found near `guess` (3,); `seen` (h, w) is 1 between the lids. The guess when none is found."""
    reach = int(np.ceil(2.2 * guess[2]))
    left, top = max(0, int(guess[0]) - reach), max(0, int(guess[1]) - reach)
    cut = np.s_[top : top + 2 * reach + 1, left : left + 2 * reach + 1]
    open_, light = seen[cut] > 0, cv2.GaussianBlur(cv2.cvtColor(picture[cut], cv2.COLOR_BGR2GRAY), (0, 0), 0.6)
    if open_.sum() < 4 * _POINTS_MIN:
        return guess
    middle, _ = cv2.threshold(light[open_].reshape(1, -1), 0, 255, cv2.THRESH_OTSU)
    dark = _largest((open_ & (light <= middle)).astype(np.uint8))
    if dark.sum() < _POINTS_MIN:
        return guess
    hull = cv2.convexHull(np.argwhere(dark)[:, ::-1].astype(np.int32))
    disc = cv2.fillConvexPoly(np.zeros_like(dark), hull, 1)  # glints do not break it
    inner = open_ & (cv2.erode(open_.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    edge = np.argwhere(inner & (disc > 0) & (cv2.erode(disc, np.ones((3, 3), np.uint8)) == 0))[:, ::-1].astype(np.float64)
    found = _circle(edge)
    if found is None:
        return guess
    ring = found + np.array([left, top, 0.5])
    is_likely = _GROWN[0] < ring[2] / guess[2] < _GROWN[1] and np.hypot(*(ring[:2] - guess[:2])) < _NEAR * guess[2]
    return ring.astype(np.float32) if is_likely else guess


def _largest(mask: Bytes) -> Bytes:
    _, label, sizes, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    return (label == 1 + int(np.argmax(sizes[1:, cv2.CC_STAT_AREA]))).astype(np.uint8) if len(sizes) > 1 else mask


def _circle(points: Numbers) -> Numbers | None:
    """The circle (3,) nearest to points (n, 2), those farthest off left out round by round (least squares after Kasa 1976)."""
    found = None
    for _ in range(_ROUNDS):
        if len(points) < _POINTS_MIN:
            return None
        sums = np.column_stack([2 * points, np.ones(len(points))])
        x, y, rest = np.linalg.lstsq(sums, (points**2).sum(1), rcond=None)[0]
        found = np.array([x, y, np.sqrt(max(rest + x * x + y * y, 0.0))])
        off = np.abs(np.hypot(*(points - found[:2]).T) - found[2])
        points = points[off <= max(1.0, 2 * float(np.median(off)))]
    return found
