"""Draw one frame of a face without a graphics card: 57 numbers in, one picture out.

Most of the picture bends softly, so where each pixel comes from is worked out on every fourth pixel only and
interpolated; around the eyes and the mouth, where skin parts and folds, it is worked out for every pixel. Order: wall,
person, eyeballs, inside of the mouth, moving skin. The browser draws the same triangles in the same order.
"""

from __future__ import annotations

import cv2
import numpy as np

from avatar_pipeline.rig.close_up import CloseUp
from avatar_pipeline.rig.pose import Pose, head_shift, read_pose, shares, vertex_positions
from avatar_pipeline.rig.rasterise import rasterise, spread
from avatar_pipeline.rig.rig import Bytes, Floats, Rig


class FaceRenderer:
    """Draws frames of one rig at one size. Not shared between threads: its buffers are used again for every frame."""

    def __init__(self, rig: Rig, out_px: int | None = None) -> None:
        """Prepare for square frames of side `out_px` (the rig's own size when left out; a multiple of 4)."""
        self.rig, self.out_px = rig, out_px or rig.size_px
        self._stride = max(d for d in (4, 5, 6, 8, 3, 2, 1) if self.out_px % d == 0 and d <= max(4, self.out_px // 128))
        nodes = self.out_px // self._stride
        self._scale = self.out_px / rig.size_px
        line = ((np.arange(nodes, dtype=np.float32) + 0.5) / nodes * rig.size_px - 0.5).astype(np.float32)
        self._nodes = np.stack(np.meshgrid(line, line), axis=-1)
        place = self._nodes * ((len(rig.grid.z) - 1) / (rig.size_px - 1))
        self._z = cv2.remap(rig.grid.z, place, None, cv2.INTER_LINEAR)
        self._sway = cv2.remap(rig.grid.sway, place, None, cv2.INTER_LINEAR)
        self._background = _enlarged(rig.layers["background"].pixels[..., :3], self.out_px)
        self._close_up = CloseUp(rig, self.out_px)
        self._skin = rig.mesh.triangles[(rig.mesh.lash[rig.mesh.triangles] == 0).all(1)]

    def render(self, values: Floats) -> Bytes:
        """Draw one row of a score (57 floats: coefficients 0..1, radians). Gives BGR uint8 (out_px, out_px, 3)."""
        pose = read_pose(values)
        points = vertex_positions(self.rig, pose)
        share = shares(self.rig, pose)
        frame = self._whole(pose, points, share)
        self._close_up.draw(frame, pose, points, share)
        return frame

    def _whole(self, pose: Pose, points: Floats, share: Floats) -> Bytes:
        """Wall and person with the skin bent on the coarse nodes."""
        rig, side = self.rig, len(self._nodes)
        source = self._base(pose)
        coarse = (points + 0.5) * (side / rig.size_px) - 0.5
        found = rasterise(coarse.astype(np.float32), self._skin, side, side)
        values = spread(found, self._skin, np.column_stack([rig.mesh.xy, self._close_up.elsewhere, share[:, :2]]))
        source.reshape(-1, 2)[found.pixel] = values[:, :2]
        person = self._sample(rig.layers["person"].pixels, source)
        for column, name in ((0, "open"), (1, "closed")):
            layer, weight = rig.layers[name], np.zeros((side, side), np.float32)
            where = source.copy()
            where.reshape(-1, 2)[found.pixel] = values[:, 2 + 2 * column : 4 + 2 * column]
            weight.reshape(-1)[found.pixel] = values[:, 6 + column]
            self._mix(person, layer.pixels, where - np.array([layer.x, layer.y], np.float32), weight)
        return over(self._background.copy(), person)

    def _base(self, pose: Pose) -> Floats:
        """For every coarse node the point of the still picture that the head's turn brings there."""
        shift = head_shift(pose, self._nodes, self._z, self._sway, self.rig.pivot)
        source = self._nodes - shift
        for _ in range(2):
            place = (source + 0.5) * (len(self._nodes) / self.rig.size_px) - 0.5
            source = self._nodes - cv2.remap(shift, place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(source, np.float32)

    def _sample(self, picture: Bytes, source: Floats) -> Bytes:
        """Bring the coarse map to full size and fetch the picture through it."""
        full = cv2.resize(source, (self.out_px, self.out_px), interpolation=cv2.INTER_LINEAR)
        return np.asarray(cv2.remap(picture, full, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)

    def _mix(self, person: Bytes, picture: Bytes, source: Floats, weight: Floats) -> None:
        """Blend a second picture into `person` where its weight is above 0, in that rectangle only."""
        rows, columns = np.flatnonzero((weight > 0.004).any(1)), np.flatnonzero((weight > 0.004).any(0))
        if not len(rows):
            return
        y0, y1 = max(rows[0] - 1, 0), min(rows[-1] + 2, len(weight))
        x0, x1 = max(columns[0] - 1, 0), min(columns[-1] + 2, len(weight))
        size = ((x1 - x0) * self._stride, (y1 - y0) * self._stride)
        full = cv2.resize(np.ascontiguousarray(source[y0:y1, x0:x1]), size, interpolation=cv2.INTER_LINEAR)
        mixed = cv2.remap(picture, full, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        share = cv2.resize(np.ascontiguousarray(weight[y0:y1, x0:x1]), size, interpolation=cv2.INTER_LINEAR)
        part = person[y0 * self._stride : y1 * self._stride, x0 * self._stride : x1 * self._stride]
        part[:] = cv2.blendLinear(part, mixed, 1 - share, share)


def over(canvas: Bytes, layer: Bytes) -> Bytes:
    """Lay a premultiplied BGRA layer over a BGR canvas of the same size, in place: canvas*(1-alpha) + layer."""
    keep = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(layer, 3)), cv2.COLOR_GRAY2BGR)
    cv2.multiply(canvas, keep, dst=canvas, scale=1 / 255.0)
    return np.asarray(cv2.add(canvas, cv2.cvtColor(layer, cv2.COLOR_BGRA2BGR), dst=canvas), np.uint8)


def _enlarged(picture: Bytes, side: int) -> Bytes:
    if picture.shape[0] == side:
        return np.ascontiguousarray(picture)
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)
