"""The painted front of an eyeball: fibres and rings of the iris, the pupil, the white with its veins."""

from __future__ import annotations

import math

import numpy as np

from avatar_pipeline.authoring.face_map import skin_base, smoothstep
from avatar_pipeline.authoring.head_data import Floats
from avatar_pipeline.authoring.person import Person

SIDE_PX = 768
IRIS_SHARE = 0.50  # the iris's radius as a share of the ball's
Random = np.random.Generator


def iris_picture(person: Person, side_px: int = SIDE_PX) -> Floats:
    """Paint one eyeball seen from the front: linear RGB (side_px, side_px, 3), row 0 at the bottom."""
    random = np.random.default_rng(person.seed + 100)
    line = (np.arange(side_px) + 0.5) / side_px * 2 - 1
    x, y = np.meshgrid(line, line)
    far = np.hypot(x, y)
    light_skin = float(skin_base(person.skin).mean()) > 0.3
    iris = _iris(person, random, x, y)
    white = _white(random, far, 0.97 if light_skin else 0.93)
    share = smoothstep(0.525, 0.475, far)[..., None]
    return np.asarray(white * (1 - share) + np.clip(iris, 0, 1) * share)


def _fibres(random: Random, angle: Floats, far: Floats, *, count: int, slant: float) -> Floats:
    """A sum of waves around the pupil that drift with the distance from it."""
    phase, turns = random.random(count) * 6.283, random.integers(18, 120, count)
    waves = sum(np.cos(f * angle + p + far * slant * random.normal()) for f, p in zip(turns, phase, strict=True))
    return np.asarray(waves / math.sqrt(count))


def _iris(person: Person, random: Random, x: Floats, y: Floats) -> Floats:
    """The coloured ring: fibres, a warm collar round the pupil, light pooling below, a dark rim."""
    far, angle = np.hypot(x, y), np.arctan2(y, x)
    colour, light = np.array(person.eye), float(skin_base(person.skin).mean())
    colour = colour.mean() * (colour / colour.mean()) ** (1.5 if colour[0] > colour[2] else 1.0)
    t = far / IRIS_SHARE
    fibre = _fibres(random, angle, far, count=22, slant=14) * 0.22 + _fibres(random, angle, far, count=10, slant=4) * 0.12
    base = colour * (0.50 + fibre[..., None] * 0.6)
    warm = np.array([0.30, 0.16, 0.05]) * (0.5 + light * 0.5)
    collar = (smoothstep(0.30, 0.40, t) * (1 - smoothstep(0.48, 0.72, t)))[..., None]
    base = base * (1 - 0.45 * collar) + (warm * 0.20 + colour * 0.42) * (1 + fibre[..., None]) * 0.45 * collar
    base = base * (1 + 0.55 * smoothstep(0.2, -0.9, y / IRIS_SHARE)[..., None])
    base = base * (1 - 0.80 * smoothstep(0.80, 1.0, t)[..., None])
    pupil = smoothstep(0.375, 0.335, t)[..., None]
    return np.asarray(base * (1 - pupil) + 0.0015 * pupil)


def _white(random: Random, far: Floats, bright: float) -> Floats:
    """The white, faintly veined from the corners and darker to the rim."""
    white = np.ones((*far.shape, 3)) * np.array([0.80, 0.765, 0.745]) * bright
    white = white * (1 - np.clip(_veins(random, far.shape[0]), 0, 1)[..., None] * np.array([0.10, 0.28, 0.28]))
    return np.asarray(white * (1 - smoothstep(0.55, 1.0, far)[..., None] * np.array([0.20, 0.32, 0.34])))


def _veins(random: Random, side: int) -> Floats:
    veins = np.zeros((side, side))
    for _ in range(46):
        start = random.choice([0, math.pi]) + random.normal() * 0.55
        angle = start + np.cumsum(random.normal(size=40)) * 0.012
        far = np.linspace(0.98, 0.60 + 0.2 * random.random(), 40)
        across, up = (np.clip(((far * f(angle) + 1) / 2 * side).astype(int), 0, side - 1) for f in (np.cos, np.sin))
        veins[up, across] += 1
    spread = [np.roll(np.roll(veins, i, 0), j, 1) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    return np.asarray(sum(spread) / 9)
