"""One person's head: the base mesh with sex, age, origin and features applied, wearing the portrait's expression.

Axes as Blender has them: x to the image's right, y away from the viewer, z up, 0 at the eyes.
"""

from __future__ import annotations

import numpy as np

from avatar_pipeline.authoring.head_data import EYES_GROUP, Floats, HeadData
from avatar_pipeline.authoring.person import Person

_LATE = {
    "eyes/*-eye-bag-incr": 0.45,
    "mouth/mouth-laugh-lines-in": 0.6,
    "head/head-age-incr": 0.3,
    "neck/neck-double-incr": 0.25,
}


class Head:
    """A person's vertices. `neutral` (V, 3) is the base mesh, on which hairline, brows and necklines are defined once for all."""

    def __init__(self, data: HeadData, person: Person) -> None:
        self.data, self.person = data, person
        shaped = data.positions + _identity(data, person)
        self._units = {name: data.unit(name) for name in data.unit_names}
        self._worn = shaped + sum((w * self._units[name] for name, w in person.expression.items()), np.zeros_like(shaped))
        self._eye_level = float(shaped[data.group(EYES_GROUP)].mean(0)[1])
        self.neutral = _turned(data.positions, float(data.positions[data.group(EYES_GROUP)].mean(0)[1]))
        self.rest = self.posed({})
        self.eyes = {side: self.rest[data.group(f"helper-{side}-eye")].mean(0) for side in "lr"}
        near = self.rest[data.group(EYES_GROUP)] - self.eyes["l"]
        self.eye_radius = float(np.linalg.norm(near, axis=1).mean())

    def posed(self, pose: dict[str, float]) -> Floats:
        """All vertices (V, 3) with the units of `pose` added to the portrait's expression."""
        moved = self._worn
        for name, amount in pose.items():
            moved = moved + amount * self._units[name]
        return _turned(moved, self._eye_level)


def _turned(positions: Floats, eye_level: float) -> Floats:
    """From the data's axes to Blender's, with 0 at the eyes."""
    return np.stack([positions[:, 0], -positions[:, 2], positions[:, 1] - eye_level], -1)


def _identity(data: HeadData, person: Person) -> Floats:
    """The sum of all targets that make this person of the base mesh."""
    total = np.zeros_like(data.positions)
    ages = (("young", 1 - person.oldness), ("old", person.oldness))
    for origin, share in person.origin.items():
        for age, weight in ages:
            total += share * weight * data.target(f"macrodetails/{origin}-{person.sex}-{age}")
    for age, weight in ages:
        total += weight * data.target(f"macrodetails/universal-{person.sex}-{age}-averagemuscle-averageweight")
    late = {name: amount * person.lateness for name, amount in _LATE.items() if person.lateness}
    for name, amount in {**person.shape, **late}.items():
        total += amount * data.feature(name)
    return total
