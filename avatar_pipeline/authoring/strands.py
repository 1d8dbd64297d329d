"""Hair, strand by strand: marched along a flow over the skin, gathered in clumps, waved, and thinned to the tip."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from avatar_pipeline.authoring.face_map import smoothstep
from avatar_pipeline.authoring.head_data import Floats, Whole
from avatar_pipeline.authoring.person import Colour
from avatar_pipeline.authoring.surface import Surface, unit

Flow = Callable[[Floats, float, Floats], Floats]
"""(places (n, 3), how far along 0..1, directions away from the skin) -> directions (n, 3) in which hair lies there."""

_DOWN = np.array([0, 0, -1.0])


@dataclass(frozen=True)
class Dye:
    """The hair's colour, by melanin or by name, how it varies from strand to strand, and how rough it is."""

    melanin: float
    redness: float
    variety: float
    roughness: float = 0.30
    colour: Colour | None = None


@dataclass(frozen=True, eq=False)
class Strands:
    """One head of hair, beard or row of lashes: points (n, k, 3) and radii (n, k)."""

    name: str
    points: Floats
    radii: Floats
    dye: Dye


@dataclass(frozen=True, eq=False)
class Growth:
    """How strands grow: how long, how high over the skin, how stiff, how far they lift, fall and stick to the head."""

    length: Floats
    height: Floats
    segments: int
    stiffness: float = 0.5
    lift: float | Floats = 0.3
    stick: float = 0.5
    free_below: float = -9.0
    gravity: float = 0.0
    noise: float = 0.0
    seed: int = 0


def along_skin(direction: Floats, away: Floats) -> Floats:
    """The part of a direction that follows the skin."""
    return np.asarray(direction - (direction * away).sum(-1, keepdims=True) * away)


def grow(surface: Surface, points: Floats, normals: Floats, flow: Flow, how: Growth) -> Floats:
    """March from the roots (n, 3) through the flow, each strand held at its own height over the skin: (n, segments + 1, 3)."""
    count, step = len(points), (how.length / how.segments)[:, None]
    path = np.empty((count, how.segments + 1, 3))
    path[:, 0] = points - 0.012 * normals
    place, gone = points.copy(), np.zeros(count)
    _, away = surface.distance(place)
    heading = unit(flow(place, 0.0, away) + how.lift * normals)
    wobble = np.random.default_rng(how.seed).normal(size=(count, 3)) * how.noise
    for segment in range(how.segments):
        t = segment / how.segments
        _, away = surface.distance(place)
        pull = _DOWN * how.gravity * (0.25 + t)
        heading = unit(how.stiffness * heading + (1 - how.stiffness) * flow(place, t, away) + wobble + pull)
        ahead, gone = place + heading * step, gone + step[:, 0]
        far, away = surface.distance(ahead)
        missing = how.height * smoothstep(-0.02, 0.22, gone) + 0.008 - far
        held = how.stick * (ahead[:, 2] > how.free_below) * smoothstep(0.5, 0.1, far)
        ahead = ahead + away * (missing * np.where(missing > 0, 0.85, held))[:, None]
        heading = unit(ahead - place)
        place = place + heading * step
        path[:, segment + 1] = place
    return path


def clump(paths: Floats, roots: Floats, groups: int, amount: float, *, power: float, seed: int) -> tuple[Floats, Whole]:
    """Draw strands towards chosen leaders, more at the tip: the new paths, and each strand's leader."""
    random = np.random.default_rng(seed)
    leaders = random.choice(len(paths), min(groups, len(paths)), replace=False)
    leader = leaders[_nearest(roots, roots[leaders])]
    t = np.linspace(0, 1, paths.shape[1]) ** power
    pull = np.clip((amount * random.uniform(0.55, 1.2, len(paths)))[:, None], 0, 0.95) * t
    offset = paths[leader] - paths
    offset = offset - offset[:, :1] * (1 - t)[None, :, None]
    return paths + offset * pull[..., None], leader


def _nearest(points: Floats, among: Floats) -> Whole:
    """For each point the number of the nearest of `among`, 2,000 at a time to spare memory."""
    parts = [points[start : start + 2000] for start in range(0, len(points), 2000)]
    return np.concatenate([((part[:, None] - among[None]) ** 2).sum(-1).argmin(1) for part in parts])


@dataclass(frozen=True, eq=False)
class Wave:
    """A helix: its radius per strand (n,), turns over the length, how far strands differ, where along it begins."""

    radius: Floats
    turns: float
    own: float
    start: float
    seed: int


def wave(paths: Floats, groups: Whole, how: Wave) -> Floats:
    """Wind the strands of a group around one helix, each a little in its own way."""
    random = np.random.default_rng(how.seed)
    count, points = paths.shape[:2]
    t = np.linspace(0, 1, points)
    phase, rate = random.random(groups.max() + 1) * 6.283, random.uniform(0.75, 1.3, groups.max() + 1)
    along = unit(np.gradient(paths, axis=1))
    first = unit(np.cross(along, np.array([0.31, 0.87, 0.38])))
    second = np.cross(along, first)
    angle = 2 * math.pi * how.turns * rate[groups][:, None] * t + phase[groups][:, None] + how.own * random.normal(size=(count, 1))
    reach = smoothstep(0, how.start, t)[None, :, None] * how.radius[:, None, None]
    return np.asarray(paths + reach * (first * np.cos(angle)[..., None] + second * np.sin(angle)[..., None]))


def taper(paths: Floats, root: float, random: np.random.Generator, *, tip: float = 0.25, power: float = 1.5) -> Floats:
    """Radii (n, k), thinner towards the tip, some strands finer than others."""
    count, points = paths.shape[:2]
    fall = root * (1 - (1 - tip) * np.linspace(0, 1, points) ** power)
    return np.asarray(np.tile(fall, (count, 1)) * random.uniform(0.75, 1.15, (count, 1)))
