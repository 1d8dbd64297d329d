"""A PDF becomes sections, each with its page: headings are told from their size, lines are joined into paragraphs again."""

import io
from collections.abc import Callable

import pypdf
from pypdf.errors import PyPdfError

from app.conversations.errors import DocumentNotReadable, DocumentTooLarge
from app.conversations.knowledge.pieces import ReadDocument
from app.conversations.knowledge.sections import pieces_of
from app.conversations.readers.pdf_lines import Line, lines_of
from app.conversations.readers.pdf_sections import sections_of_lines

PAGES_MAX = 500
PAGES_NAMED_MAX = 8
Tell = Callable[[int, int], None]
"""Hears how far the reading is: the page at hand and how many there are."""


def read_pdf(name: str, body: bytes, tell: Tell) -> ReadDocument:
    """Read the text of every page.

    Raises DocumentNotReadable (damaged, locked, or pictures of pages without text), DocumentTooLarge over PAGES_MAX, DocumentEmpty.
    """
    pages = _open(name, body).pages
    if len(pages) > PAGES_MAX:
        raise DocumentTooLarge(f"{name} has {len(pages)} pages; at most {PAGES_MAX} can be taught. Please split it.")
    lines: list[Line] = []
    silent: list[int] = []
    for number, page in enumerate(pages, start=1):
        tell(number, len(pages))
        try:
            found = lines_of(page, number)
        except (PyPdfError, KeyError, ValueError, TypeError, AttributeError, IndexError, AssertionError):
            found = []  # a page that is broken inside costs itself, and is named
        lines += found
        if not found:
            silent.append(number)
    if len(silent) == len(pages):
        raise DocumentNotReadable(
            f"{name} holds pictures of pages, but no text: it was probably scanned. Please teach the file it was printed from, or run "
            "text recognition over it first."
        )
    warnings: list[str] = []
    sections = sections_of_lines(name, lines, len(pages), warnings)
    return pieces_of(name, sections, [*_named(silent), *warnings], pages=len(pages))


def _open(name: str, body: bytes) -> pypdf.PdfReader:
    try:
        reader = pypdf.PdfReader(io.BytesIO(body), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise DocumentNotReadable(f"{name} is locked with a password. Please save it without one.")
        if len(reader.pages) == 0:
            raise DocumentNotReadable(f"{name} has no pages.")
    except (PyPdfError, KeyError, ValueError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise DocumentNotReadable(f"{name} is a damaged PDF ({type(error).__name__}). Please export it again.") from None
    return reader


def _named(silent: list[int]) -> list[str]:
    if not silent:
        return []
    shown = ", ".join(map(str, silent[:PAGES_NAMED_MAX])) + (" ..." if len(silent) > PAGES_NAMED_MAX else "")
    return [f"No text was found on page {shown}: probably a picture." if len(silent) == 1 else f"No text was found on pages {shown}."]
