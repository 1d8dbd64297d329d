"""Brows, lashes and beard: short hair that moves with the face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar_pipeline.authoring.face_map import beard_area, smoothstep
from avatar_pipeline.authoring.head import Head
from avatar_pipeline.authoring.head_data import Floats, Whole
from avatar_pipeline.authoring.person import Beard
from avatar_pipeline.authoring.strands import Dye, Growth, Strands, along_skin, grow, taper
from avatar_pipeline.authoring.surface import Surface, unit

Random = np.random.Generator
_BROW_HEIGHT = 0.185
_UPPER_ROW, _LOWER_ROW = 2, 1


def face_hair(head: Head, surface: Surface, random: Random) -> list[Strands]:
    """Brows, lashes and, where there is one, the beard."""
    grown = [_brows(head, surface, random), _lashes(head, random)]
    if head.person.beard:
        grown.append(_beard(head, surface, random, head.person.beard))
    return grown


def _brows(head: Head, surface: Surface, random: Random) -> Strands:
    """Hairs along a curve over the brow ridge, drawn on the neutral mesh."""
    brow, hair = head.person.brow, head.person.hair
    paths = np.concatenate([_brow(head, surface, random, side) for side in (1, -1)])
    dye = Dye(max(0.3, hair.melanin), 0.35, 0.1, 0.4, brow.colour)
    return Strands("brow", paths, taper(paths, 0.0018, random, tip=0.15, power=1.0), dye)


def _brow(head: Head, surface: Surface, random: Random, side: int) -> Floats:
    brow, count = head.person.brow, head.person.brow.density
    u = np.where(random.random(count) < 0.82, random.random(count), 0.12 + 0.6 * random.random(count))
    v = np.clip(random.normal(size=count) * 0.55, -1, 1)
    wide = 0.040 * brow.thick * (0.62 + 0.38 * smoothstep(0, 0.28, u)) * (1 - 0.72 * smoothstep(0.40, 1.0, u))
    rise = brow.arch * 1.1 * np.sin(np.clip(u / 0.66, 0, 1) * np.pi / 2) - (0.050 + brow.arch * 0.8) * smoothstep(0.60, 1.05, u)
    height = _BROW_HEIGHT + rise - 0.020 * (1 - smoothstep(0, 0.32, u)) + v * wide
    points, normals = _on_ridge(surface, np.column_stack([(0.105 + 0.43 * u) * side, height]))
    angle = np.interp(u, [0, 0.08, 0.25, 0.6, 1], [1.15, 0.80, 0.38, 0.08, -0.34]) - v * 0.45 * (1 - u)
    angle = angle + random.normal(size=count) * 0.10
    length = (0.085 + 0.03 * random.random(count)) * (0.75 + 0.4 * np.sin(u * np.pi)) * (1 - 0.35 * u)
    lying = unit(along_skin(np.stack([side * np.cos(angle), np.zeros(count), np.sin(angle)], -1), normals))
    t = np.linspace(0, 1, 6)[None, :, None]
    lift = (0.004 + 0.012 * random.random(count))[:, None, None]
    paths = points[:, None] - normals[:, None] * 0.004 + lying[:, None] * length[:, None, None] * t
    return np.asarray(paths + normals[:, None] * lift * np.sin(t * 2.4) + np.array([0, 0, -1.0]) * (length * 0.22)[:, None, None] * t * t)


def _on_ridge(surface: Surface, places: Floats) -> tuple[Floats, Floats]:
    """Points and normals on this head's brow ridge for places (x, z) of the neutral one."""
    flat = surface.neutral
    ridge = (flat[:, 1] < -1.1) & (flat[:, 2] > -0.05) & (flat[:, 2] < 0.6) & (np.abs(flat[:, 0]) < 0.75)
    near = np.flatnonzero(ridge)
    points, normals = [], []
    for place in places:
        far = np.hypot(*(flat[near][:, [0, 2]] - place).T)
        three = np.argsort(far)[:3]
        weight = 1 / (far[three] + 0.004)
        weight, chosen = (weight / weight.sum())[:, None], near[three]
        offset = (np.array([place[0], 0, place[1]]) - (flat[chosen] * weight).sum(0)) * np.array([1, 0, 1])
        point, normal = surface.nearest((surface.points[chosen] * weight).sum(0) + offset)
        points.append(point)
        normals.append(normal)
    return np.array(points), np.array(normals)


@dataclass(frozen=True)
class _Row:
    """A row of lashes: which of the head data's, how many, how long, how thick, and whether it curls up or down."""

    number: int
    count: int
    length: float
    root: float
    up: float
    curl: float


_ROWS = (_Row(_UPPER_ROW, 150, 0.078 * 0.9, 0.0022, 1.0, 0.42), _Row(_LOWER_ROW, 80, 0.034, 0.0013, -1.0, 0.4))


def _lashes(head: Head, random: Random) -> Strands:
    """Both rows of both eyes."""
    paths, radii = [], []
    for side in "lr":
        for row in _ROWS:
            paths.append(_lash_row(head, random, side, row))
            radii.append(taper(paths[-1], row.root * (1.15 if head.person.sex == "female" else 0.9), random, tip=0.12, power=1.1))
    return Strands("lash", np.concatenate(paths), np.concatenate(radii), Dye(0.98, 0.2, 0.0, 0.4))


def _lash_row(head: Head, random: Random, side: str, row: _Row) -> Floats:
    """Lashes rooted along a line through the head data's own, fanned outwards and curled."""
    middle = head.eyes[side]
    outwards = float(np.sign(middle[0]))
    line = _root_line(head.rest[head.data.group(f"helper-{side}-eyelashes-{row.number}")], middle, outwards)
    u = np.sort(random.random(row.count))
    stops = np.linspace(0, 1, len(line))
    root = np.stack([np.interp(u, stops, line[:, axis]) for axis in range(3)], -1)
    away, fan = unit(root - middle), (u - 0.42) * 1.5
    straight = unit(away * 0.9 + np.stack([outwards * fan * 0.55, np.full(row.count, -0.45), np.full(row.count, 0.06 * row.up)], -1))
    length = row.length * head.person.lashes * (0.55 + 0.6 * smoothstep(0, 0.75, u)) * random.uniform(0.8, 1.1, row.count)
    curl = np.stack([outwards * fan * 0.35, np.zeros(row.count), np.full(row.count, row.up * row.curl)], -1)
    t = np.linspace(0, 1, 8)[None, :, None]
    reach = length[:, None, None]
    paths = root[:, None] + away[:, None] * 0.003 + (straight[:, None] * t + curl[:, None] * 0.75 * t * t) * reach * 0.75
    return np.asarray(paths + random.normal(size=(row.count, 1, 3)) * 0.06 * reach * t)


def _root_line(points: Floats, middle: Floats, outwards: float) -> Floats:
    """Fourteen points along the lid's edge, smoothed from the root ends of the head data's lashes."""
    far = np.linalg.norm(points - middle, axis=1)
    roots = points[far < np.quantile(far, 0.42)]
    across = roots[:, 0] * outwards
    stops = np.linspace(across.min() + 0.004, across.max() - 0.004, 14)
    weight = np.exp(-(((across - stops[:, None]) / 0.012) ** 2))
    return np.asarray(weight @ roots / weight.sum(1, keepdims=True))


def _beard(head: Head, surface: Surface, random: Random, beard: Beard) -> Strands:
    """Hair down the cheeks, upper lip and chin."""

    def mask(places: Floats, marks: Floats) -> Floats:
        off = (1 - smoothstep(0.06, 0.25, marks[:, 0])) * (1 - smoothstep(0.10, 0.4, marks[:, 1]))
        return np.asarray(beard_area(places) ** 1.3 * off)

    def flow(places: Floats, _: float, away: Floats) -> Floats:
        down = np.column_stack([places[:, 0] * 0.35, np.zeros(len(places)), -np.ones(len(places))])
        return unit(along_skin(down, away) + away * (0.55 if beard.length < 0.05 else 0.25))

    count = beard.density * 2
    roots = surface.scatter(count, mask, random)
    length = beard.length * (0.5 + 0.6 * random.random(count)) * (0.45 + 0.55 * roots.share)
    lip = (np.abs(roots.neutral[:, 0]) < 0.34) * smoothstep(-0.7, -0.5, roots.neutral[:, 2])
    height = 0.004 + 0.35 * beard.length * random.random(count)
    how = Growth(length * (1 - 0.35 * lip), height, 6, stiffness=0.4, lift=0.5, stick=0.1, noise=0.12, seed=head.person.seed + 9)
    paths = grow(surface, roots.points, roots.normals, flow, how)
    return Strands("beard", paths, taper(paths, 0.0024, random, tip=0.3), Dye(beard.melanin, 0.4, 0.25, 0.4, beard.colour))


@dataclass(frozen=True, eq=False)
class Follower:
    """Short hair's hold on the face: each strand moves as the four nearest vertices do."""

    vertices: Whole
    weights: Floats

    @classmethod
    def of(cls, strands: Strands, head: Head, vertices: Whole) -> Follower:
        """Tie strands to the given vertices of the head at rest."""
        among = head.rest[vertices]
        held, weights = [], []
        for root in strands.points[:, 0]:
            far = np.linalg.norm(among - root, axis=1)
            four = np.argpartition(far, 4)[:4]
            weight = 1 / (far[four] + 0.002) ** 2
            held.append(vertices[four])
            weights.append(weight / weight.sum())
        return cls(np.array(held), np.array(weights))

    def moved(self, strands: Strands, shift: Floats) -> Floats:
        """The strands' points when the head's vertices move by `shift` (V, 3)."""
        return np.asarray(strands.points + (shift[self.vertices] * self.weights[..., None]).sum(1)[:, None])
