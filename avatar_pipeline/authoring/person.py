"""What an invented person looks like, in words and numbers: the whole recipe of a face.

Colours are linear RGB from 0 to 1; lengths are in scene units of 10 cm; shares run from 0 to 1. `shape` names targets of
the head data (a star stands for left and right), `expression` the face units worn in the portrait.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Colour = tuple[float, float, float]
HairStyle = Literal["bob", "short", "wavy_short", "curly", "bun"]
Garment = Literal["crew", "turtle", "shirt", "blazer"]


@dataclass(frozen=True)
class Hair:
    """Hair on the head. `recede` moves the hairline up (negative: down); `drop` is how far a bob falls below the eyes."""

    style: HairStyle
    melanin: float
    redness: float = 0.3
    colour: Colour | None = None  # in place of melanin: grey hair has a colour, not a pigment
    variety: float = 0.14
    scalp: float | None = None  # how much of the hair's colour the skin under it takes; None = by melanin
    part: float = 0.2
    length: float = 1.0
    top: float = 0.5
    side: float = 0.17
    volume: float = 1.0
    recede: float = 0.0
    drop: float = 0.9
    inward: float = 0.5
    wave: float = 0.012
    turns: float = 1.3


@dataclass(frozen=True)
class Brow:
    """Eyebrows: hairs on each side, how thick, how arched."""

    density: int
    thick: float
    arch: float
    colour: Colour | None = None


@dataclass(frozen=True)
class Beard:
    """A beard: length and number of hairs."""

    length: float
    density: int
    melanin: float
    colour: Colour | None = None


@dataclass(frozen=True)
class Clothes:
    """What is worn at the neck. `inner` is the shirt under a blazer, `apron` lies over a crew neck."""

    kind: Garment
    colour: Colour
    inner: Colour = (0.75, 0.75, 0.75)
    apron: Colour | None = None


@dataclass(frozen=True)
class Backdrop:
    """The room behind: its wall, the light from its window, and the small lamps far away, all out of focus."""

    wall: Colour
    light: Colour
    lamps: int
    seed: int


def smiling(smile: float, squint: float, wide: float, **more: float) -> dict[str, float]:
    """The expression of the portrait: a smile, the cheeks that rise with it, and eyes opened against it."""
    both = {"mouthSmile": smile, "cheekSquint": squint, "eyeWide": wide, "mouthDimple": 0.12, **more}
    return {f"{unit}{side}": amount for unit, amount in both.items() for side in ("Left", "Right")}


@dataclass(frozen=True)
class Person:
    """One invented adult."""

    face_id: str
    name: str
    sex: Literal["female", "male"]
    age_years: int
    origin: dict[str, float]
    seed: int
    shape: dict[str, float]
    skin: Colour
    lip: Colour
    eye: Colour
    hair: Hair
    brow: Brow
    clothes: Clothes
    backdrop: Backdrop
    expression: dict[str, float] = field(default_factory=lambda: smiling(0.5, 0.1, 0.25))
    blush: float = 0.3
    lip_gloss: float = 0.44  # roughness: lower is glossier
    lip_line: bool = True  # shade painted where the lips meet
    makeup: float = 0.0
    freckles: float = 0.0
    relief: float = 0.0  # of the skin, see skin_relief.py
    lashes: float = 1.0
    beard: Beard | None = None
    frame: tuple[float, float] = (1.5, -1.72)  # top and bottom of the picture over the eyes

    @property
    def oldness(self) -> float:
        """0 at 25 years, 1 at 90: the mixture of the head data's young and old."""
        return min(1.0, max(0.0, (self.age_years - 25) / 65))

    @property
    def lateness(self) -> float:
        """0 until 42 years, 1 from 60: lines, eye bags, a softer chin."""
        return min(1.0, max(0.0, (self.age_years - 42) / 18))
