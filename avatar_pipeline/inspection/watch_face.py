"""A face followed through a film's pictures: how far the lips are parted and how far the eyes are open, in every one of them.

The landmark model is the one that looks at portraits. A face is searched for once and then followed; it is searched for again when the
model loses it. A face that was just found is followed on the same picture until its square stands still: the first one is up to 2 % smaller
than the one it settles at, and through it shut lips were read as open.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from avatar_pipeline.casting.find_face import Box, FaceFinder
from avatar_pipeline.casting.landmarks import EYE_OUTER_L, EYE_OUTER_R, LOWER_LIDS, LOWER_LIP_INNER, UPPER_LIDS, UPPER_LIP_INNER
from avatar_pipeline.inspection.film_tracks import Shown
from avatar_pipeline.rig.rig import Bytes, Floats

PRESENCE_MIN: Final = 0.5
_SETTLED: Final = 0.002  # of a square's side: it has moved and grown by less
_LOOKS: Final = 8  # at one picture, at most: a few squares swing between two sizes


@dataclass(frozen=True, eq=False)
class FaceTrack:
    """One row for each picture looked at; NaN where no face was found.

    `aperture`: the lips' distance at the middle, in % of the distance between the outer corners of the eyes. `lids`: the eyes' height over
    their width. `boxes`: where the face was.
    """

    times_s: Floats
    aperture: Floats
    lids: Floats
    boxes: tuple[Box | None, ...]

    @property
    def seen_share(self) -> float:
        """In how many of the pictures there was a face."""
        return float(np.isfinite(self.aperture).mean()) if len(self.aperture) else 0.0


def watch_face(pictures: Iterable[Shown], finder: FaceFinder, known: dict[int, Box] | None = None) -> FaceTrack:
    """Follow the largest face. `known` gives places by picture number, so that two films are looked at through the same window."""
    times, aperture, lids, boxes = [], [], [], []
    box: Box | None = None
    for shown in pictures:
        box = known.get(shown.number) if known else box or _largest(finder, shown.pixels)
        points = None
        if box is not None:
            found = finder.follow(shown.pixels, box)
            points = found.points if found.presence >= PRESENCE_MIN else None
        boxes.append(box if points is not None else None)
        times.append(shown.time_s)
        aperture.append(lip_aperture(points) if points is not None else np.nan)
        lids.append(lid_ratio(points) if points is not None else np.nan)
        box = found.box if box is not None and points is not None else None
    return FaceTrack(np.array(times, np.float32), np.array(aperture, np.float32), np.array(lids, np.float32), tuple(boxes))


def lip_aperture(points: Floats) -> float:
    """How far the inner lips are apart, by their three middle points, in % of the distance between the eyes' outer corners."""
    upper, lower = (points[list(chain[4:7])] for chain in (UPPER_LIP_INNER, LOWER_LIP_INNER))
    down = points[152, :2] - points[10, :2]
    gap = (lower[:, :2] - upper[:, :2]) @ (down / np.hypot(*down))
    return float(100 * gap.mean() / np.hypot(*(points[EYE_OUTER_L, :2] - points[EYE_OUTER_R, :2])))


def lid_ratio(points: Floats) -> float:
    """The mean of both eyes' height at the middle over their width."""
    found: list[float] = []
    for upper, lower in zip(UPPER_LIDS, LOWER_LIDS, strict=True):
        width = np.hypot(*(points[upper[-1], :2] - points[upper[0], :2]))
        found.append(float(np.hypot(*(points[lower[4], :2] - points[upper[4], :2])) / width))
    return float(np.mean(found))


def _largest(finder: FaceFinder, picture: Bytes) -> Box | None:
    """The settled square of the largest face."""
    boxes = finder.boxes(picture)
    if not boxes:
        return None
    box = finder.face(picture, boxes[0]).box
    for _ in range(_LOOKS):
        before, box = box, finder.follow(picture, box).box
        if max(abs(box.side - before.side), abs(box.x - before.x), abs(box.y - before.y)) < _SETTLED * box.side:
            break
    return box
