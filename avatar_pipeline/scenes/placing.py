"""Where everything stands: the person, the cards, the strap and the captions, for each shape of picture.

They are drawn as a square that reaches a little below the picture's lower edge, so that their shoulders leave it at the edge and never
in the middle of a wall. Beside a card they step aside; in a tall picture they step down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from avatar_pipeline.scenes.script import Framing, Look, Shape

BELOW: Final = 0.08  # share of their square that lies below the picture: there their shoulders meet the square's sides


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels; it may reach beyond the picture."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class _Stand:
    """Where they stand: their square's side in shorter sides of the picture, and its middle as a share of the width."""

    side: float
    middle: float


_STANDS: Final[dict[Shape, dict[Framing, _Stand]]] = {
    "16:9": {"centre": _Stand(1.06, 0.5), "left": _Stand(1.06, 0.32), "right": _Stand(1.06, 0.68), "close": _Stand(1.34, 0.5)},
    "1:1": {"centre": _Stand(0.94, 0.5), "left": _Stand(0.86, 0.29), "right": _Stand(0.86, 0.71), "close": _Stand(1.3, 0.5)},
    "9:16": {"centre": _Stand(1.26, 0.5), "left": _Stand(1.16, 0.46), "right": _Stand(1.16, 0.54), "close": _Stand(1.5, 0.5)},
}
_FLOOR: Final = 0.82  # of a tall picture's height: below it lies the sheet for captions, or they would cover their mouth
_CARD_STAND: Final[dict[Shape, _Stand]] = {"16:9": _Stand(1.06, 0.32), "1:1": _Stand(0.86, 0.29), "9:16": _Stand(1.12, 0.5)}


def person_box(look: Look, framing: Framing, *, has_card: bool) -> Box:
    """Their square; its side is a multiple of 8, which the renderer likes. Beside a card they step aside even from the centre."""
    width, height = look.size
    stand = _STANDS[look.shape][framing]
    if has_card and (framing in {"centre", "close"} or look.shape == "9:16"):
        stand = _CARD_STAND[look.shape]
    side = round(stand.side * min(width, height) / 8) * 8
    return Box(round(stand.middle * width - side / 2), floor_of(look) - round(side * (1 - BELOW)), side, side)


def floor_of(look: Look) -> int:
    """The row at which the room ends: the picture's foot, or the sheet for captions in a tall picture."""
    return round(look.size[1] * _FLOOR) if look.shape == "9:16" and look.has_captions else look.size[1]


def card_box(look: Look, framing: Framing) -> Box:
    """Where a card stands: beside them, or over their head in a tall picture."""
    width, height = look.size
    if look.shape == "9:16":
        return Box(round(0.07 * width), round(0.065 * height), round(0.86 * width), round(0.165 * height))
    share, edge, tall = (0.33, 0.06, 0.66) if look.shape == "16:9" else (0.38, 0.04, 0.62)
    left = edge if framing == "right" else 1 - edge - share
    return Box(round(left * width), round((0.44 - tall / 2) * height), round(share * width), round(tall * height))


def caption_box(look: Look) -> Box:
    """Where captions stand: at the foot, in a tall picture on the sheet below them."""
    width, height = look.size
    if look.shape == "9:16":
        return Box(round(0.06 * width), floor_of(look), round(0.88 * width), round(0.12 * height))
    return Box(round(0.1 * width), round(0.83 * height), round(0.8 * width), round(0.13 * height))


def strap_box(look: Look, framing: Framing, *, has_card: bool) -> Box:
    """Where the strap with their name covers nothing: beside them, at their collar in a tall picture, else beside the label."""
    width, height, shorter = *look.size, min(look.size)
    tall = round(0.1 * shorter)
    if look.shape == "9:16":
        return Box(round(0.05 * width), round(floor_of(look) - 0.17 * width), round(0.7 * width), tall)
    if has_card or framing == "close" or (look.shape == "1:1" and framing == "centre"):
        left, across = (0.48, 0.48) if has_card and framing == "right" else (0.15 * shorter / width, 0.4 if has_card else 0.6)
        return Box(round(left * width), round(0.035 * shorter), round(across * width), tall)
    if framing == "left":
        return Box(round(0.57 * width), round(0.62 * height), round(0.38 * width), tall)
    return Box(round(0.05 * width), round(0.62 * height), round((0.27 if framing == "centre" else 0.38) * width), tall)
