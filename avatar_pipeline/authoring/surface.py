"""The finely divided skin that hair grows on and clothes lie over, with the distance to it known everywhere nearby."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from avatar_pipeline.authoring.head_data import Floats, Whole

_LOW, _HIGH = np.array([-2.2, -2.3, -2.7]), np.array([2.2, 1.5, 2.1])
Mask = Callable[[Floats, Floats], Floats]


class Tree(Protocol):
    """Blender's search tree over triangles: the nearest point, or the point a ray hits, with the normal there."""

    def find_nearest(self, place: Any, /) -> Any:
        """The nearest (location, normal, triangle, distance)."""

    def ray_cast(self, origin: Any, direction: Any, /) -> Any:
        """The first hit (location, normal, triangle, distance), or four times None."""


def unit(vectors: Floats) -> Floats:
    """Vectors of length 1."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


@dataclass(frozen=True, eq=False)
class Roots:
    """Points on the skin (n, 3), their normals, their neutral places and how much of the asked-for mask is there (n,)."""

    points: Floats
    normals: Floats
    neutral: Floats
    share: Floats


@dataclass(frozen=True, eq=False)
class Surface:
    """The skin as fine triangles. `neutral` are the same vertices on the base mesh; `marks` their share of ear, lip, eyelid."""

    points: Floats
    triangles: Whole
    normals: Floats
    neutral: Floats
    marks: Floats
    tree: Tree
    vector: Callable[[Any], Any]  # makes Blender's own vector of three numbers
    cell: float = 0.06  # the grid on which the distance is known

    def nearest(self, place: Floats) -> tuple[Floats, Floats]:
        """The nearest point of the skin and the normal there, for one place (3,)."""
        point, normal, _, _ = self.tree.find_nearest(self.vector(place))
        return np.array(point), np.array(normal)

    @cached_property
    def _field(self) -> tuple[Floats, Floats]:
        """Signed distance on a regular grid, and its gradient."""
        shape = np.ceil((_HIGH - _LOW) / self.cell).astype(int) + 1
        field: Floats = np.empty(tuple(shape))
        for index in np.ndindex(*shape):
            place = self.vector(_LOW + np.array(index) * self.cell)
            point, normal, _, far = self.tree.find_nearest(place)
            field[index] = far if (place - point).dot(normal) >= 0 else -far
        slopes: list[Floats] = list(np.gradient(field, self.cell))
        return field, np.stack(slopes, -1)

    def distance(self, places: Floats) -> tuple[Floats, Floats]:
        """Signed distance (n,) from the skin at places (n, 3), positive outside, and the unit direction away from it."""
        field, slope = self._field
        at = np.clip((places - _LOW) / self.cell, 0, np.array(field.shape) - 1.001)
        low = at.astype(int)
        part = at - low
        far, away = np.zeros(len(places)), np.zeros_like(places)
        for corner in np.ndindex(2, 2, 2):
            weight = np.prod(np.where(np.array(corner) == 1, part, 1 - part), axis=1)
            cell = tuple((low + np.array(corner)).T)
            far, away = far + weight * field[cell], away + weight[:, None] * slope[cell]
        return far, away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-6)

    def pushed_out(self, places: Floats, least: float | Floats) -> Floats:
        """The places, moved away from the skin until they are at least so far from it."""
        far, away = self.distance(places)
        return np.asarray(places + away * np.maximum(0, least - far)[:, None])

    def scatter(self, count: int, mask: Mask, random: np.random.Generator) -> Roots:
        """`count` random points of the skin, the denser the larger `mask` (of neutral places and marks) is there."""
        corners = self.triangles
        a, b, c = (self.points[corners[:, i]] for i in range(3))
        area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
        weight = np.nan_to_num(area * mask(self.neutral[corners].mean(1), self.marks[corners].mean(1)))
        chosen = corners[random.choice(len(corners), count, p=weight / weight.sum())]
        second = random.random((count, 2))
        folded = second.sum(1) > 1
        second[folded] = 1 - second[folded]
        shares = np.c_[1 - second.sum(1), second][..., None]
        points, normals, neutral, marks = (
            np.asarray((values[chosen] * shares).sum(1)) for values in (self.points, self.normals, self.neutral, self.marks)
        )
        return Roots(points, unit(normals), neutral, mask(neutral, marks))
