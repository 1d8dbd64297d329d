"""Adjusting a portrait before it is cast: handles at lip corners, lids, jaw and hairline are dragged to where they should be.

The picture and the points found in it move together, so the face that is cast from them is the adjusted one. Undoing is leaving the
last drag out: the same portrait and the same drags always give the same picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from avatar_pipeline.cast import Audition
from avatar_pipeline.casting.drag_points import Pull, Reach, pull, pulled_points
from avatar_pipeline.casting.find_face import Face
from avatar_pipeline.casting.landmarks import EYE_OUTER_L, EYE_OUTER_R, IRISES
from avatar_pipeline.casting.lay_apart import LaidApart, continued, lay_apart
from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.rig.rig import Floats

__all__ = ["DRAGS_MAX", "HANDLES", "Drag", "DragImpossible", "LaidApart", "adjust", "handles_of", "layers_of", "limits_of"]

_FACELESS: Final = "There is no face in this picture to adjust."
_IRISES: Final = [index for ring in IRISES for index in ring]


@dataclass(frozen=True)
class Handle:
    """The landmark a handle sits on, and in distances between the eyes: how far it may be dragged and how far the picture follows.

    It follows along a line through the handle, above and below that line. The line leans as the one between the two landmarks `line`.
    """

    index: int
    far: float
    along: float
    above: float
    below: float
    line: tuple[int, int] = (EYE_OUTER_R, EYE_OUTER_L)


HANDLES: Final[dict[str, Handle]] = {
    "lip_corner_right": Handle(61, 0.18, 0.36, 0.36, 0.36), "lip_corner_left": Handle(291, 0.18, 0.36, 0.36, 0.36),
    "lip_upper": Handle(0, 0.09, 0.38, 0.26, 0.18), "lip_lower": Handle(17, 0.09, 0.38, 0.18, 0.30),
    "upper_lid_right": Handle(159, 0.07, 0.19, 0.26, 0.12), "upper_lid_left": Handle(386, 0.07, 0.19, 0.26, 0.12),
    "lower_lid_right": Handle(145, 0.07, 0.19, 0.12, 0.26), "lower_lid_left": Handle(374, 0.07, 0.19, 0.12, 0.26),
    "jaw_right": Handle(172, 0.22, 0.70, 0.62, 0.45, (58, 136)), "jaw_left": Handle(397, 0.22, 0.70, 0.62, 0.45, (365, 288)),
    "chin": Handle(152, 0.25, 0.85, 0.66, 0.50), "hairline": Handle(10, 0.20, 0.85, 0.50, 0.44),
}  # fmt: skip
"""Every handle by name; right and left are the person's own. Lids follow between the corners of the eye, the jaw along its own line."""
DRAGS_MAX: Final = 40


class DragImpossible(StageRefusal):
    """A drag names no handle, or leads too far."""


@dataclass(frozen=True)
class Drag:
    """A handle and how far it is dragged, in pixels of the picture: right and down are positive."""

    handle: str
    right_px: float
    down_px: float


def handles_of(seen: Audition) -> dict[str, tuple[float, float]]:
    """Where every handle lies in the picture, in pixels. Empty when no face was found."""
    if seen.face is None:
        return {}
    points = seen.face.points
    return {name: (float(points[one.index, 0]), float(points[one.index, 1])) for name, one in HANDLES.items()}


def limits_of(seen: Audition) -> dict[str, dict[str, float]]:
    """By handle, how far it may be dragged (`far`) and how far around it the picture follows: `along`, `above` and `below` a line
    through it, all in pixels of the picture, and how the line leans (`lean`, radians).
    """
    if seen.face is None:
        return {}
    points = seen.face.points
    return {name: {"far": one.far * _apart(points), **asdict(_reach(one, points))} for name, one in HANDLES.items()}


def layers_of(seen: Audition, weights: Path | None = None) -> LaidApart:
    """What of a portrait a drag takes along, and what lies behind it. Raises ValueError for an audition without a face, WeightsMissing."""
    if seen.face is None:
        raise ValueError(_FACELESS)
    return lay_apart(seen.picture, seen.face, weights)


def adjust(seen: Audition, drags: Sequence[Drag], layers: LaidApart | None = None) -> Audition:
    """The portrait with its handles dragged; several drags of one handle add up. Nothing outside their reach changes.

    `layers` are the portrait's own, found anew when none are given. Raises DragImpossible, WeightsMissing, and ValueError for an audition
    without a face.
    """
    if seen.face is None:
        raise ValueError(_FACELESS)
    if len(drags) > DRAGS_MAX:
        raise DragImpossible(f"At most {DRAGS_MAX} drags are kept. Undo some of them.")
    points = seen.face.points
    pulls = [_pull(name, way, points) for name, way in _summed(drags).items() if any(way)]
    if not pulls:
        return seen
    apart = layers or layers_of(seen)
    moved = points.copy()
    moved[:, :2] = pulled_points(points[:, :2], pulls)
    moved[_IRISES] = points[_IRISES]  # lids slide over them
    cut_out = None if seen.picture.cut_out is None else _pulled_share(seen.picture.cut_out, pulls, apart, seen.face)
    picture = replace(seen.picture, pixels=pull(seen.picture.pixels, pulls, apart), cut_out=cut_out)
    return replace(seen, picture=picture, face=replace(seen.face, points=moved))


def _pulled_share(share: Floats, pulls: Sequence[Pull], apart: LaidApart, face: Face) -> Floats:
    """The person's share (h, w) of every pixel, which a picture brought cut out, after all pulls."""
    grey = np.asarray(cv2.cvtColor(np.rint(share * 255).astype(np.uint8), cv2.COLOR_GRAY2BGR), np.uint8)
    moved = pull(grey, pulls, LaidApart(apart.moves, continued(grey, apart.moves, face)))
    return np.where((moved == grey).all(2), share, moved[..., 0] / np.float32(255)).astype(np.float32)


def _apart(points: np.ndarray) -> float:
    return float(np.hypot(*(points[EYE_OUTER_L, :2] - points[EYE_OUTER_R, :2])))


def _summed(drags: Sequence[Drag]) -> dict[str, tuple[float, float]]:
    total: dict[str, tuple[float, float]] = {}
    for one in drags:
        if one.handle not in HANDLES:
            raise DragImpossible(f"There is no handle {one.handle!r}; there are: {', '.join(HANDLES)}.")
        if not np.isfinite([one.right_px, one.down_px]).all():
            raise DragImpossible("A drag is a number of pixels to the right and down.")
        right, down = total.get(one.handle, (0.0, 0.0))
        total[one.handle] = right + one.right_px, down + one.down_px
    return total


def _reach(handle: Handle, points: np.ndarray) -> Reach:
    apart = _apart(points)
    right, down = points[handle.line[1], :2] - points[handle.line[0], :2]
    return Reach(handle.along * apart, handle.above * apart, handle.below * apart, float(np.arctan2(down, right)))


def _pull(name: str, way: tuple[float, float], points: np.ndarray) -> Pull:
    handle, far = HANDLES[name], HANDLES[name].far * _apart(points)
    if np.hypot(*way) > far:
        raise DragImpossible(f"The handle {name.replace('_', ' ')} is dragged too far: at most {far:.0f} pixels.")
    start = float(points[handle.index, 0]), float(points[handle.index, 1])
    return Pull(start, (start[0] + way[0], start[1] + way[1]), _reach(handle, points))
