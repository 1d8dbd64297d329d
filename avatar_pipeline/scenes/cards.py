"""The cards beside them: a product with its price, a coupon with a code to scan. Drawn once, laid over many frames."""

from __future__ import annotations

from typing import Final

import segno
from PIL import Image, ImageDraw

from avatar_pipeline.scenes.layer import Layer, panel, rounded
from avatar_pipeline.scenes.lettering import LEADING, Hand, Rgba, lines_of, width_of, write
from avatar_pipeline.scenes.picture_file import covering, open_picture
from avatar_pipeline.scenes.placing import Box
from avatar_pipeline.scenes.script import Card, CouponCard, ProductCard, Rgb

PAPER: Final[Rgba] = (255, 253, 249, 255)
INK: Final[Rgba] = (29, 27, 24, 255)
SOFT: Final[Rgba] = (92, 86, 79, 255)
QUIET_SQUARES: Final = 4
_TITLE, _TERMS, _SLIP, _AFTER_SLIP = 46, 26, 84, 18  # sizes of a coupon's words and of the slip with its code, in units
_LEAD: Final = 11  # what a line of the title's size has above its letters


class Sheet:
    """A card being drawn: lengths are shares of `unit`, the height of a 1080-pixel picture's thousandth."""

    def __init__(self, size: tuple[int, int], unit: float) -> None:
        self.unit, self.width, self.height = unit, *size
        self.picture, self.margin = panel(size, 26 * unit, PAPER, 18 * unit)

    def text(self, at: tuple[float, float], words: str, hand: Hand, colour: Rgba = INK, *, width: float, lines_max: int) -> float:
        """Write lines whose first one hangs from `at`; gives where the next thing may begin."""
        x, y = at
        for line in lines_of(words, hand, width, lines_max):
            write(self.picture, (self.margin + x, self.margin + y + hand.size_px * 0.98), line, hand, colour)
            y += hand.size_px * LEADING
        return y

    def paste(self, picture: Image.Image, x: float, y: float) -> None:
        """Lay a picture on the card."""
        self.picture.alpha_composite(picture, (self.margin + round(x), self.margin + round(y)))

    def hand(self, size: float, weight: int = 400) -> Hand:
        """A way of writing, in thousandths of the picture's shorter side."""
        return Hand(max(8, round(size * self.unit)), weight)


def draw_card(card: Card, box: Box, accent: Rgb, shorter_px: int) -> Layer:
    """Draw a card into its box. Raises PictureUnreadable for a product's picture that cannot be opened."""
    unit = shorter_px / 1000
    sheet = _product(card, box, accent, unit) if isinstance(card, ProductCard) else _coupon(card, box, accent, unit)
    height = sheet.picture.height - 2 * sheet.margin
    return Layer.of(sheet.picture, box.x - sheet.margin, box.y + (box.height - height) // 2 - sheet.margin)


def _product(card: ProductCard, box: Box, accent: Rgb, unit: float) -> Sheet:
    is_wide, pad = box.width > 1.4 * box.height, 30 * unit
    side = round(box.height - 2 * pad) if is_wide else 0
    photo = open_picture(card.picture) if card.picture else None
    across = box.width - 2 * pad - (side + pad if is_wide and photo else 0)
    tall = box.height if is_wide and photo else round(_product_height(card, box, unit, has_photo=photo is not None))
    sheet = Sheet((box.width, tall), unit)
    x, y = pad, pad
    if photo and is_wide:
        sheet.paste(rounded(covering(photo, (side, side)), 14 * unit), pad, pad)
        x += side + pad
    elif photo:
        size = (box.width, round(box.width * 0.72))
        sheet.paste(rounded(covering(photo, size), 26 * unit, (True, True, False, False)), 0, 0)
        y = round(size[1] + pad * 0.8)
    y = sheet.text((x, y), card.title, sheet.hand(44, 650), width=across, lines_max=2)
    if card.price:
        y = sheet.text((x, y + 4 * unit), card.price, sheet.hand(58, 700), (*accent, 255), width=across, lines_max=1)
    if card.note:
        sheet.text((x, y + 6 * unit), card.note, sheet.hand(30), SOFT, width=across, lines_max=2)
    return sheet


def _product_height(card: ProductCard, box: Box, unit: float, *, has_photo: bool) -> float:
    across, pad = box.width - 60 * unit, 30 * unit
    title = len(lines_of(card.title, Hand(round(44 * unit), 650), across, 2))
    note = len(lines_of(card.note, Hand(round(30 * unit)), across, 2)) if card.note else 0
    rows = (44 * title + (58 if card.price else 0) + 30 * note) * unit * LEADING
    return (box.width * 0.72 + pad * 0.8 if has_photo else pad) + rows + pad + 10 * unit


def _coupon(card: CouponCard, box: Box, accent: Rgb, unit: float) -> Sheet:
    """Words above the square code, or beside it in a wide box. The paper around it is its quiet zone; the card ends where they end."""
    is_wide, pad = box.width > 1.4 * box.height, 30 * unit
    code, quiet = None, pad
    if card.link and is_wide:
        code, quiet = _code(card.link, box.height, pad)
    across = box.width - 2 * pad - (code.width + quiet if code else 0)
    rows = _coupon_rows(card, across, unit)
    if card.link and not is_wide:
        code, quiet = _code(card.link, min(box.width, box.height - rows - pad), pad)
    if is_wide:
        tall = max(rows, code.height if code else 0.0) + 2 * max(pad, quiet)
    else:
        tall = pad + rows + (2 * quiet + code.height if code else pad)
    sheet = Sheet((box.width, round(tall)), unit)
    x, y = pad, (tall - rows) / 2 if is_wide else pad
    y = sheet.text((x, y - _LEAD * unit), card.title, sheet.hand(_TITLE, 700), (*accent, 255), width=across, lines_max=2)
    y = draw_slip(sheet, card.code, (x, y + 12 * unit), across, accent)
    if card.terms:
        sheet.text((x, y), card.terms, sheet.hand(_TERMS), SOFT, width=across, lines_max=2)
    if code:
        at = (
            (box.width - quiet - code.width, (tall - code.height) / 2)
            if is_wide
            else ((box.width - code.width) / 2, tall - quiet - code.height)
        )
        sheet.paste(code, *at)
    return sheet


def _coupon_rows(card: CouponCard, across: float, unit: float) -> float:
    """How tall a coupon's words are, from the first letter's head to the last one's foot."""
    head = len(lines_of(card.title, Hand(round(_TITLE * unit), 700), across, 2)) * _TITLE * LEADING - _LEAD
    foot = len(lines_of(card.terms, Hand(round(_TERMS * unit)), across, 2)) * _TERMS * LEADING if card.terms else 0.0
    return (head + 12 + _SLIP + (_AFTER_SLIP + foot if foot else 0.0)) * unit


def _code(link: str, room_px: float, pad: float) -> tuple[Image.Image, float]:
    """The link as a square code, and the paper around it within its room: four of its squares, or the margin `pad` if that is more."""
    squares = len(segno.make(link, error="m", micro=False).matrix)
    code = qr_picture(link, int(min(room_px / (1 + 2 * QUIET_SQUARES / squares), room_px - 2 * pad)), quiet_squares=0)
    return code, max(pad, QUIET_SQUARES * code.width / squares)


def draw_slip(sheet: Sheet, code: str, at: tuple[float, float], width: float, accent: Rgb) -> float:
    """The code in a dashed frame, as on a paper coupon; long codes are written smaller."""
    x, y, height = at[0], at[1], _SLIP * sheet.unit
    size: float = 46
    while size > 18 and width_of(code, sheet.hand(size, 600)) > width - 30 * sheet.unit:
        size -= 2
    hand = sheet.hand(size, 600)
    left, top = sheet.margin + x, sheet.margin + y
    tint = Image.new("RGBA", (round(width), round(height)), (*accent, 22))
    sheet.paste(rounded(tint, 12 * sheet.unit, opacity=22), x, y)
    pencil = ImageDraw.Draw(sheet.picture)
    dash, thick = 13 * sheet.unit, max(1, round(2.5 * sheet.unit))
    for edge in (top, top + height):
        for start in range(int(left + dash), int(left + width - dash), round(2 * dash)):
            pencil.line((start, edge, start + dash, edge), fill=(*accent, 255), width=thick)
    for edge in (left, left + width):
        for start in range(int(top + dash), int(top + height - dash), round(2 * dash)):
            pencil.line((edge, start, edge, start + dash), fill=(*accent, 255), width=thick)
    begin = left + (width - width_of(code, hand)) / 2
    write(sheet.picture, (begin, top + height / 2 + hand.size_px * 0.36), code, hand, INK)
    return y + height + _AFTER_SLIP * sheet.unit


def qr_picture(link: str, side_px: int, quiet_squares: int = QUIET_SQUARES) -> Image.Image:
    """The link as a QR symbol with its quiet zone, in whole pixels for each square, at most `side_px` wide."""
    rows = [list(row) for row in segno.make(link, error="m", micro=False).matrix]
    squares = len(rows) + 2 * quiet_squares
    picture = Image.new("RGBA", (squares, squares), PAPER)
    for y, row in enumerate(rows):
        for x, is_dark in enumerate(row):
            if is_dark:
                picture.putpixel((x + quiet_squares, y + quiet_squares), INK)
    each = max(1, side_px // squares)
    return picture.resize((squares * each, squares * each), Image.Resampling.NEAREST)
