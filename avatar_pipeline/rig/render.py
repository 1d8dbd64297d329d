"""Draw one frame of a face without a graphics card: 57 numbers in, one picture out.

Most of the picture bends softly, so where each pixel comes from is worked out on every eighth pixel only and interpolated;
around the eyes, the mouth and the chin, where skin parts and folds, it is worked out for every pixel. Order: wall, person,
eyeballs, inside of the mouth, moving skin. The browser draws the same triangles in the same order.
"""

from __future__ import annotations

import cv2
import numpy as np

from avatar_pipeline.rig.close_up import CloseUp
from avatar_pipeline.rig.eyes import Eyes
from avatar_pipeline.rig.pose import read_pose, vertex_positions
from avatar_pipeline.rig.rig import Bytes, Floats, Rig
from avatar_pipeline.rig.sway import Sway
from avatar_pipeline.rig.two_looks import still_looks


class FaceRenderer:
    """Draws frames of one rig at one size. Not shared between threads: its buffers are used again for every frame."""

    def __init__(self, rig: Rig, out_px: int | None = None, *, pictures: int = 1) -> None:
        """Prepare for square frames of side `out_px` (the rig's own size when left out; a multiple of 4), `pictures` of them in turn."""
        self.rig, self.out_px = rig, out_px or rig.size_px
        stride = max(d for d in range(1, max(8, self.out_px // 64) + 1) if self.out_px % d == 0)
        self._sway = Sway(rig, self.out_px, stride, pictures)
        self._close_up = CloseUp(rig, self.out_px)
        self._looks = still_looks(rig)
        self._eyes = Eyes(rig)

    def render(self, values: Floats) -> Bytes:
        """Draw one row of a score (57 floats: coefficients 0..1, radians). Gives BGR uint8 (out_px, out_px, 3)."""
        return np.asarray(cv2.cvtColor(self.draw(values), cv2.COLOR_BGRA2BGR), np.uint8)

    def draw(self, values: Floats) -> Bytes:
        """The same picture as it is drawn, uint8 (out_px, out_px, 4), the fourth channel meaning nothing. For reading only.

        The next call overwrites it, or with n `pictures` the n-th call from here.
        """
        pose = read_pose(values)
        points = vertex_positions(self.rig, pose)
        still = self._looks.at(pose.mouth_share, pose.eye_shut)
        self._eyes.draw(still, pose)
        canvas = self._sway.draw(pose, still)
        canvas.touched = self._close_up.draw(canvas.picture, pose, points, still)
        shown = canvas.picture.view()
        shown.flags.writeable = False  # what is not drawn anew is left as it was
        return shown
