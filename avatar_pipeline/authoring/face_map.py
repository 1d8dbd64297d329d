"""Where on a face is what: the hairline, the beard, the brows' shade, and the skin's colour at every point.

All maps are functions of the neutral mesh's positions, so every person and every expression shares them.
"""

from __future__ import annotations

import numpy as np

from avatar_pipeline.authoring.head_data import Floats
from avatar_pipeline.authoring.person import Colour, Person

_AZIMUTH = [0, 14, 26, 36, 44, 50, 55, 60, 66, 80, 92, 108, 116, 124, 132, 150, 180]
_HAIRLINE = {
    "male": [0.65, 0.65, 0.65, 0.62, 0.52, 0.34, 0.10, -0.14, -0.27, -0.26, 0.06, 0.06, -0.1, -0.32, -0.5, -0.66, -0.70],
    "female": [0.64, 0.64, 0.64, 0.60, 0.51, 0.34, 0.12, -0.04, -0.12, -0.08, 0.06, 0.06, -0.1, -0.30, -0.5, -0.66, -0.70],
}
_RECEDING = ([0, 12, 24, 34, 44, 52, 60], [0.10, 0.16, 0.34, 0.36, 0.22, 0.06, 0])


def smoothstep(low: float, high: float, value: Floats) -> Floats:
    """0 at `low`, 1 at `high`, level at both; `low` may lie above `high`."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def above_hairline(places: Floats, person: Person) -> Floats:
    """How far each neutral place (n, 3) lies above the hairline; positive where hair grows."""
    azimuth = np.degrees(np.arctan2(np.abs(places[:, 0]), -(places[:, 1] + 0.45)))
    line = np.array(_HAIRLINE[person.sex]) + person.hair.recede * np.interp(_AZIMUTH, *_RECEDING)
    return np.asarray(places[:, 2] - np.interp(azimuth, _AZIMUTH, line))


def beard_area(places: Floats) -> Floats:
    """1 where a beard grows, 0 elsewhere."""
    x, y, z = np.abs(places[:, 0]), places[:, 1], places[:, 2]
    across = [0, 0.12, 0.22, 0.34, 0.5, 0.60, 0.66, 0.71, 0.8]
    cheek = np.interp(x, across, [-0.465, -0.465, -0.48, -0.53, -0.50, -0.36, -0.18, 0.05, 0.1])
    neck = np.interp(y, [-1.6, -1.3, -1.0, -0.7, -0.4], [-1.2, -1.16, -1.06, -0.9, -0.55])
    return smoothstep(0, 0.07, cheek - z) * smoothstep(0, 0.1, z - neck) * smoothstep(-0.36, -0.50, y)


def forehead_lines(places: Floats) -> Floats:
    """1 on the forehead, where lines show with age."""
    middle = np.exp(-(((places[:, 2] - 0.45) / 0.2) ** 4) - (places[:, 0] / 0.42) ** 4)
    return np.asarray(middle * (places[:, 1] < -1.0))


def melanin_colour(melanin: float, redness: float) -> Floats:
    """Roughly the colour of hair of that melanin, for the shade it throws on the skin between."""
    fall = np.exp(-np.array([3.2, 3.6, 4.2]) * melanin)
    return np.asarray(np.array([0.55, 0.42, 0.33]) * fall * (1 - np.array([0, 0.25, 0.45]) * redness) + np.array([0.012, 0.009, 0.007]))


def skin_base(colour: Colour) -> Floats:
    """The skin's colour a little richer and darker than named, because light inside it washes it out."""
    named = np.array(colour)
    return np.asarray(named.mean() * (named / named.mean()) ** 1.35 * 0.90)


def skin_colour(person: Person, places: Floats, marks: Floats) -> Floats:
    """The skin's colour (n, 3) at neutral places (n, 3); `marks` (n, 3) are the shares of ear, lip and eyelid there."""
    return _hair_shade(person, places, marks, _makeup(person, places, marks, _bare_skin(person, places, marks)))


def _spot(places: Floats, centre: tuple[float, float], size: tuple[float, float]) -> Floats:
    """A soft spot on both halves of the face's front, at (x, z)."""
    x, z = np.abs(places[:, 0]), places[:, 2]
    front = places[:, 1] < -0.7
    return np.asarray(np.exp(-(((x - centre[0]) / size[0]) ** 2) - ((z - centre[1]) / size[1]) ** 2) * front)


def _mixed(colour: Floats, other: Floats, share: Floats) -> Floats:
    return np.asarray(colour * (1 - share[:, None]) + other * share[:, None])


def _bare_skin(person: Person, places: Floats, marks: Floats) -> Floats:
    """Redder cheeks, nose, ears and chin, shade under the eyes, a lighter forehead."""
    skin = skin_base(person.skin)
    red = skin * np.array([1.03, 0.70, 0.66])
    colour = np.tile(skin, (len(places), 1))
    colour = _mixed(colour, red, person.blush * _spot(places, (0.46, -0.30), (0.22, 0.20)))
    nose = _spot(places, (0, -0.40), (0.13, 0.12)) * (places[:, 1] < -1.45)
    colour = _mixed(colour, red, (0.25 + 0.35 * person.blush) * nose)
    colour = _mixed(colour, red, 0.5 * person.blush * smoothstep(0.1, 0.5, marks[:, 0]))
    colour = _mixed(colour, skin * np.array([0.99, 0.80, 0.76]), 0.3 * _spot(places, (0, -1.0), (0.25, 0.16)))
    under_eyes = (0.38 + 0.25 * person.oldness) * _spot(places, (0.29, -0.155), (0.17, 0.055))
    colour = _mixed(colour, skin * np.array([0.83, 0.72, 0.74]), under_eyes)
    return _mixed(colour, skin * np.array([1.05, 1.03, 0.97]), 0.35 * _spot(places, (0, 0.5), (0.45, 0.3)))


def _makeup(person: Person, places: Floats, marks: Floats, colour: Floats) -> Floats:
    """Eyelids are darker by nature, and darker still when made up."""
    skin, lid = skin_base(person.skin), smoothstep(0.1, 0.8, marks[:, 2])
    colour = _mixed(colour, skin * np.array([0.86, 0.70, 0.68]), 0.35 * lid)
    shadow = lid * smoothstep(0.0, 0.03, places[:, 2]) * 0.8 + 0.5 * _spot(places, (0.36, 0.085), (0.15, 0.05))
    return _mixed(colour, skin * np.array([0.50, 0.36, 0.35]), person.makeup * np.clip(shadow, 0, 1))


def _hair_shade(person: Person, places: Floats, marks: Floats, colour: Floats) -> Floats:
    """What shines through between hairs: the scalp, the roots of a beard, or the bluish shade of a shaven one."""
    skin, off_lips, hair = skin_base(person.skin), 1 - smoothstep(0.15, 0.5, marks[:, 1]), person.hair
    if person.beard:
        roots = skin * 0.45 + melanin_colour(person.beard.melanin, 0.3) * 0.45
        colour = _mixed(colour, roots, 0.42 * beard_area(places) * (1 - smoothstep(0.1, 0.4, marks[:, 0])) * off_lips)
    elif person.sex == "male":
        colour = _mixed(colour, skin * np.array([0.84, 0.86, 0.90]), 0.45 * beard_area(places) * off_lips)
    scalp = hair.scalp if hair.scalp is not None else (0.88 if hair.melanin > 0.4 else 0.25)
    covered = smoothstep(-0.02, 0.16, above_hairline(places, person)) * (1 - smoothstep(0.04, 0.2, marks[:, 0]))
    return _mixed(colour, skin * 0.25 + melanin_colour(hair.melanin, hair.redness) * 0.6, scalp * covered)
