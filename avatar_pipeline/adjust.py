"""Adjusting a portrait before it is cast: handles at lip corners, lids, jaw and hairline are dragged to where they should be.

The picture and the points found in it move together, so the face that is cast from them is the adjusted one. Undoing is leaving the
last drag out: the same portrait and the same drags always give the same picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from avatar_pipeline.cast import Audition
from avatar_pipeline.casting.drag_points import Pull, pull, pulled_points
from avatar_pipeline.casting.landmarks import EYE_OUTER_L, EYE_OUTER_R
from avatar_pipeline.errors import StageRefusal

__all__ = ["DRAGS_MAX", "HANDLES", "Drag", "DragImpossible", "adjust", "handles_of", "limits_of"]

HANDLES: Final[dict[str, tuple[int, float]]] = {
    "lip_corner_right": (61, 0.30), "lip_corner_left": (291, 0.30), "lip_upper": (0, 0.28), "lip_lower": (17, 0.28),
    "upper_lid_right": (159, 0.20), "upper_lid_left": (386, 0.20), "lower_lid_right": (145, 0.20), "lower_lid_left": (374, 0.20),
    "jaw_right": (172, 0.60), "jaw_left": (397, 0.60), "chin": (152, 0.60), "hairline": (10, 0.45),
}  # fmt: skip
"""Every handle by name: the landmark it sits on (right and left are the person's own) and its reach in distances between the eyes."""
DRAGS_MAX: Final = 40
FAR_SHARE_MAX: Final = 0.35
"""How far a handle may be dragged, in distances between the outer corners of the eyes: beyond it somebody else's face begins."""


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
    return {name: (float(seen.face.points[index, 0]), float(seen.face.points[index, 1])) for name, (index, _) in HANDLES.items()}


def limits_of(seen: Audition) -> dict[str, float]:
    """How far a handle may be dragged (`far`), and how far around each the picture follows, by name; all in pixels of the picture."""
    if seen.face is None:
        return {}
    apart = _apart(seen.face.points)
    return {"far": FAR_SHARE_MAX * apart, **{name: reach * apart for name, (_, reach) in HANDLES.items()}}


def adjust(seen: Audition, drags: Sequence[Drag]) -> Audition:
    """The portrait with its handles dragged; several drags of one handle add up. Nothing outside their reach changes.

    Raises DragImpossible, ValueError for an audition without a face.
    """
    if seen.face is None:
        raise ValueError("There is no face in this picture to adjust.")
    if len(drags) > DRAGS_MAX:
        raise DragImpossible(f"At most {DRAGS_MAX} drags are kept. Undo some of them.")
    points = seen.face.points
    apart = _apart(points)
    pulls = [_pull(name, way, points, apart) for name, way in _summed(drags).items() if any(way)]
    moved = points.copy()
    moved[:, :2] = pulled_points(points[:, :2], pulls)
    picture = replace(seen.picture, pixels=pull(seen.picture.pixels, pulls))
    return replace(seen, picture=picture, face=replace(seen.face, points=moved))


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


def _pull(name: str, way: tuple[float, float], points: np.ndarray, apart: float) -> Pull:
    index, reach = HANDLES[name]
    if np.hypot(*way) > FAR_SHARE_MAX * apart:
        raise DragImpossible(f"The handle {name.replace('_', ' ')} is dragged too far: at most {FAR_SHARE_MAX * apart:.0f} pixels.")
    start = float(points[index, 0]), float(points[index, 1])
    return Pull(start, (start[0] + way[0], start[1] + way[1]), reach * apart)
