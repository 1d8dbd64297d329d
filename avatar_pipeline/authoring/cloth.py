"""Cutting cloth: the torso smoothed, cut along a neckline, with bands and sheets sewn to the cut."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from avatar_pipeline.authoring.head_data import Floats, Whole
from avatar_pipeline.authoring.person import Colour
from avatar_pipeline.authoring.surface import Surface, Tree, unit

Cut = Callable[[Floats], Floats]
"""A function of neutral places (n, 3): cloth lies where it is below 0."""

_NECKLINES: dict[str, tuple[list[float], list[float]]] = {
    "crew": ([0, 30, 60, 90, 130, 180], [-1.53, -1.50, -1.42, -1.33, -1.20, -1.14]),
    "turtle": ([0, 60, 120, 180], [-1.30, -1.28, -1.08, -1.0]),
    "shirt": ([0, 18, 45, 90, 130, 180], [-1.66, -1.50, -1.41, -1.29, -1.13, -1.06]),
    "jacket": ([0, 30, 60, 90, 130, 180], [-1.42, -1.40, -1.35, -1.30, -1.16, -1.10]),
}


@dataclass(frozen=True)
class Fabric:
    """How cloth looks: its colour, the grain's fineness, sheen, roughness, how deep its folds are, and whether it is ribbed."""

    colour: Colour
    grain: float = 240.0
    sheen: float = 0.3
    roughness: float = 0.85
    folds: float = 0.35
    ribbed: bool = False


@dataclass(frozen=True, eq=False)
class Sheet:
    """A piece of cloth: vertices (V, 3), faces, optionally a texture place per face corner, its fabric and thickness."""

    name: str
    vertices: Floats
    faces: list[list[int]]
    fabric: Fabric
    thickness: float
    corners: Floats | None = None


def neckline_height(kind: str, places: Floats) -> Floats:
    """The height of a neckline around the neck at places (n, 3)."""
    angle = np.degrees(np.arctan2(np.abs(places[:, 0]), -(places[:, 1] + 0.22)))
    return np.asarray(np.interp(angle, *_NECKLINES[kind]))


def below(kind: str) -> Cut:
    """The cut that keeps what lies below a neckline."""
    return lambda places: np.asarray(places[:, 2] - neckline_height(kind, places))


@dataclass(frozen=True, eq=False)
class Tailor:
    """Cuts cloth for one body; `tree` makes a search tree of vertices and faces."""

    surface: Surface
    tree: Callable[[Floats, list[list[int]]], Tree]

    @cached_property
    def triangles(self) -> Whole:
        """The torso's triangles: shoulders and chest, without arms' ends and without the neck's front."""
        at = self.surface.neutral
        slim = np.hypot(at[:, 0], at[:, 1] + 0.25) < np.where(at[:, 2] > -1.15, 0.62, 9)
        torso = (at[:, 2] < -0.85) & ~((at[:, 1] < -0.76) & (at[:, 2] > -1.40)) & slim
        return np.asarray(self.surface.triangles[torso[self.surface.triangles].all(1)])

    @cached_property
    def _edges(self) -> Whole:
        pairs = np.concatenate([self.triangles[:, pair] for pair in ([0, 1], [1, 2], [2, 0])])
        return np.unique(np.sort(pairs, 1), axis=0)

    def _smoothed(self, points: Floats, times: int, own: float) -> Floats:
        """Every torso vertex moved towards its neighbours' mean, `times` over, keeping the share `own` of itself."""
        first, second = self._edges.T
        degree = np.zeros(len(points))
        for ends in (first, second):
            np.add.at(degree, ends, 1)
        used = degree > 0
        for _ in range(times):
            total = np.zeros_like(points)
            np.add.at(total, first, points[second])
            np.add.at(total, second, points[first])
            points = np.where(used[:, None], own * points + (1 - own) * total / np.maximum(degree, 1)[:, None], points)
        return points

    def torso(self, times: int, off: float) -> Floats:
        """All the body's vertices with the torso smoothed and at least `off` above the skin."""
        points = self._smoothed(self.surface.points, times, 0.4)
        for _ in range(3):
            points = self.surface.pushed_out(points, off)
        return self._smoothed(points, 2, 0.5)

    def cut(self, points: Floats, keep: Cut) -> tuple[Floats, list[list[int]], list[Floats]]:
        """Keep the torso where `keep` is below 0, its triangles cut exactly: vertices, faces, and the cut's lines as points."""
        value = keep(self.surface.neutral)
        vertices: list[Floats] = []
        number: dict[tuple[int, int], int] = {}

        def vertex(a: int, b: int) -> int:
            key = (min(a, b), max(a, b))
            if key not in number:
                number[key] = len(vertices)
                share = 0.0 if a == b else value[key[0]] / (value[key[0]] - value[key[1]])
                vertices.append(points[key[0]] * (1 - share) + points[key[1]] * share)
            return number[key]

        faces, seams = [], []
        for triangle in self.triangles[(value[self.triangles] < 0).any(1)].tolist():
            face, seam = [], []
            for a, b in zip(triangle, triangle[1:] + triangle[:1], strict=True):
                if value[a] < 0:
                    face.append(vertex(a, a))
                if (value[a] < 0) != (value[b] < 0):
                    seam.append(vertex(a, b))
                    face.append(seam[-1])
            faces.append(face)
            seams += [seam] if len(seam) == 2 else []
        placed = np.array(vertices)
        return placed, faces, [placed[line] for line in _lines(seams)]


def _lines(seams: list[list[int]]) -> list[list[int]]:
    """Join pairs of vertices into lines, open ends first."""
    near: defaultdict[int, list[int]] = defaultdict(list)
    for a, b in seams:
        near[a].append(b)
        near[b].append(a)
    lines, seen = [], set()
    for start in sorted(near, key=lambda vertex: len(near[vertex])):
        if start in seen:
            continue
        line = [start]
        seen.add(start)
        while ahead := [vertex for vertex in near[line[-1]] if vertex not in seen]:
            line.append(ahead[0])
            seen.add(ahead[0])
        lines.append(line)
    return lines


def main_line(lines: list[Floats]) -> Floats:
    """Of a cut's lines the one around the neck: the highest and longest."""
    return max(lines, key=lambda line: float(line[:, 2].mean()) + len(line) * 0.002)


def resampled(line: Floats, count: int, *, closed: bool) -> Floats:
    """`count` points evenly along a line, smoothed thirty times."""
    line = np.vstack([line, line[:1]]) if closed else line
    along = np.r_[0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))]
    stops = np.linspace(0, along[-1], count, endpoint=not closed)
    even = np.stack([np.interp(stops, along, line[:, axis]) for axis in range(3)], -1)
    for _ in range(30):
        softer = (np.roll(even, 1, 0) + even * 2 + np.roll(even, -1, 0)) / 4
        if not closed:
            softer[0], softer[-1] = even[0], even[-1]
        even = softer
    return np.asarray(even)


def sheet(name: str, rows: Floats, fabric: Fabric, thickness: float, *, closed: bool = False) -> Sheet:
    """A sheet from a net of points (rows, columns, 3), its columns joined to a ring when `closed`."""
    height, width = rows.shape[:2]
    cells = [(i, j) for i in range(height - 1) for j in range(width if closed else width - 1)]
    faces = [[i * width + j, i * width + (j + 1) % width, (i + 1) * width + (j + 1) % width, (i + 1) * width + j] for i, j in cells]
    corners = [((j + a) / width * 4, (i + b) / height) for i, j in cells for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))]
    return Sheet(name, rows.reshape(-1, 3), faces, fabric, thickness, np.array(corners))


def band(surface: Surface, line: Floats, width: float, lift: float, fabric: Fabric) -> Sheet:
    """A band sewn along a closed neckline, rising towards the neck."""
    middle = np.array([0, line[:, 1].mean(), 0])
    along = unit(np.roll(line, -1, 0) - np.roll(line, 1, 0))
    _, away = surface.distance(line)
    up = unit(np.cross(along, away))
    up = up * np.sign(((middle - line) * up).sum(1) + up[:, 2] * 0.4)[:, None]
    rows = [line + up * (width * t) + away * (lift * math.sin(t * math.pi * 0.8) + 0.004) for t in np.linspace(-0.5, 1, 8)]
    for _ in range(3):
        rows = [surface.pushed_out(row, 0.016) for row in rows]
    return sheet("band", np.array(rows), fabric, 0.03, closed=True)
