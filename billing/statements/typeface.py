"""The letters of a statement's document: each run of a text in the first typeface that knows its letters.

The document library's own face knows the West of Europe. Noto Sans (a package, embedded in the file) knows Greek, Cyrillic and every
Latin alphabet. Chinese, Japanese and Korean are left to the faces every reader of PDF brings for them, by their standard names.
"""

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # type: ignore[import-untyped]
from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]

_WIDE: Final = "Noto Sans"
_EAST: Final = (
    ("HYSMyeongJo-Medium", ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7AF))),  # Korean
    ("HeiseiMin-W3", ((0x3040, 0x30FF),)),  # Japanese syllables
    ("STSong-Light", ((0x2E80, 0x303F), (0x31C0, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF))),  # Chinese, and signs all three share
)


def face(*, bold: bool = False) -> str:
    """The name of the document's own typeface, ready for use."""
    return _ready("VeraBd" if bold else "Vera")


def markup(text: str, *, bold: bool = False) -> str:
    """A text as a paragraph's markup: runs that the document's own typeface does not know name the one that does."""
    own = face(bold=bold)
    runs = ((name, escape("".join(letters))) for name, letters in groupby(text, lambda letter: _face_of(letter, own)))
    return "".join(run if name == own else f'<font name="{name}">{run}</font>' for name, run in runs)


def _face_of(letter: str, own: str) -> str:
    code = ord(letter)
    if code in _letters(own):
        return own
    east = (name for name, spans in _EAST if any(first <= code <= last for first, last in spans))
    return _ready(next(east, _WIDE))


@cache
def _letters(name: str) -> frozenset[int]:
    return frozenset(pdfmetrics.getFont(_ready(name)).face.charToGlyph)


def _ready(name: str) -> str:
    """Register a typeface at its first use."""
    if name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(_MAKERS.get(name, UnicodeCIDFont)(name))
    return name


def _own(name: str) -> Any:
    return TTFont(name, f"{name}.ttf")


def _wide(name: str) -> Any:
    return TTFont(name, str(files("fontpkg_noto_sans").joinpath("files/NotoSans[wdth,wght].ttf")))


_MAKERS: Final[dict[str, Callable[[str], Any]]] = {"Vera": _own, "VeraBd": _own, _WIDE: _wide}
