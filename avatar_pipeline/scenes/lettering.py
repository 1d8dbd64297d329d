"""Text set into a picture: which typeface draws which letters, where lines break, and how wide a line becomes.

Noto Sans knows every Latin, Greek and Cyrillic alphabet; its sisters know Chinese, Japanese and Korean. A letter that none of
them knows (an emoji) is left out rather than drawn as an empty box.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from PIL import Image, ImageDraw, ImageFont

Rgba = tuple[int, int, int, int]
WHITE: Final[Rgba] = (255, 255, 255, 255)
_FILES: Final = {  # by the script they are drawn for: the package, and the file in it
    "latin": ("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf"),
    "zh": ("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"),
    "ja": ("pylopdf_fonts_jp", "NotoSansJP-Regular.otf"),
    "ko": ("pylopdf_fonts_ko", "NotoSansKR-Regular.otf"),
}
_KANA: Final = range(0x3040, 0x3100)
_NO_SPACES: Final = (range(0x2E80, 0xA000), range(0xF900, 0xFB00), range(0xFE30, 0xFE50), range(0xFF00, 0xFFF0))
_NEVER_FIRST: Final = frozenset("、。，．！？；：）」』】》”’…ー")
LEADING: Final = 1.28  # from one line's foot to the next, in letter sizes


class Hand(NamedTuple):
    """How a text is written: size in pixels and weight, 400 regular to 700 bold."""

    size_px: int
    weight: int = 400


def width_of(text: str, hand: Hand) -> float:
    """The width of one line in pixels."""
    return sum(_font(name, hand).getlength(run) for name, run in _runs(text))


def write(picture: Image.Image, at: tuple[float, float], text: str, hand: Hand, colour: Rgba = WHITE) -> None:
    """Write one line into `picture`; `at` is its left end on the line its letters stand on."""
    pencil, (x, y) = ImageDraw.Draw(picture), at
    for name, run in _runs(text):
        font = _font(name, hand)
        thick = hand.size_px / 40 if name != "latin" and hand.weight > 500 else 0  # these come in one weight
        pencil.text((x, y), run, font=font, fill=colour, anchor="ls", stroke_width=thick, stroke_fill=colour)
        x += font.getlength(run)


def lines_of(text: str, hand: Hand, width_px: float, lines_max: int) -> list[str]:
    """Break a text into at most so many lines of at most that width; what does not fit ends with an ellipsis."""
    lines: list[str] = []
    for piece in _pieces(text):
        longer = (lines[-1] + piece) if lines else piece.lstrip()
        if not lines or width_of(longer.rstrip(), hand) > width_px:
            lines.append(piece.lstrip())
        else:
            lines[-1] = longer
    lines = [line.rstrip() for line in lines]
    if len(lines) > lines_max:
        lines = [*lines[: lines_max - 1], " ".join(lines[lines_max - 1 :])]
    return [_shortened(line, hand, width_px) for line in lines]


def _shortened(line: str, hand: Hand, width_px: float) -> str:
    if width_of(line, hand) <= width_px:
        return line
    while line and width_of(line + "…", hand) > width_px:
        line = line[:-1].rstrip()
    return line + "…"


def _pieces(text: str) -> list[str]:
    """What may stand at the end of a line: words with the space before them; single signs of scripts without spaces."""
    pieces: list[str] = []
    for word in text.split():
        pieces.append(" ")
        for letter in word:
            alone = any(ord(letter) in span for span in _NO_SPACES) and letter not in _NEVER_FIRST
            if alone and pieces[-1].strip():
                pieces.append(letter)
            else:
                pieces[-1] += letter
    return pieces


def _runs(text: str) -> list[tuple[str, str]]:
    """The text cut where the typeface changes."""
    eastern = "ja" if any(ord(letter) in _KANA for letter in text) else "zh"
    named = [(_name_for(letter, eastern), letter) for letter in text]
    return [(name, "".join(letter for _, letter in run)) for name, run in groupby(named, lambda one: one[0]) if name]


def _name_for(letter: str, eastern: str) -> str:
    return next((name for name in ("latin", eastern, "zh", "ja", "ko") if ord(letter) in _letters(name)), "")


@lru_cache
def _letters(name: str) -> frozenset[int]:
    with TTFont(_file(name), lazy=True) as font:
        return frozenset(font.getBestCmap())


@lru_cache(maxsize=256)
def _font(name: str, hand: Hand) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(_file(name), hand.size_px)
    if name == "latin":
        font.set_variation_by_axes([hand.weight, 100])
    return font


def _file(name: str) -> str:
    package, path = _FILES[name]
    return str(Path(str(files(package))) / path)
