"""The picture of what was found: the photograph with the face's lines drawn on it, and what stands in the way marked."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from avatar_pipeline.casting import landmarks as at
from avatar_pipeline.casting.find_face import Box, Face
from avatar_pipeline.casting.judge_portrait import Finding, is_whole_face
from avatar_pipeline.rig.rig import Bytes

SHOWN_PX: Final = 720
_FINE, _BAD = (96, 174, 39), (52, 52, 214)  # BGR
_CLOSED: Final = (at.OVAL, (*at.UPPER_LIP_OUTER, *at.LOWER_LIP_OUTER[::-1]), (*at.UPPER_LIP_INNER, *at.LOWER_LIP_INNER[::-1]))


def show_found(picture: Bytes, boxes: list[Box], face: Face | None, findings: list[Finding]) -> Bytes:
    """Draw over a copy of at most 720 pixels: a frame per face, the main one's lines, red where a finding stops the casting."""
    scale = min(1.0, SHOWN_PX / max(picture.shape[:2]))
    canvas = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    stops = any(finding.is_refusal for finding in findings)
    if face is not None and is_whole_face(face):
        _lines(canvas, face, scale, _BAD if stops else _FINE)
    marked = {where for finding in findings for where in finding.where}
    for box in boxes:
        bad = (box.x, box.y, box.side) in marked
        _frame(canvas, (box.x, box.y, box.side), scale, _BAD if bad or (stops and box is boxes[0]) else _FINE)
    return np.asarray(canvas, np.uint8)


def _lines(canvas: Bytes, face: Face, scale: float, colour: tuple[int, int, int]) -> None:
    points = np.rint(face.points[:, :2] * (scale * 16)).astype(np.int32)
    eyes = [(*up, *low[::-1]) for up, low in zip(at.UPPER_LIDS, at.LOWER_LIDS, strict=True)]
    for chain in (*_CLOSED, *eyes):
        cv2.polylines(canvas, [points[list(chain)]], True, colour, 1, cv2.LINE_AA, 4)
    for brow in at.BROWS:
        cv2.polylines(canvas, [points[list(brow)]], False, colour, 1, cv2.LINE_AA, 4)
    for iris in at.IRISES:
        radius = float(np.linalg.norm(face.points[iris[1], :2] - face.points[iris[0], :2])) * scale
        cv2.circle(canvas, tuple(int(v) for v in points[iris[0]]), round(radius * 16), colour, 1, cv2.LINE_AA, 4)


def _frame(canvas: Bytes, where: tuple[float, float, float], scale: float, colour: tuple[int, int, int]) -> None:
    """Four corners: a whole rectangle would hide what it frames."""
    x, y, side = (v * scale for v in where)
    half, arm = side * 0.72, side * 0.2
    for right in (-1, 1):
        for down in (-1, 1):
            corner = np.array([x + right * half, y + down * half])
            for arm_x, arm_y in ((-right * arm, 0.0), (0.0, -down * arm)):
                end = corner + np.array([arm_x, arm_y])
                first, second = (tuple(int(v) for v in np.rint(p)) for p in (corner, end))
                cv2.line(canvas, first, second, colour, 2, cv2.LINE_AA)
