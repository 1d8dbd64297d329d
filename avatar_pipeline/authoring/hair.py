"""The hair styles: where strands start, how long they are, and which way they lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar_pipeline.authoring.face_map import above_hairline, smoothstep
from avatar_pipeline.authoring.head_data import Floats
from avatar_pipeline.authoring.person import Person
from avatar_pipeline.authoring.strands import Dye, Flow, Growth, Strands, Wave, along_skin, clump, grow, taper, wave
from avatar_pipeline.authoring.surface import Roots, Surface, unit

Random = np.random.Generator
_CROWN = np.array([0, -0.15, 1.2])


@dataclass(frozen=True, eq=False)
class Scalp:
    """The head to be covered: whose it is, its skin, and the chance that rules this person's hair."""

    person: Person
    surface: Surface
    random: Random

    def roots(self, count: int) -> Roots:
        """Roots inside the hairline, none on the ears."""

        def mask(places: Floats, marks: Floats) -> Floats:
            return smoothstep(0, 0.07, above_hairline(places, self.person)) * (1 - smoothstep(0.10, 0.22, marks[:, 0]))

        return self.surface.scatter(count, mask, self.random)

    def inside(self, roots: Roots) -> Floats:
        """0 at the hairline, 1 well inside it: hair is shorter and lower at the edge."""
        return smoothstep(0, 0.22, above_hairline(roots.neutral, self.person))

    def chance(self, count: int) -> Floats:
        """`count` numbers from 0 to 1."""
        return self.random.random(count)

    @property
    def front(self) -> Floats:
        """The middle of the hairline on this head (3,)."""
        return np.asarray(self.surface.points[np.argmin(np.abs(self.surface.neutral - np.array([0, -1.36, 0.80])).sum(1))])

    @property
    def top(self) -> float:
        """The height of the head's highest point."""
        return float(self.surface.points[:, 2].max())

    def dye(self) -> Dye:
        """This person's hair colour."""
        hair = self.person.hair
        return Dye(hair.melanin, hair.redness, hair.variety, colour=hair.colour)


def hair(scalp: Scalp) -> list[Strands]:
    """All strands on the person's head."""
    style = scalp.person.hair.style
    make = {"bob": _bob, "short": _short, "wavy_short": _short, "curly": _curly, "bun": _bun}[style]
    return make(scalp)


def _bob_flow(scalp: Scalp) -> Flow:
    """Away from a parting that runs from the hairline to the crown, back from the face, then down and a little inwards."""
    look = scalp.person.hair
    start = np.array([look.part, *scalp.front[1:]])
    parting = np.array([look.part * 0.55, _CROWN[1], scalp.top]) - start

    def flow(places: Floats, t: float, away: Floats) -> Floats:
        none = np.zeros(len(places))
        on_parting = np.clip(((places - start) @ parting) / (parting @ parting), 0, 1)[:, None] * parting
        lying = unit(along_skin(places - start - on_parting, away))
        face = smoothstep(-1.0, -1.45, places[:, 1])[:, None]
        falling = (0.25 + smoothstep(0.95, 0.2, places[:, 2]))[:, None] * np.array([0, 0, -1.0])
        lying = lying * (1 - 0.75 * smoothstep(0.7, -0.2, places[:, 2])[:, None]) + np.array([0, 0.6, 0.25 * (t < 0.15)]) * face + falling
        clear = smoothstep(-0.95, -1.3, places[:, 1]) * 0.8 * smoothstep(0.5, 0.0, places[:, 2])
        lying = lying + np.c_[none, clear, none]
        if t > 0.6:
            lying = lying + np.c_[-np.sign(places[:, 0]) * look.inward * (t - 0.6) * 3, none, none]
        return unit(lying)

    return flow


def _bob(scalp: Scalp) -> list[Strands]:
    """Parted hair that falls to one line."""
    look, count = scalp.person.hair, 30000
    roots = scalp.roots(count)
    inside = scalp.inside(roots)
    length = look.length * (0.82 + 0.18 * scalp.chance(count)) * (0.62 + 0.38 * inside)
    to_line = np.clip((roots.points[:, 2] + look.drop) + 0.30, 0.25, look.length * 1.1)
    length = np.minimum(length, to_line) * (0.97 + 0.06 * scalp.chance(count))
    height = (0.02 + 0.15 * scalp.chance(count) ** 0.8) * (0.35 + 0.65 * inside) * look.volume
    how = Growth(
        length, height, 20, stiffness=0.55, lift=0.35, stick=0.55, free_below=-0.25, gravity=0.10, noise=0.03, seed=scalp.person.seed
    )
    paths = grow(scalp.surface, roots.points, roots.normals, _bob_flow(scalp), how)
    before_face = (np.abs(paths[..., 0]) < 0.46) & (paths[..., 2] < scalp.front[2] - 0.07) & (paths[..., 1] < -0.6)
    kept = ~before_face.any(1)
    paths, starts, seed = paths[kept], roots.points[kept], scalp.person.seed
    paths, groups = clump(paths, starts, 520, 0.42, power=1.1, seed=seed)
    paths, _ = clump(paths, starts, 4000, 0.25, power=0.8, seed=seed + 1)
    paths = wave(paths, groups, Wave(np.full(len(paths), look.wave), look.turns, 0.4, 0.4, seed))
    return [Strands("hair", paths, taper(paths, 0.0036, scalp.random, tip=0.3), scalp.dye())]


def _short_flow(side: float) -> Flow:
    """Combed to one side on top, back and down at the sides."""

    def flow(places: Floats, t: float, away: Floats) -> Floats:
        level = smoothstep(0.30, 0.80, away[:, 2])[:, None]
        front = smoothstep(-0.2, -1.2, places[:, 1])[:, None]
        top = np.array([side * 0.85, 0.25, 0.0]) * level + front * level * np.array([side * 0.15, 0.35, 0.40 * (1 - t)])
        back = smoothstep(-0.5, 0.4, places[:, 1])[:, None] * np.array([0, -0.1, -0.5])
        sides = (np.array([0, 0.75, -0.8]) + back) * (1 - level)
        return unit(along_skin(top + sides, away) + away * (0.25 * level * (1 - t) + 0.05))

    return flow


def _short(scalp: Scalp) -> list[Strands]:
    """Short sides, longer on top."""
    look = scalp.person.hair
    count = 26000 if look.recede else 42000
    roots = scalp.roots(count)
    inside, back = scalp.inside(roots), smoothstep(-0.1, -1.1, roots.neutral[:, 1])
    up = smoothstep(0.34, 0.80, roots.normals[:, 2]) * smoothstep(0.35, 0.7, roots.neutral[:, 2])
    length = look.side + (look.top - look.side) * up * (0.62 + 0.38 * back)
    length = length * (0.75 + 0.3 * scalp.chance(count)) * (0.45 + 0.55 * inside)
    height = (0.012 + scalp.chance(count) * (0.02 + 0.20 * up * look.top / 0.6)) * (0.4 + 0.6 * inside)
    seed = scalp.person.seed
    how = Growth(length, height, 12, lift=(0.22 + 0.4 * up)[:, None], stick=0.75, gravity=0.05, noise=0.05, seed=seed)
    paths = grow(scalp.surface, roots.points, roots.normals, _short_flow(-float(np.sign(look.part))), how)
    paths, groups = clump(paths, roots.points, 700, 0.55, power=1.2, seed=seed)
    if look.style == "wavy_short":
        paths = wave(paths, groups, Wave(0.035 * up + 0.006, 1.6, 0.4, 0.5, seed))
    return [Strands("hair", paths, taper(paths, 0.0034, scalp.random, tip=0.3), scalp.dye())]


def _curly(scalp: Scalp) -> list[Strands]:
    """A cloud of tight curls."""

    def flow(places: Floats, t: float, away: Floats) -> Floats:
        outwards = along_skin(places - np.array([0, -0.5, 0.4]), away)
        return unit(away * (1.0 - 0.55 * t) + np.array([0, 0.12, -0.35]) * t + outwards * 0.5)

    look, count, seed = scalp.person.hair, 24000, scalp.person.seed
    roots = scalp.roots(count)
    inside = scalp.inside(roots)
    length = look.length * (0.6 + 0.4 * scalp.chance(count)) * (0.3 + 0.7 * inside)
    height = (0.03 + look.volume * scalp.chance(count) ** 0.7) * (0.4 + 0.6 * inside)
    how = Growth(length * 0.55, height, 40, stiffness=0.6, lift=0.8, stick=0.4, gravity=0.1, noise=0.16, seed=seed)
    paths = grow(scalp.surface, roots.points, roots.normals, flow, how)
    paths, groups = clump(paths, roots.points, 900, 0.8, power=0.6, seed=seed)
    paths = wave(paths, groups, Wave((0.022 + 0.028 * scalp.chance(int(groups.max()) + 1))[groups], 5.0, 0.5, 0.12, seed))
    return [Strands("hair", paths, taper(paths, 0.0036, scalp.random, tip=0.5), scalp.dye())]


def _bun(scalp: Scalp) -> list[Strands]:
    """Drawn up tightly into a knot on the crown."""
    knot = np.array([0, 0.10, scalp.top + 0.02])

    def flow(places: Floats, _: float, away: Floats) -> Floats:
        return unit(along_skin(knot - places, away) + 0.06 * (knot - places))

    count, seed = 34000, scalp.person.seed
    roots = scalp.roots(count)
    length = np.linalg.norm(knot - roots.points, axis=1) * 1.28 + 0.05
    height = (0.012 + 0.06 * scalp.chance(count)) * (0.35 + 0.65 * scalp.inside(roots))
    how = Growth(length, height, 20, stiffness=0.35, lift=0.12, stick=0.8, noise=0.012, seed=seed)
    paths = grow(scalp.surface, roots.points, roots.normals, flow, how)
    paths, _ = clump(paths, roots.points, 500, 0.4, power=1.0, seed=seed)
    drawn = Strands("hair", paths, taper(paths, 0.0036, scalp.random, tip=0.6), scalp.dye())
    return [drawn, _knot(scalp, knot)]


def _knot(scalp: Scalp, middle: Floats) -> Strands:
    """The knot itself: strands wound around a ring."""
    count, random = 6000, scalp.random
    turn, twist = random.random(count)[:, None] * 6.283, random.normal(size=count)[:, None] * 0.9
    thick = 0.19 * random.random(count)[:, None] ** 0.33
    t = np.linspace(0, 1, 30)
    around = turn + t * 3.6
    winding = twist * 2 + t * 1.6 + np.floor(turn / 6.283 * 3) * 2.1
    far = 0.17 + thick * np.cos(winding)
    ring = np.stack([far * np.cos(around), far * np.sin(around) * 0.95, thick * np.sin(winding) * 1.15], -1)
    paths = ring + middle + np.array([0, 0.03, 0.12])
    return Strands("bun", paths, taper(paths, 0.0038, random, tip=0.6), scalp.dye())
