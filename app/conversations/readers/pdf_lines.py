"""The lines of a PDF page: what stands at one height, its size and weight, and its cells where there are gaps between them.

A PDF knows no lines, only pieces of text and where they stand. They are taken in the order the file draws them, which is the reading
order in what word processors and browsers print, also in columns.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import hypot
from typing import Any

from pypdf import PageObject
from pypdf.errors import PyPdfError

from app.conversations.guardrails.plain_text import clean

SAME_HEIGHT = 0.45
"""Pieces whose baselines differ by less than this share of their size stand on one line."""
ROW_LENGTH_MAX = 120
MARGIN = 0.09
"""Running heads and feet stand within this share of the page's height from its edge."""
LONE_MARK = re.compile(r"^(?:[•◦▪‣·*–-]|\(?\d{1,3}[.)]?)$")
"""A bullet or a number that stands alone: the mark of a list's item, or a page's number."""
_GAP = re.compile(r" {3,}")


@dataclass(frozen=True)
class Line:
    """One line: its cells (one, where it is plain text), its page, height in points from below, font size, and whether it is bold."""

    cells: tuple[str, ...]
    page: int
    height: float
    size: float
    is_bold: bool
    is_in_margin: bool

    @property
    def text(self) -> str:
        """The whole line."""
        return " ".join(self.cells)


@dataclass
class _Draft:
    parts: list[str]
    height: float
    left: float
    size: float
    is_bold: bool


def lines_of(page: PageObject, number: int) -> list[Line]:
    """Read one page's lines; empty for a page that is a picture. May raise what pypdf raises on a broken page."""
    drafts: list[_Draft] = []
    is_new = True

    def see(text: str, placed: list[float], within: list[float], font: Mapping[str, Any] | None, size: float) -> None:
        nonlocal is_new
        if not text.strip():
            is_new = is_new or "\n" in text
            return
        left, height, points = _place(placed, within, size)
        is_bold = any(word in str((font or {}).get("/BaseFont", "")).lower() for word in ("bold", "black", "heavy", "semibold"))
        *lines, last = text.split("\n")
        for place, part in enumerate([*lines, last]):
            if part.strip():
                _put(drafts, _Draft([part], height, left, points, is_bold), is_new if place == 0 else True)
        is_new = text.endswith("\n")

    page.extract_text(visitor_text=see)
    tall = float(page.mediabox.height) or 1.0
    low = float(page.mediabox.bottom)
    lines = [line for draft in drafts if (line := _line(draft, number, (draft.height - low) / tall)).cells]
    rows = _rows_by_text(page) if any(len(line.text) <= ROW_LENGTH_MAX for line in lines) else {}
    return [replace(line, cells=rows.get(_spaceless(line.text), line.cells)) if len(line.cells) == 1 else line for line in lines]


def _rows_by_text(page: PageObject) -> dict[str, tuple[str, ...]]:
    """The rows of a page's tables by their text: browsers and word processors draw a row as one run, with gaps only the layout shows."""
    try:
        drawn = page.extract_text(extraction_mode="layout")
    except (PyPdfError, KeyError, ValueError, TypeError, AttributeError, IndexError, ZeroDivisionError):
        return {}
    split = (tuple(cell for part in _GAP.split(text.strip()) if (cell := clean(part))) for text in drawn.split("\n"))
    return {_spaceless(" ".join(cells)): cells for cells in split if len(cells) > 1}


def _spaceless(text: str) -> str:
    return "".join(text.split())


def _put(drafts: list[_Draft], part: _Draft, is_new: bool) -> None:
    """Join a piece to the line it continues, as a cell of its own where pypdf saw a break although the height is the same."""
    last = drafts[-1] if drafts else None
    stands_beside = last is not None and abs(last.height - part.height) < SAME_HEIGHT * max(part.size, 1.0)
    if last is None or (is_new and not (stands_beside and part.left > last.left)):
        drafts.append(part)
    elif is_new:
        if LONE_MARK.match(last.parts[-1].strip()):
            last.size, last.is_bold = part.size, part.is_bold  # a list's mark is often set larger than its text
        last.parts.append(part.parts[0])
        last.left = part.left
    else:
        last.parts[-1] += part.parts[0]
        last.is_bold = last.is_bold and part.is_bold


def _place(placed: list[float], within: list[float], size: float) -> tuple[float, float, float]:
    """Where a piece stands and how large it is drawn: its own matrix within the page's."""
    left = within[4] * placed[0] + within[5] * placed[2] + placed[4]
    height = within[4] * placed[1] + within[5] * placed[3] + placed[5]
    scale = hypot(within[2], within[3]) * hypot(placed[2], placed[3])
    return left, height, round(abs(size * scale), 1)


def _line(draft: _Draft, number: int, share: float) -> Line:
    cells = tuple(cell for part in draft.parts if (cell := clean(part)))
    return Line(cells, number, draft.height, draft.size, draft.is_bold, share < MARGIN or share > 1 - MARGIN)
