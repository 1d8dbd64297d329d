"""A script: the scenes of a film as plain data, `tillhand-script/1` and `/2`.

A scene is what they say, the wall behind them, how they stand in the picture, and what lies over it. Everything a film
shows is written here and nowhere else, so the same script, faces and voice give the same film, byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from avatar_pipeline.speak import Feeling, Gesture

Shape = Literal["16:9", "9:16", "1:1"]
Framing = Literal["centre", "left", "right", "close"]
Rgb = tuple[int, int, int]

SIZES: Final[dict[Shape, tuple[int, int]]] = {"16:9": (1920, 1080), "9:16": (1080, 1920), "1:1": (1080, 1080)}
SCENES_MAX: Final = 200
SCRIPT_CHARACTERS_MAX: Final = 100_000  # of all scenes together: about two hours of film


@dataclass(frozen=True)
class Wall:
    """What is behind them: a soft light between two colours, or a picture that fills the frame (blurred, as a lens would)."""

    top: Rgb = (236, 231, 222)
    bottom: Rgb = (176, 170, 160)
    picture: Path | None = None
    blur: float = 0.012
    """Radius of the blur as a share of the frame's height; 0 leaves the picture sharp."""


@dataclass(frozen=True)
class NameStrap:
    """The strap with a name that comes in beneath them, for the first take of its scene."""

    name: str
    title: str = ""


@dataclass(frozen=True)
class ProductCard:
    """A product beside them."""

    title: str
    price: str = ""
    note: str = ""
    picture: Path | None = None


@dataclass(frozen=True)
class CouponCard:
    """A coupon beside them; `link` is written as a QR code that a telephone opens."""

    code: str
    title: str
    terms: str = ""
    link: str = ""


Card = ProductCard | CouponCard


@dataclass(frozen=True)
class Motion:
    """A gesture of the head, and which sentence of the scene it belongs to: its number from 1, the last one, or every one."""

    gesture: Gesture
    sentence: int | Literal["last", "every"] = 1

    def is_for(self, number: int, count: int) -> bool:
        """Whether the sentence of that number, from 1, of so many, is played with it."""
        return self.sentence == "every" or number == (count if self.sentence == "last" else self.sentence)


@dataclass(frozen=True)
class Scene:
    """One scene. `text` is all they say in it; every sentence becomes a take."""

    text: str
    wall: Wall = Wall()
    framing: Framing = "centre"
    strap: NameStrap | None = None
    card: Card | None = None
    mood: Feeling | None = None
    """How they feel in it; None is what the words of each sentence say."""
    motion: Motion | None = None


@dataclass(frozen=True)
class Music:
    """A bed under their voice: a sound file, or the house's own soft chords when there is none. `level_db` is against full scale."""

    path: Path | None = None
    level_db: float = -24.0


@dataclass(frozen=True)
class Look:
    """The shape of the picture and how large it is: 1.0 is 1080 pixels on the shorter side, 0.5 a quick preview."""

    shape: Shape = "16:9"
    scale: float = 1.0
    has_captions: bool = True
    accent: Rgb = (15, 92, 92)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, both even, as H.264 wants them."""
        width, height = SIZES[self.shape]
        return round(width * self.scale / 4) * 4, round(height * self.scale / 4) * 4


@dataclass(frozen=True)
class Script:
    """A whole film. `seed` makes its motion its own: the same script with another seed moves otherwise."""

    title: str
    scenes: tuple[Scene, ...]
    look: Look = Look()
    music: Music | None = None
    seed: int = 1
