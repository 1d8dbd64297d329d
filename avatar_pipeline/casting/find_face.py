"""Find faces in a picture and 478 points on each: the lids, the lips, the irises, the outline, with depth.

Two small networks run one after the other (a detector, then a landmark model on the cut-out face, upright). Both come
inside one packaged file whose sha256 is pinned; they run in OpenCV, so casting needs no further runtime.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from avatar_pipeline.rig.rig import Bytes, Floats
from avatar_pipeline.weights import weight_bytes

DETECTOR_PX, MESH_PX = 128, 256
_SURE: Final = 0.5  # detector score above which something is a face
_OVERLAP_MAX: Final = 0.3
_ZOOMS: Final = (1, 2)  # the detector sees faces of a tenth of the picture and more; tiles of half the side find smaller ones
LEFT_EYE_OUTER, RIGHT_EYE_OUTER = 263, 33  # the person's left is on the picture's right
BLENDSHAPE_POINTS: Final = (
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78, 80, 81, 82, 84, 87, 88,
    91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153, 154, 155, 157, 158, 159, 160, 161, 162,
    163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291,
    293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375,
    377, 378, 379, 380, 381, 382, 384, 385, 386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471,
    472, 473, 474, 475, 476, 477,
)  # fmt: skip
BLENDSHAPE_NAMES: Final = (
    "_neutral", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff", "cheekSquintLeft",
    "cheekSquintRight", "eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight", "eyeLookInLeft", "eyeLookInRight",
    "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight", "eyeSquintLeft", "eyeSquintRight", "eyeWideLeft",
    "eyeWideRight", "jawForward", "jawLeft", "jawOpen", "jawRight", "mouthClose", "mouthDimpleLeft", "mouthDimpleRight",
    "mouthFrownLeft", "mouthFrownRight", "mouthFunnel", "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft",
    "mouthPressRight", "mouthPucker", "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
    "mouthSmileLeft", "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "noseSneerLeft", "noseSneerRight",
)  # fmt: skip


@dataclass(frozen=True)
class Box:
    """A face's square: centre and side in pixels, and how far the head leans (radians, clockwise), with the detector's score."""

    x: float
    y: float
    side: float
    lean: float
    score: float


@dataclass(frozen=True, eq=False)
class Face:
    """478 points (x, y, z in pixels of the picture; z larger nearer), how sure the model is of a face there, and 52 expression scores."""

    points: Floats
    presence: float
    worn: dict[str, float]
    box: Box


@dataclass(frozen=True, eq=False)
class Followed:
    """A face found again near where it was: its 478 points, how sure the model is of it, and its square now."""

    points: Floats
    presence: float
    box: Box


class FaceFinder:
    """The networks, loaded once. Not shared between threads."""

    def __init__(self, folder: Path | None = None) -> None:
        """Load the weights; `folder` is searched first. Raises WeightsMissing or WeightsDamaged."""
        with zipfile.ZipFile(io.BytesIO(weight_bytes("face-landmarks", folder))) as task:
            self._detector, self._mesh, self._shapes = (
                cv2.dnn.readNetFromTFLite(np.frombuffer(task.read(name), np.uint8))
                for name in ("face_detector.tflite", "face_landmarks_detector.tflite", "face_blendshapes.tflite")
            )

    def boxes(self, picture: Bytes) -> list[Box]:
        """Every face in a BGR picture, the largest first."""
        found = [box for zoom in _ZOOMS for tile in _tiles(picture, zoom) for box in self._detected(picture, tile)]
        kept: list[Box] = []
        for box in sorted(found, key=lambda box: box.score, reverse=True):
            if all(_overlap(box, other) < _OVERLAP_MAX for other in kept):
                kept.append(box)
        return sorted(kept, key=lambda box: box.side, reverse=True)

    def _detected(self, picture: Bytes, tile: tuple[int, int, int]) -> list[Box]:
        """Faces in one square tile (x, y, side); what lies outside the picture is black."""
        x, y, side = tile
        part = np.zeros((side, side, 3), np.uint8)
        cut = picture[y : y + side, x : x + side]
        part[: cut.shape[0], : cut.shape[1]] = cut
        small = cv2.resize(part, (DETECTOR_PX, DETECTOR_PX), interpolation=cv2.INTER_AREA)
        scores, places = _run(self._detector, small, scale=1 / 127.5, shift=-1.0, outputs=("classificators", "regressors"))
        score = 1 / (1 + np.exp(-np.clip(scores.reshape(-1), -40, 40)))
        anchors, places = _anchors(), places.reshape(-1, 16)
        boxes = []
        for index in np.flatnonzero(score > _SURE):
            place = places[index] / DETECTOR_PX
            centre = (anchors[index] + place[:2]) * side
            eyes = (place[4:8].reshape(2, 2) + anchors[index]) * side
            lean = float(np.arctan2(*(eyes[1] - eyes[0])[::-1]))
            boxes.append(Box(x + float(centre[0]), y + float(centre[1]), float(place[2]) * side, lean, float(score[index])))
        return boxes

    def face(self, picture: Bytes, box: Box) -> Face:
        """The points of the face in `box`, found twice: the second time on a square laid around the first points, upright."""
        first, _ = self._points(picture, box, 1.5)
        square = _square_around(first, box.score)
        points, presence = self._points(picture, square, 1.5)
        return Face(points, presence, self._expression(points), square)

    def follow(self, picture: Bytes, box: Box) -> Followed:
        """The points of a face that was in `box` a picture ago, and where it is now. Presence tells whether it still is there."""
        points, presence = self._points(picture, box, 1.5)
        return Followed(points, presence, _square_around(points, box.score))

    def _points(self, picture: Bytes, box: Box, margin: float) -> tuple[Floats, float]:
        scale = box.side * margin / MESH_PX
        cos, sin = np.cos(box.lean) * scale, np.sin(box.lean) * scale
        half = MESH_PX / 2
        place = np.array([[cos, -sin, box.x - half * cos + half * sin], [sin, cos, box.y - half * sin - half * cos]])
        cut = cv2.warpAffine(picture, place, (MESH_PX, MESH_PX), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        raw, sure = _run(self._mesh, cut, scale=1 / 255, shift=0.0, outputs=("Identity", "Identity_1"))
        found = raw.reshape(-1, 3)
        points = np.column_stack([found[:, :2] @ place[:, :2].T + place[:, 2], -found[:, 2] * scale])
        return points.astype(np.float32), float(1 / (1 + np.exp(-float(sure.reshape(-1)[0]))))

    def _expression(self, points: Floats) -> dict[str, float]:
        """The 52 scores that the face in the picture wears (0..1), by the names the score format uses."""
        chosen = points[list(BLENDSHAPE_POINTS), :2]
        self._shapes.setInput(np.ascontiguousarray(chosen[None], np.float32))
        scores = self._shapes.forward().reshape(-1)
        return {name: float(score) for name, score in zip(BLENDSHAPE_NAMES, scores, strict=True)}


def _square_around(points: Floats, score: float) -> Box:
    """The square, as upright as the face, that its points fill."""
    span = float(np.ptp(points[:468, :2], axis=0).max())
    middle = (points[:468, :2].min(0) + points[:468, :2].max(0)) / 2
    lean = float(np.arctan2(*(points[LEFT_EYE_OUTER, :2] - points[RIGHT_EYE_OUTER, :2])[::-1]))
    return Box(float(middle[0]), float(middle[1]), span, lean, score)


@lru_cache(maxsize=1)
def _anchors() -> Floats:
    """The detector's 896 places: two on every 8th pixel, six on every 16th."""
    places = []
    for stride, count in ((8, 2), (16, 6)):
        side = DETECTOR_PX // stride
        line = (np.arange(side) + 0.5) / side
        places.append(np.repeat(np.stack(np.meshgrid(line, line), -1).reshape(-1, 2), count, axis=0))
    return np.concatenate(places).astype(np.float32)


def _tiles(picture: Bytes, zoom: int) -> list[tuple[int, int, int]]:
    """Squares that cover the picture: the whole at zoom 1, overlapping ones of half the side at zoom 2."""
    height, width = picture.shape[:2]
    side = -(-max(height, width) // zoom)
    step = max(1, side // 2)
    across = range(0, max(1, width - side // 2), step) if zoom > 1 else (0,)
    down = range(0, max(1, height - side // 2), step) if zoom > 1 else (0,)
    return [(x, y, side) for y in down for x in across]


def _overlap(one: Box, other: Box) -> float:
    """Shared area over joint area; a box inside the other counts as the same face."""
    across = min(one.x + one.side / 2, other.x + other.side / 2) - max(one.x - one.side / 2, other.x - other.side / 2)
    down = min(one.y + one.side / 2, other.y + other.side / 2) - max(one.y - one.side / 2, other.y - other.side / 2)
    shared = max(0.0, across) * max(0.0, down)
    return shared / min(one.side, other.side) ** 2


def _run(network: Any, picture: Bytes, *, scale: float, shift: float, outputs: tuple[str, str]) -> tuple[Floats, Floats]:
    """One pass: BGR uint8 in, the two named outputs out."""
    rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.float32) * scale + shift
    network.setInput(np.ascontiguousarray(rgb.transpose(2, 0, 1)[None]))
    first, second = network.forward(list(outputs))
    return np.asarray(first, np.float32), np.asarray(second, np.float32)
