"""Cut the square that becomes the rig's picture: head and shoulders, upright, the face in the middle."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from avatar_pipeline.casting import landmarks as at
from avatar_pipeline.casting.find_face import Face
from avatar_pipeline.rig.rig import Bytes, Floats

SIDE, SIDE_MIN, ABOVE = 2.35, 1.72, 0.62  # in face heights: the square, the tightest square, the room above the forehead
LEVEL_RADIANS: Final = 0.02  # a lean below this is left as it is


def frame(picture: Bytes, face: Face, size_px: int) -> tuple[Bytes, Floats]:
    """The square (size_px, size_px, 3) and the 2x3 matrix from the picture's pixels to its own.

    Where the square reaches past the picture the border is mirrored; it is drawn tighter first, so little of that is seen.
    """
    points = face.points[:, :2].astype(np.float64)
    eyes = points[[at.EYE_OUTER_R, at.EYE_OUTER_L]]
    lean = float(np.arctan2(*(eyes[1] - eyes[0])[::-1]))
    lean = 0.0 if abs(lean) < LEVEL_RADIANS else lean
    across = np.array([np.cos(lean), np.sin(lean)])
    down = np.array([-across[1], across[0]])
    height = float((points[at.CHIN] - points[at.FOREHEAD]) @ down)
    middle = (points[list(at.IRISES[0])].mean(0) + points[list(at.IRISES[1])].mean(0)) / 2
    top = float((points[at.FOREHEAD] - middle) @ down) - ABOVE * height
    side = _side(picture, middle, (across, down), top, height)
    corner = middle - across * side / 2 + down * top
    scale = size_px / side
    matrix = np.array([[*(across * scale), -(across @ corner) * scale], [*(down * scale), -(down @ corner) * scale]])
    return cut_square(picture, matrix, size_px), np.asarray(matrix, np.float32)


def cut_square(picture: Bytes, matrix: Floats, size_px: int) -> Bytes:
    """The square (size_px, size_px, 3) that a 2x3 matrix of `frame` cuts: of its own picture, or of another one of the same film."""
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    shrunk = picture if scale >= 0.7 else cv2.GaussianBlur(picture, (0, 0), 0.45 / scale)
    square = cv2.warpAffine(shrunk, matrix, (size_px, size_px), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(square, np.uint8)


def _side(picture: Bytes, middle: Floats, axes: tuple[Floats, Floats], top: float, height: float) -> float:
    """The largest square side up to SIDE that stays inside the picture at the bottom and the sides, and not below SIDE_MIN."""
    rows, columns = picture.shape[:2]
    bottom = (rows - 1 - middle[1]) / max(float(axes[1][1]), 0.5) - top
    beside = 2 * min(float(middle[0]), columns - 1 - float(middle[0]))
    return float(np.clip(min(bottom, beside), SIDE_MIN * height, SIDE * height))
