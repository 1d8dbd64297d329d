"""Ask whether a cast face's skin is whole: tongue and throat lie behind it, and through a gap they are seen as black specks.

Browsers draw the parts of the mouth wherever these lie and the skin over them, so what skin does not cover outside the lips is a speck.
Asked is the mesh and not a picture: it tells a speck from a nostril, and a hole of one pixel from none.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.casting.close_holes import borders
from avatar_pipeline.rig.pose import Pose, read_pose, sprite_corner, vertex_positions
from avatar_pipeline.rig.rasterise import rasterise
from avatar_pipeline.rig.rig import Bytes, Floats, Rig
from avatar_pipeline.score import CHANNEL_INDEX

_SPOKEN: Final[tuple[dict[str, float], ...]] = (
    {"jawOpen": 0.1},
    {"jawOpen": 0.3},
    {"jawOpen": 0.25, "mouthFunnel": 0.7},
    {"jawOpen": 0.15, "mouthPucker": 0.7},
    {"jawOpen": 0.2, "mouthSmileLeft": 0.6, "mouthSmileRight": 0.6},
    {"jawOpen": 0.15, "mouthUpperUpLeft": 0.4, "mouthUpperUpRight": 0.4, "mouthLowerDownLeft": 0.4, "mouthLowerDownRight": 0.4},
    {"jawOpen": 0.15, "mouthFrownLeft": 0.5, "mouthFrownRight": 0.5},
)
_HELD: Final[tuple[dict[str, float], ...]] = ({}, {"headYaw": 0.07, "headPitch": 0.05}, {"headYaw": -0.07, "headPitch": -0.05})
_EDGE: Final = 0.008
"""Of the side: so near to the lips a pixel is theirs. Their edges fade out, and pursed they bend inwards."""
_NOTICED: Final = 32  # of 255: what is fainter is not seen


def seen_through(rig: Rig) -> int:
    """How many pixels of the mouth's inside are seen outside the lips, in the worst of the poses a talking face takes; 0 when none are."""
    return max(_gaps(rig, read_pose(_row(spoken | held))) for spoken in _SPOKEN for held in _HELD)


def _row(moved: dict[str, float]) -> Floats:
    row = np.zeros(len(CHANNEL_INDEX), np.float32)
    for name, amount in moved.items():
        row[CHANNEL_INDEX[name]] = amount
    return row


def _gaps(rig: Rig, pose: Pose) -> int:
    side, points = rig.size_px, vertex_positions(rig, pose)
    bare = _behind(rig, pose)
    skin = rig.mesh.triangles[(rig.mesh.lash[rig.mesh.triangles] == 0).all(1)]
    bare.ravel()[rasterise(points, skin, side, side).pixel] = 0
    lips = cv2.convexHull(np.rint(points[_lips(rig, skin)] * 16).astype(np.int32))
    cv2.fillConvexPoly(bare, lips, 0, cv2.LINE_8, 4)
    cv2.polylines(bare, [lips], True, 0, round(2 * _EDGE * side), cv2.LINE_8, 4)
    return int(bare.sum())


def _behind(rig: Rig, pose: Pose) -> Bytes:
    """1 where a part of the mouth's inside lies, seen or not."""
    covered = np.zeros((rig.size_px, rig.size_px), np.uint8)
    for index, sprite in enumerate(rig.sprites):
        x, y, w, h = sprite.box
        matte = rig.layers["mouth"].pixels[y : y + h, x : x + w, 3]
        left, top = (round(value) for value in sprite_corner(rig, pose, index))
        part = covered[max(0, top) : max(0, top + h), max(0, left) : max(0, left + w)]
        part |= matte[max(0, -top) :, max(0, -left) :][: part.shape[0], : part.shape[1]] > _NOTICED
    return covered


def _lips(rig: Rig, skin: NDArray[np.uint16]) -> list[int]:
    """The border along which the lips part: the one the upper teeth's lower edge lies in."""
    upper = next(sprite for sprite in rig.sprites if sprite.name == "upper")
    x, y, wide = upper.at[0] + upper.box[2] / 2, upper.at[1] + upper.box[3], upper.box[2]
    middle, reach = np.array([x, y], np.float32), 0.6 * wide
    return max(borders(skin), key=lambda border: float((np.abs(rig.mesh.xy[border] - middle) < reach).mean() * len(border)))
