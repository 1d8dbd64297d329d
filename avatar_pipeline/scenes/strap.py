"""The strap with their name: comes in beneath them as their scene begins, stays long enough to be read, and goes again."""

from __future__ import annotations

from typing import Final

from PIL import ImageDraw

from avatar_pipeline.scenes.layer import Layer, panel
from avatar_pipeline.scenes.lettering import Hand, lines_of, width_of, write
from avatar_pipeline.scenes.placing import Box
from avatar_pipeline.scenes.script import NameStrap, Rgb

COMES_S: Final = 0.5
GOES_S: Final = 4.8
"""On its scene's clock."""


def draw_strap(strap: NameStrap, box: Box, accent: Rgb) -> Layer:
    """Draw the strap: a bar of the shop's colour, the name, and under it what they do."""
    pad, bar = round(box.height * 0.24), max(3, round(box.height * 0.07))
    room = box.width - 2 * pad - bar
    (first, name), (second, title) = _fitting(strap.name, box.height * 0.42, 680, room), _fitting(strap.title, box.height * 0.27, 450, room)
    width = round(max(width_of(first, name), width_of(second, title))) + 2 * pad + bar
    height = box.height if second else round(box.height * 0.72)
    sheet, margin = panel((width, height), box.height * 0.12, (255, 253, 249, 240), box.height * 0.1)
    ImageDraw.Draw(sheet).rounded_rectangle((margin, margin, margin + bar * 2, margin + height - 1), box.height * 0.12, fill=(*accent, 255))
    ImageDraw.Draw(sheet).rectangle((margin + bar, margin, margin + bar * 2, margin + height - 1), fill=(255, 253, 249, 255))
    left = margin + bar + pad
    write(sheet, (left, margin + box.height * (0.47 if second else 0.51)), first, name, (29, 27, 24, 255))
    write(sheet, (left, margin + box.height * 0.82), second, title, (92, 86, 79, 255))
    return Layer.of(sheet, box.x - margin, box.y - margin)


def _fitting(text: str, size: float, weight: int, room: float) -> tuple[str, Hand]:
    """The text in one line, written up to a quarter smaller before it is cut."""
    widest = width_of(text, Hand(round(size), weight))
    hand = Hand(round(size * min(1.0, max(0.75, room / widest if widest else 1.0))), weight)
    return (lines_of(text, hand, room, 1) or [""])[0], hand
