"""The letters of a statement's document: each run of a text in the first typeface that knows its letters.

The document library's own face knows the West of Europe. Noto Sans knows Greek, Cyrillic and every Latin alphabet; its sisters know
Korean, Japanese and Chinese. All come as packages, and the letters that are used are embedded, so every reader shows the same page.
One Chinese sign has several shapes: in a text with Japanese syllables it takes the Japanese one, beside Korean ones the Korean.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]

from billing.statements.outlines import OutlineFont

_WIDE: Final = "Noto Sans"
_CHINESE: Final = "Noto Sans SC"
_SYLLABLES: Final = {
    "Noto Sans KR": ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7AF)),
    "Noto Sans JP": ((0x3040, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9D)),
}
_IDEOGRAPHS: Final = (
    (0x2E80, 0x303F),
    (0x3190, 0x31EF),
    (0x3200, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFE30, 0xFE4F),
    (0xFF00, 0xFFEF),
    (0x20000, 0x3FFFF),
)
_PACKAGES: Final = {
    "Noto Sans KR": ("pylopdf_fonts_ko", "NotoSansKR-Regular.otf"), "Noto Sans JP": ("pylopdf_fonts_jp", "NotoSansJP-Regular.otf"),
    _CHINESE: ("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"),
}  # fmt: skip


def face(*, bold: bool = False) -> str:
    """The name of the document's own typeface, ready for use."""
    return _ready("VeraBd" if bold else "Vera")


def markup(text: str, *, bold: bool = False) -> str:
    """A text as a paragraph's markup: runs that the document's own typeface does not know name the one that does."""
    own, east = face(bold=bold), _eastern(text)
    runs = ((name, escape("".join(letters))) for name, letters in groupby(text, lambda letter: _face_of(letter, own, east)))
    return "".join(run if name == own else f'<font name="{name}">{run}</font>' for name, run in runs)


def _eastern(text: str) -> str:
    """The typeface of a text's Chinese signs: that of the syllables they stand among, else the Chinese one."""
    return next((name for name in _SYLLABLES if any(_lies_in(letter, _SYLLABLES[name]) for letter in text)), _CHINESE)


def _face_of(letter: str, own: str, east: str) -> str:
    if ord(letter) in _letters(own):
        return own
    syllables = next((name for name, spans in _SYLLABLES.items() if _lies_in(letter, spans)), None)
    wanted = [syllables] if syllables else [east, _CHINESE] if _lies_in(letter, _IDEOGRAPHS) else []
    return next((name for name in wanted if ord(letter) in _letters(name)), _ready(_WIDE))


def _lies_in(letter: str, spans: Sequence[tuple[int, int]]) -> bool:
    return any(first <= ord(letter) <= last for first, last in spans)


@cache
def _letters(name: str) -> frozenset[int]:
    return frozenset(pdfmetrics.getFont(_ready(name)).face.charToGlyph)


def _ready(name: str) -> str:
    """Register a typeface at its first use."""
    if name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(_made(name))
    return name


def _made(name: str) -> Any:
    if name in _PACKAGES:
        package, file = _PACKAGES[name]
        return OutlineFont(name, Path(str(files(package).joinpath(file))))
    wide = str(files("fontpkg_noto_sans").joinpath("files/NotoSans[wdth,wght].ttf"))
    return TTFont(name, wide if name == _WIDE else f"{name}.ttf")
