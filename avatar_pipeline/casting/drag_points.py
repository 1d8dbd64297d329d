"""Points of a picture dragged elsewhere: skin follows softly near them, and beyond their reach not one pixel changes.

The way is gone in small steps, each so small that nothing can fold over, and several points at once each arrive where they were dragged.
What moves is drawn over what lies behind it (see lay_apart.py): where skin goes away, an eyeball, the neck or the wall comes out, unmoved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.casting.lay_apart import LaidApart
from avatar_pipeline.rig.rig import Bytes, Floats

_STEP_SHARE: Final = 0.15  # of the least reach, for each step: a third of where the steepest part of a bump would fold over
_STEPS_MAX: Final = 60
Numbers = NDArray[np.floating]


@dataclass(frozen=True)
class Reach:
    """How far around a point the picture follows, in pixels: half a rectangle on either side of a line through it.

    The line leans by `lean` radians (0 to the right, growing downwards); `along` is the reach on it, `above` and `below` across it.
    """

    along: float
    above: float
    below: float
    lean: float = 0.0

    @property
    def least(self) -> float:
        """The shortest of the three."""
        return min(self.along, self.above, self.below)

    @property
    def most(self) -> float:
        """How far away the farthest place lies that still follows."""
        return float(np.hypot(self.along, max(self.above, self.below)))


@dataclass(frozen=True)
class Pull:
    """One point (x, y in pixels), where it is dragged to, and its reach."""

    start: tuple[float, float]
    end: tuple[float, float]
    reach: Reach


@dataclass(frozen=True, eq=False)
class _Stage:
    """One small step: where the points are (n, 2), how far each pushes (n, 2), and how far around it."""

    at: Numbers
    push: Numbers
    reaches: tuple[Reach, ...]

    def motion(self, points: Numbers) -> Numbers:
        """How far (m, 2) the step moves points (m, 2)."""
        moved = np.zeros_like(points)
        for centre, push, reach in zip(self.at, self.push, self.reaches, strict=True):
            near = np.flatnonzero((np.abs(points - centre) < reach.most).all(1))
            moved[near] += _share(points[near] - centre, reach)[:, None] * push
        return moved

    def back(self, points: Numbers) -> Numbers:
        """The motion that ended at these points: found by asking where they came from, three times over."""
        moved = self.motion(points)
        for _ in range(3):
            moved = self.motion(points - moved)
        return moved


def pulled_points(points: Numbers, pulls: Sequence[Pull]) -> Floats:
    """Where points (n, 2) of the picture come to lie."""
    moved = np.array(points, np.float64)
    for stage in _stages(pulls):
        moved += stage.motion(moved)
    return moved.astype(np.float32)


def pull(picture: Bytes, pulls: Sequence[Pull], apart: LaidApart) -> Bytes:
    """The picture after all pulls, BGR uint8 of the same size. What lies outside every pull's reach is the same, bit for bit."""
    stages = _stages(pulls)
    box = _box(stages, picture.shape)
    if not stages or box is None:
        return picture.copy()
    left, top, right, bottom = box
    across, down = np.meshgrid(np.arange(left, right, dtype=np.float64), np.arange(top, bottom, dtype=np.float64))
    source = np.column_stack([across.ravel(), down.ravel()])
    start = source.copy()
    for stage in reversed(stages):
        source -= stage.back(source)
    changed = (np.abs(source - start).max(1) > 1e-9).reshape(across.shape)
    place = (source - (left, top)).reshape(*across.shape, 2).astype(np.float32)
    cut = np.s_[top:bottom, left:right]
    behind, share = apart.behind[cut].astype(np.float32), apart.moves[cut][..., None]
    front = np.dstack([np.clip(picture[cut] - (1 - share) * behind, 0, 255 * share), share]).astype(np.float32)
    fetched = cv2.remap(front, place, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    laid = fetched[..., :3] + (1 - np.clip(fetched[..., 3:], 0, 1)) * behind
    result = picture.copy()
    result[cut][changed] = np.rint(np.clip(laid, 0, 255)).astype(np.uint8)[changed]
    return result


def _stages(pulls: Sequence[Pull]) -> list[_Stage]:
    """The way in small steps."""
    if not pulls:
        return []
    at, to = (np.array([getattr(one, name) for one in pulls], np.float64) for name in ("start", "end"))
    reaches = tuple(one.reach for one in pulls)
    least = np.array([reach.least for reach in reaches])
    count = int(min(_STEPS_MAX, max(1, np.ceil((np.hypot(*(to - at).T) / (_STEP_SHARE * least)).max()))))
    stages: list[_Stage] = []
    step = (to - at) / count
    for _ in range(count):
        near = np.column_stack([_share(at - centre, reach) for centre, reach in zip(at, reaches, strict=True)])
        push = np.linalg.lstsq(near, step, rcond=1e-3)[0]  # neighbours push too: each is pushed only by what the others leave
        stages.append(_Stage(at, push, reaches))
        at = at + step
    return stages


def _share(off: Numbers, reach: Reach) -> Numbers:
    """How much (n,) of a point's push takes hold of places `off` (n, 2) it: 1 at the point, exactly 0 from the reach on, smooth between.

    Along the line it falls off as a lid's arch does, across it sooner (Wendland's function): the skin beside a feature gives way.
    """
    cosine, sine = np.cos(reach.lean), np.sin(reach.lean)
    along, across = off @ (cosine, sine) / reach.along, off @ (-sine, cosine)
    left = np.clip(1 - np.abs(across) / np.where(across < 0, reach.above, reach.below), 0, None)
    return np.asarray(np.clip(1 - along**2, 0, None) ** 2 * left**4 * (5 - 4 * left))


def _box(stages: Sequence[_Stage], shape: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    """The rectangle (left, top, right, bottom) within the picture that any step reaches."""
    if not stages:
        return None
    most = np.array([[reach.most] for reach in stages[0].reaches])
    low = np.min([(stage.at - most).min(0) for stage in stages], axis=0)
    high = np.max([(stage.at + most).max(0) for stage in stages], axis=0)
    left, top = (max(0, int(np.floor(value)) - 1) for value in low)
    right, bottom = (min(size, int(np.ceil(value)) + 2) for value, size in zip(high, (shape[1], shape[0]), strict=True))
    return (left, top, right, bottom) if left < right and top < bottom else None
