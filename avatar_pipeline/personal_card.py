"""A card for one person: who made it above, whom it is for below, and a coupon a till can scan. One picture, drawn in a moment.

It says on its face and in its file that AI made it (GB 45438-2025 for pictures): the mark over the portrait, a line at the foot, and
the label as text in the PNG and as XMP.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple
from xml.sax.saxutils import quoteattr

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from avatar_pipeline.scenes.cards import INK, PAPER, SOFT, Sheet, draw_slip, qr_picture
from avatar_pipeline.scenes.layer import Bytes, rounded
from avatar_pipeline.scenes.lettering import LEADING, Hand, Rgba, lines_of, width_of, write
from avatar_pipeline.scenes.picture_file import covering, open_picture
from avatar_pipeline.scenes.script import Rgb
from avatar_pipeline.stages.label import Label
from avatar_pipeline.trust.papers import FilmPapers

WIDTH_PX: Final = 1080
ACCENT: Final[Rgb] = (15, 106, 92)
_BAND, _FACE, _RING = 400, 420, 14
_PAD: Final = 72
_QR: Final = 250
_NAMESPACE: Final = "http://www.tc260.org.cn/ns/AIGC/1.0/"


@dataclass(frozen=True)
class CardText:
    """What stands on a card; an empty text leaves its line out. `foot` says who made it, and that this was an AI."""

    headline: str
    product: str = ""
    price: str = ""
    offer: str = ""
    code: str = ""
    terms: str = ""
    foot: str = ""


def draw_personal_card(text: CardText, portrait: Path, papers: FilmPapers) -> bytes:
    """Draw the card as PNG, 1080 pixels wide and as high as what stands on it. Raises PictureUnreadable for a portrait that is damaged."""
    lines = [
        *_lines(text.headline, Hand(76, 700), (*ACCENT, 255), 2), *_lines(text.product, Hand(46, 600), INK, 2),
        *_lines(text.price, Hand(46, 700), INK, 1),
    ]  # fmt: skip
    words = _BAND + _FACE // 2 + _RING + 40
    coupon = round(words + sum(line.hand.size_px * LEADING for line in lines) + 48)
    foot = coupon + (_QR + 64 if text.code else 0)
    sheet = _sheet(foot + 96, open_picture(portrait))
    y = float(words)
    for line in lines:
        _centred(sheet, line, y)
        y += line.hand.size_px * LEADING
    if text.code:
        _coupon(sheet, text, coupon)
    for line in _lines(text.foot, Hand(27), SOFT, 1):
        _centred(sheet, line, foot)
    return _png(sheet.picture, papers)


class _Line(NamedTuple):
    words: str
    hand: Hand
    colour: Rgba


def _lines(text: str, hand: Hand, colour: Rgba, lines_max: int) -> list[_Line]:
    return [_Line(words, hand, colour) for words in lines_of(text, hand, WIDTH_PX - 2 * _PAD, lines_max)] if text else []


def _centred(sheet: Sheet, line: _Line, y: float) -> None:
    x = (WIDTH_PX - width_of(line.words, line.hand)) / 2
    write(sheet.picture, (x, y + line.hand.size_px * 0.98), line.words, line.hand, line.colour)


def _sheet(height: int, photo: Image.Image) -> Sheet:
    """The paper with a band in the colours of the portrait's wall, and the portrait in a ring over its lower edge.

    The mark of AI stands in the corner of the band, more than a twentieth of the card's shorter side high.
    """
    sheet = Sheet((WIDTH_PX, height), 1.0)
    sheet.picture = Image.new("RGBA", (WIDTH_PX, height), PAPER)
    pixels = _wall_colours(np.asarray(photo.convert("RGB"))[..., ::-1])
    Label(WIDTH_PX, is_above=True).draw(pixels, 0.0)
    sheet.picture.paste(Image.fromarray(np.ascontiguousarray(pixels[..., ::-1])), (0, 0))
    ring = _FACE + 2 * _RING
    sheet.paste(rounded(Image.new("RGBA", (ring, ring), PAPER), ring / 2), (WIDTH_PX - ring) / 2, _BAND - ring / 2)
    sheet.paste(rounded(covering(photo, (_FACE, _FACE)), _FACE / 2), (WIDTH_PX - _FACE) / 2, _BAND - _FACE / 2)
    return sheet


def _wall_colours(photo: Bytes) -> Bytes:
    """The band (BGR): from what is behind them at the left to what is behind them at the right, where no face reaches."""
    edge = max(1, photo.shape[1] // 12)
    left, right = (side.reshape(-1, 3).mean(axis=0) for side in (photo[: len(photo) // 2, :edge], photo[: len(photo) // 2, -edge:]))
    share = np.linspace(0, 1, WIDTH_PX)[None, :, None]
    return np.ascontiguousarray(np.broadcast_to(np.rint(left * (1 - share) + right * share), (_BAND, WIDTH_PX, 3)).astype(np.uint8))


def _coupon(sheet: Sheet, text: CardText, top: int) -> None:
    """The coupon: its title, the code in a dashed frame, the terms; and the code for the till's scanner."""
    across = WIDTH_PX - 2 * _PAD - _QR - 40
    squares = qr_picture(text.code, _QR)
    sheet.paste(squares, WIDTH_PX - _PAD - squares.width, top + (_QR - squares.height) / 2)
    hands = sheet.hand(40, 650), sheet.hand(26)
    counts = [len(lines_of(words, hand, across, 2)) for words, hand in zip((text.offer, text.terms), hands, strict=True)]
    rows = LEADING * sum(count * hand.size_px for count, hand in zip(counts, hands, strict=True)) + 112
    y = sheet.text((_PAD, top + max(0, (_QR - rows) / 2)), text.offer, hands[0], width=across, lines_max=2)
    y = draw_slip(sheet, text.code, (_PAD, y + 10), across, ACCENT)
    sheet.text((_PAD, y), text.terms, hands[1], SOFT, width=across, lines_max=2)


def _png(picture: Image.Image, papers: FilmPapers) -> bytes:
    """The picture with its papers: the label once as a text of its own, once as XMP, which picture programs keep."""
    told = PngInfo()
    for name, value in papers.metadata.items():
        told.add_itxt(name, value)
    told.add_itxt("XML:com.adobe.xmp", _xmp(papers.metadata["AIGC"]))
    file = io.BytesIO()
    picture.convert("RGB").save(file, "PNG", pnginfo=told, compress_level=6)
    return file.getvalue()


def _xmp(label: str) -> str:
    description = f'<rdf:Description rdf:about="" xmlns:TC260="{_NAMESPACE}" TC260:AIGC={quoteattr(label)}/>'
    inside = f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">{description}</rdf:RDF>'
    return f'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">{inside}</x:xmpmeta><?xpacket end="w"?>'
