"""Points of a picture dragged elsewhere: skin follows softly near them, and beyond their reach not one pixel changes.

The way is gone in small steps, each so small that nothing can fold over; what a drag uncovers is therefore the skin beside it, stretched
as skin is, and a drag of any length stays a picture of a face. Several points move at once and each arrives where it was dragged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.rig.rig import Bytes, Floats

_STEP_SHARE: Final = 0.15  # of the reach, for each step: a third of where the steepest part of a bump would fold over
_STEPS_MAX: Final = 60
Numbers = NDArray[np.floating]


@dataclass(frozen=True)
class Pull:
    """One point (x, y in pixels), where it is dragged to, and how far around it the picture follows."""

    start: tuple[float, float]
    end: tuple[float, float]
    reach_px: float


def pulled_points(points: Numbers, pulls: Sequence[Pull]) -> Floats:
    """Where points (n, 2) of the picture come to lie."""
    moved = np.array(points, np.float64)
    for centres, steps, reach in _stages(pulls):
        moved += _motion(moved, centres, steps, reach)
    return moved.astype(np.float32)


def pull(picture: Bytes, pulls: Sequence[Pull]) -> Bytes:
    """The picture after all pulls, BGR uint8 of the same size. What lies outside every pull's reach is the same, bit for bit."""
    stages = list(_stages(pulls))
    box = _box(stages, picture.shape)
    if not stages or box is None:
        return picture.copy()
    left, top, right, bottom = box
    across, down = np.meshgrid(np.arange(left, right, dtype=np.float64), np.arange(top, bottom, dtype=np.float64))
    source = np.column_stack([across.ravel(), down.ravel()])
    start = source.copy()
    for centres, steps, reach in reversed(stages):
        source -= _back(source, centres, steps, reach)
    changed = (np.abs(source - start).max(1) > 1e-9).reshape(across.shape)
    maps = [source[:, axis].reshape(across.shape).astype(np.float32) for axis in (0, 1)]
    fetched = cv2.remap(picture, maps[0], maps[1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    result = picture.copy()
    result[top:bottom, left:right][changed] = fetched[changed]
    return result


def _stages(pulls: Sequence[Pull]) -> list[tuple[Numbers, Numbers, Numbers]]:
    """The way in small steps: at each, where the points are, how far every one pushes, and their reaches."""
    if not pulls:
        return []
    at, to = (np.array([getattr(one, name) for one in pulls], np.float64) for name in ("start", "end"))
    reach = np.array([one.reach_px for one in pulls], np.float64)
    count = int(min(_STEPS_MAX, max(1, np.ceil((np.hypot(*(to - at).T) / (_STEP_SHARE * reach)).max()))))
    stages: list[tuple[Numbers, Numbers, Numbers]] = []
    step = (to - at) / count
    for _ in range(count):
        near = _bump(np.linalg.norm(at[:, None] - at[None], axis=2) / reach[None])
        push = np.linalg.lstsq(near, step, rcond=1e-3)[0]  # neighbours push too: each is pushed only by what the others leave
        stages.append((at, push, reach))
        at = at + step
    return stages


def _motion(points: Numbers, centres: Numbers, push: Numbers, reach: Numbers) -> Numbers:
    away = np.linalg.norm(points[:, None] - centres[None], axis=2) / reach[None]
    return np.asarray(_bump(away) @ push)


def _back(points: Numbers, centres: Numbers, push: Numbers, reach: Numbers) -> Numbers:
    """The motion that ended at these points: found by asking where they came from, three times over."""
    moved = _motion(points, centres, push, reach)
    for _ in range(3):
        moved = _motion(points - moved, centres, push, reach)
    return moved


def _bump(away: Numbers) -> Numbers:
    """Wendland's function: 1 at the point, exactly 0 from the reach on, smooth between."""
    left = np.clip(1 - away, 0, None)
    return np.asarray(left**4 * (4 * away + 1))


def _box(stages: Sequence[tuple[Numbers, Numbers, Numbers]], shape: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    """The rectangle (left, top, right, bottom) within the picture that any step reaches."""
    if not stages:
        return None
    low = np.min([(at - reach[:, None]).min(0) for at, _, reach in stages], axis=0)
    high = np.max([(at + reach[:, None]).max(0) for at, _, reach in stages], axis=0)
    left, top = (max(0, int(np.floor(value)) - 1) for value in low)
    right, bottom = (min(size, int(np.ceil(value)) + 2) for value, size in zip(high, (shape[1], shape[0]), strict=True))
    return (left, top, right, bottom) if left < right and top < bottom else None
