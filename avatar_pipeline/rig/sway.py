"""The head before the wall: which point of the still picture each part of the screen shows, and the picture made of it.

The wall and the shoulders never change and are laid down once. The head is drawn in bands, each as wide as the person is there
at this moment; where she is solid a band is simply copied, and only along her outline is it mixed with the wall.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.rig.bend import PAD, Bend
from avatar_pipeline.rig.eyes import eye_boxes
from avatar_pipeline.rig.pose import Pose
from avatar_pipeline.rig.rig import Bytes, Floats, Rig

Columns = NDArray[np.intp]
_BAND: Final = 6  # nodes
_SOLID: Final = 250  # of 255: what little wall shines through a finer gap is not seen


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
        self._outline = _outline(alpha, round(float(np.mean([eye.x for eye in rig.eyes])) * self._scale))

    def draw(self, pose: Pose, picture: Bytes) -> Bytes:
        """A new frame: the still parts as they are, the head fetched from `picture` as the pose bends it."""
        frame = self._still.copy()
        source, far = self._bend.map(pose)
        reach = int(far * self._scale) + 2
        for top in range(0, self._bend.rows, _BAND):
            self._band(frame, source, picture, top, (reach, reach))
        return frame

    def _band(self, frame: Bytes, source: Floats, picture: Bytes, top: int, reach: tuple[int, int]) -> None:
        """One band of the head, as wide as the outline of its rows and their neighbours within `reach` (x, y in pixels)."""
        stride, bottom = self._stride, min(top + _BAND, self._bend.rows)
        y0, y1 = top * stride, bottom * stride
        near = slice(max(y0 - reach[1], 0), y1 + reach[1])
        low, high = int(self._outline[0][near].min()) - reach[0], int(self._outline[1][near].max()) + reach[0]
        first, last = max(low // stride, 0), min(-(-high // stride), self._count)
        if first >= last:
            return
        nodes = source[top + PAD - 1 : bottom + PAD + 1, first + PAD - 1 : last + PAD + 1]
        full = cv2.resize(nodes, None, fx=stride, fy=stride, interpolation=cv2.INTER_LINEAR)[stride:-stride, stride:-stride]
        part = cv2.remap(picture, full, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        x0, x1 = first * stride, last * stride
        solid = int(self._outline[2][near].max()) + reach[0], int(self._outline[3][near].min()) - reach[0]
        left, right = (min(max(column, x0), x1) for column in solid) if solid[0] < solid[1] else (x1, x1)
        canvas, wall = frame[y0:y1, x0:x1], self._background[y0:y1, x0:x1]
        for a, b in ((0, left - x0), (right - x0, x1 - x0)):
            if a < b:
                canvas[:, a:b] = wall[:, a:b]
                lay_over(canvas[:, a:b], part[:, a:b])
        if left < right:
            cv2.cvtColor(part[:, left - x0 : right - x0], cv2.COLOR_BGRA2BGR, dst=canvas[:, left - x0 : right - x0])


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
