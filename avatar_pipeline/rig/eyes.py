"""Both eyes, drawn into the still picture before the head is turned: eyeball, lids over it, lashes over those.

Only 14 of the 52 units and the gaze move what is inside these two rectangles, so they are drawn again when one of those has
changed, in a blink or a glance, and not while the head merely sways.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.rig.eyeball import Eyeball
from avatar_pipeline.rig.pose import Pose
from avatar_pipeline.rig.rig import Bytes, Floats, Rig
from avatar_pipeline.rig.spans import Patch, Points, SpanFiller, Window, as_points, lying, rows_averaged
from avatar_pipeline.rig.two_looks import Box, Looks, close_looks, places
from avatar_pipeline.score import COEFFICIENTS

EYE_UNITS: Final = np.array([index for index, name in enumerate(COEFFICIENTS) if name.startswith("eye")])
_BLINKS: Final = [list(EYE_UNITS).index(COEFFICIENTS.index(f"eyeBlink{side}")) for side in ("Left", "Right")]
_UNIT_STEPS, _GAZE_STEPS = np.float32(96), 128  # eyes that steady themselves against the head move by less each frame than can be seen
_REACH: Final = (1.75, 1.5, 1.05)  # of the rectangles to either side, above and below, in radii of the eye; cheeks belong to the mouth
_FADE: Final = 0.45  # radii in which the eyes' motion passes over to the soft map of the whole head
_DETAIL: Final = 4  # rows for each of the picture: lids' edges lie across
Lids = list[tuple[Bytes, Bytes]]  # what lies over the ball, lowest first: how much of what is below each lets through, and itself
_AJAR, _TALL = np.float32(0.35), 2  # lids are spread out ajar, where neither hides the other's edge, and at twice the height


def eye_boxes(rig: Rig) -> list[Box]:
    """The rectangles in which lids and eyeballs are drawn, in pixels of the rig's square."""
    boxes = []
    for eye in rig.eyes:
        wide, above, below = (round(reach * eye.radius) for reach in _REACH)
        boxes.append((round(eye.x) - wide, round(eye.y) - above, 2 * wide + 1, above + below + 1))
    return boxes


def eye_share(rig: Rig, points: Floats) -> Floats:
    """Which share of the eyes' own motion at points (n, 2) is drawn here: all of it at the lids, none at the rectangles' edges."""
    share = np.zeros(len(points), np.float32)
    for (x, y, w, h), eye in zip(eye_boxes(rig), rig.eyes, strict=True):
        inside = np.minimum(points - np.array([x, y], np.float32), np.array([x + w - 1, y + h - 1], np.float32) - points)
        t = np.clip(inside.min(axis=1) / (_FADE * eye.radius), 0, 1)
        share = np.maximum(share, t * t * (3 - 2 * t))
    return share


class Eyes:
    """Draws the eyes of one rig at the rig's own size."""

    def __init__(self, rig: Rig) -> None:
        self._rig, self._boxes = rig, eye_boxes(rig)
        self._balls = [Eyeball(rig, index) for index in range(len(rig.eyes))]
        mesh, where = rig.mesh, places(rig)
        ajar = (where.rest + _AJAR * (where.shut - where.rest)) * np.array([1, _TALL], np.float32)
        lash = np.asarray((mesh.lash[mesh.triangles] > 0).any(axis=1), bool)
        self._looks: list[Looks] = []
        patches = []
        for box in self._boxes:
            for triangles, laid_out, tall in ((_within(rig, box, ~lash), ajar, _TALL), (_within(rig, box, lash), where.rest, 1)):
                looks = close_looks(rig, laid_out, triangles, tall)
                self._looks.append(looks)
                patches.append(Patch(triangles[:, ::-1], as_points(laid_out) - np.complex64(complex(*looks.origin))))
        self._filler = SpanFiller(patches)
        self._deltas = (mesh.deltas[EYE_UNITS] * eye_share(rig, mesh.xy)[:, None]).reshape(len(EYE_UNITS), -1)
        self._seen: tuple[float, ...] = ()
        self._lids: tuple[list[float], list[Lids]] = [], []
        self._drawn = [np.zeros((h, w, 4), np.uint8) for _, _, w, h in self._boxes]

    def draw(self, still: Bytes, pose: Pose) -> None:
        """Lay the eyes into the still picture, in place."""
        units = np.round(pose.units[EYE_UNITS] * _UNIT_STEPS) / _UNIT_STEPS
        gaze = (round(pose.gaze[0] * _GAZE_STEPS) / _GAZE_STEPS, round(pose.gaze[1] * _GAZE_STEPS) / _GAZE_STEPS)
        seen = (*gaze, *units.tolist())
        if seen != self._seen:
            self._seen, self._drawn = seen, self._opened(gaze, units)
        for (x, y, w, h), picture in zip(self._boxes, self._drawn, strict=True):
            still[y : y + h, x : x + w] = picture

    def _opened(self, gaze: tuple[float, float], units: Floats) -> list[Bytes]:
        shut = (float(units[_BLINKS[0]]), float(units[_BLINKS[1]]))
        if self._lids[0] != units.tolist():  # a glance often moves the balls alone
            maps = self._lid_maps(units)
            self._lids = units.tolist(), [self._fetched(index, shut, maps[2 * index : 2 * index + 2]) for index in range(len(self._boxes))]
        return [self._eye(index, gaze, shut[index], lids) for index, lids in enumerate(self._lids[1])]

    def _lid_maps(self, units: Floats) -> list[Floats]:
        points = self._rig.mesh.xy + (units @ self._deltas).reshape(-1, 2)
        moved: list[Points] = []
        windows, start = [], 0
        for x, y, w, h in self._boxes:
            for _ in ("skin", "lashes"):
                fine = (points - np.array([x, y], np.float32) + np.float32(0.5)) * np.array([1, _DETAIL], np.float32)
                moved.append(lying(as_points(fine - np.float32(0.5))))
                windows.append(Window(h * _DETAIL, w, start, h * _DETAIL))
                start += w * h * _DETAIL
        return self._filler.maps(moved, windows)

    def _fetched(self, index: int, shut: tuple[float, float], maps: list[Floats]) -> Lids:
        """Skin and lashes of one eye, and what each lets through of that below it."""
        lids = []
        for looks, source in zip(self._looks[2 * index : 2 * index + 2], maps, strict=True):
            fine = cv2.remap(looks.at((0.0, 0.0), shut), source, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
            skin = rows_averaged(fine, _DETAIL)
            keep = cv2.cvtColor(cv2.bitwise_not(skin[..., 3]), cv2.COLOR_GRAY2BGRA)
            keep[..., 3] = 255 - skin[..., 3]
            lids.append((keep, skin))
        return lids

    def _eye(self, index: int, gaze: tuple[float, float], shut: float, lids: Lids) -> Bytes:
        x, y, w, h = self._boxes[index]
        picture, ball = np.zeros((h, w, 4), np.uint8), self._balls[index].painted(gaze, shut)
        left, top = self._balls[index].corner[0] - x, self._balls[index].corner[1] - y
        a, b, c, d = max(left, 0), max(top, 0), min(left + ball.shape[1], w), min(top + ball.shape[0], h)
        picture[b:d, a:c] = ball[b - top : d - top, a - left : c - left]
        for keep, skin in lids:
            picture = cv2.add(cv2.multiply(picture, keep, scale=1 / 255.0), skin)
        return picture


def _within(rig: Rig, box: Box, chosen: NDArray[np.bool_]) -> NDArray[np.uint16]:
    """Those of the chosen triangles that lie in or near the rectangle."""
    x, y, w, h = box
    middle, margin = rig.mesh.xy[rig.mesh.triangles].mean(axis=1), 0.03 * rig.size_px
    near = (np.abs(middle - np.array([x + w / 2, y + h / 2])) < np.array([w / 2 + margin, h / 2 + margin])).all(axis=1)
    return np.asarray(rig.mesh.triangles[chosen & near])
