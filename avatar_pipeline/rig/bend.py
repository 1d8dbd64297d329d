"""Which point of the still picture each part of the screen shows: the head's turn and the skin's motion in one soft map.

Every node of a coarse grid over the still picture knows how far each of the 52 units, and each turn of the head, moves it. A
frame adds these up and then asks the other way round, where what is now at a node came from. That is right wherever skin
bends; where it parts or folds (lids, lips, chin) the close-up draws the triangles themselves.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.rig.eyes import EYE_UNITS, eye_share
from avatar_pipeline.rig.pose import EYE_DEPTH, Pose
from avatar_pipeline.rig.rasterise import rasterise, spread
from avatar_pipeline.rig.rig import Floats, Rig

PAD: Final = 1  # nodes beyond the picture on every side: enlarging then has no border to guess
_STEPS: Final = 4  # of asking back
Points = NDArray[np.complex64]


class Bend:
    """The map of one rig with `count` nodes across the picture, in the rig's pixels."""

    def __init__(self, rig: Rig, count: int) -> None:
        line = ((np.arange(-PAD, count + PAD, dtype=np.float32) + 0.5) / count * rig.size_px - 0.5).astype(np.float32)
        nodes = np.stack(np.meshgrid(line, line), axis=-1)
        place = nodes * ((len(rig.grid.z) - 1) / (rig.size_px - 1))
        z, sway = (
            cv2.remap(table, place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for table in (rig.grid.z, rig.grid.sway)
        )
        swaying = np.flatnonzero(sway.max(axis=1) > 0)
        self.rows = min(count, int(swaying[-1]) + 1) if len(swaying) else 0  # below them nothing moves
        used = slice(0, self.rows + 2 * PAD)
        self._nodes, z, sway = nodes[used], z[used], sway[used]
        self._step = np.float32(count / rig.size_px)
        self._skin(rig, z, sway)
        self._places = (self._nodes * self._step + np.float32(0.5 * self._step + PAD - 0.5)).astype(np.float32)
        self._edge = self._outline(rig)
        off = self._nodes - np.array(rig.pivot, np.float32)
        self._depth = (z * sway).astype(np.complex64)
        self._lever = ((off[..., 1] - 1j * off[..., 0]) * sway).astype(np.complex64)

    def _skin(self, rig: Rig, z: Floats, sway: Floats) -> None:
        """Find the nodes the moving skin covers at rest: their depth and sway, and how far each unit moves them."""
        mesh, (rows, columns) = rig.mesh, z.shape
        solid = mesh.triangles[(mesh.lash[mesh.triangles] == 0).all(1)]
        at = (mesh.xy + 0.5) * self._step + np.float32(PAD - 0.5)
        found = rasterise(at.astype(np.float32), solid, columns, rows)
        body = spread(found, solid, np.column_stack([mesh.z, mesh.sway]))
        for eye in rig.eyes:  # between the lids lies the ball, which the head carries at a depth of its own
            ball = np.hypot(self._nodes[..., 0] - eye.x, self._nodes[..., 1] - eye.y) < eye.radius
            z[ball], sway[ball] = eye.radius * EYE_DEPTH, 1
        z.reshape(-1)[found.pixel], sway.reshape(-1)[found.pixel] = body[:, 0], body[:, 1]
        y, x = np.divmod(found.pixel, columns)
        self._box = np.s_[y.min() : y.max() + 1, x.min() : x.max() + 1]
        left = 1 - eye_share(rig, self._nodes.reshape(-1, 2)[found.pixel])  # of the eyes' own motion: the rest is drawn apart
        wide = int(x.max() - x.min() + 1)
        moves = np.zeros((len(mesh.deltas), int(y.max() - y.min() + 1) * wide), np.complex64)
        for unit, delta in enumerate(mesh.deltas):
            bent = spread(found, solid, delta).view(np.complex64)[:, 0]
            moves[unit, (y - y.min()) * wide + x - x.min()] = bent * left if unit in EYE_UNITS else bent
        self._moves = moves.view(np.float32)
        self._active, self._active_moves = np.arange(len(mesh.deltas)), self._moves
        self._inside = sway[self._box].astype(np.complex64)

    def _outline(self, rig: Rig) -> NDArray[np.intp]:
        """The nodes near which the person meets the wall: how far these move says how far their outline does."""
        alpha = cv2.remap(rig.layers["person"].pixels[..., 3], self._nodes, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        near = np.ones((7, 7), np.uint8)
        return np.flatnonzero((cv2.dilate(alpha, near) > 0) & (cv2.erode(alpha, near) < 255))

    def _unit_moves(self, units: Floats) -> Floats:
        """How far the units move every node of the skin. Those at rest are left out, and their rows are chosen anew when others rest.

        All 52 over a fine grid would wake numpy's threads, which then wait turning in circles.
        """
        active = np.flatnonzero(units)
        if not np.array_equal(active, self._active):
            self._active, self._active_moves = active, self._moves[active]
        return np.asarray(units[active] @ self._active_moves)

    def map(self, pose: Pose) -> tuple[Floats, float]:
        """For every node (rows, columns, 2) the point of the still picture seen there, and the farthest the outline moved."""
        shift = self._depth * np.complex64(complex(pose.yaw, pose.pitch)) + self._lever * np.float32(pose.roll)
        moved = self._unit_moves(pose.units).view(np.complex64).reshape(self._inside.shape)
        shift[self._box] += moved * (1 - self._inside * np.complex64(1j * pose.roll))
        far = float(np.abs(shift.ravel().take(self._edge)).max())
        table = (shift * self._step).view(np.float32).reshape(self._places.shape)
        place = self._places - table
        for _ in range(_STEPS):
            place = self._places - cv2.remap(table, place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        place -= np.float32(0.5 * self._step + PAD - 0.5)
        place /= self._step
        return place, far
