"""Reads a table that somebody handed in as a file: CSV as spreadsheets write it, in the alphabet they write it in. Pure."""

import re
from dataclasses import dataclass
from typing import Final

from app.studio.errors import FilmRefused
from tenants.errors import TableUnreadable
from tenants.table_file import letters_of, lines_of

FILE_BYTES_MAX: Final = 2_000_000
ROWS_MAX: Final = 500
COLUMNS_MAX: Final = 40
CELL_LETTERS_MAX: Final = 1_000
HEADING_LETTERS_MAX: Final = 60
WESTERN, CHINESE, JAPANESE = "Windows-1252", "GB18030", "Shift JIS"
_LONG_RUN: Final = re.compile(rb"[\x80-\xff]{3}")
_SELDOM_WESTERN: Final = frozenset("\u201a\u0192\u2020\u2021\u02c6\u2030\u2039\u02dc\u203a")
"""Signs of Windows-1252 that hardly stand in a table, but are what Shift JIS and others look like in it."""
_JAPANESE_LETTERS_MIN: Final = 2
_CELL_ENDS: Final = re.compile(r"[,;|\t\r\n\"]+")
_TOUCHES_LATIN: Final = re.compile(r"(?<=[A-Za-z])[^\x00-\x7f]|[^\x00-\x7f](?=[A-Za-z])")


@dataclass(frozen=True)
class Table:
    """Headings, and the rows beneath them as they stand in the file; a row may have too few or too many cells, and an empty line has none.

    `header_row` is where the headings stand, counted from 1. `alphabet` names the one that was guessed; "" where the file is Unicode.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    header_row: int = 1
    alphabet: str = ""


def read_table(content: bytes) -> Table:
    """Read a file. Raises FilmRefused with what to do instead; a bad row is not looked at here."""
    text, alphabet = _text(content)
    try:
        lines = lines_of(text)
    except TableUnreadable as error:
        raise FilmRefused("The file is no table that can be read. Save it as CSV in your spreadsheet and choose that file.") from error
    filled = [number for number, line in enumerate(lines) if line]
    if len(filled) < 2:
        raise FilmRefused("The table has no rows. Its first line names the columns; beneath it stands one line for each film.")
    header, rows = lines[filled[0]], lines[filled[0] + 1 : filled[-1] + 1]
    if len(filled) - 1 > ROWS_MAX:
        raise FilmRefused(f"The table has {len(filled) - 1} rows; one table makes at most {ROWS_MAX} films. Hand it in in parts.")
    if len(header) > COLUMNS_MAX or any(len(name) > HEADING_LETTERS_MAX for name in header):
        raise FilmRefused(
            f"The table's first line must name its columns: at most {COLUMNS_MAX}, each in at most {HEADING_LETTERS_MAX} letters."
        )
    cells = tuple(tuple(cell[: CELL_LETTERS_MAX + 1] for cell in row[: COLUMNS_MAX + 1]) for row in rows)
    return Table(header, cells, filled[0] + 1, alphabet)


def _text(content: bytes) -> tuple[str, str]:
    """The file's text, and the alphabet that was guessed for it."""
    if not content:
        raise FilmRefused("The file is empty. Save the table again as CSV in your spreadsheet and choose that file.")
    if len(content) > FILE_BYTES_MAX:
        raise FilmRefused(f"The file has more than {FILE_BYTES_MAX // 1_000_000} MB. Hand it in in parts.")
    try:
        return letters_of(content), ""
    except TableUnreadable as error:
        if (guess := _guessed(content)) is None:
            raise FilmRefused(
                "The file's letters cannot be read. Save it as “CSV UTF-8” in your spreadsheet and choose that file."
            ) from error
        return guess


def _guessed(content: bytes) -> tuple[str, str] | None:
    """What is no Unicode as Excel saves it: in Japan Shift JIS, in China GB18030, in the West Windows-1252; None where it may be another.

    Chinese words are runs of bytes above ASCII, two or four to a character; in Western words such letters stand alone or in pairs. Other
    alphabets give Chinese characters that hardly anybody writes.
    """
    if (japanese := _as_japanese(content)) is not None:
        return japanese, JAPANESE
    if _LONG_RUN.search(content):
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError:
            return None
        written = [letter for letter in text if not letter.isascii()]
        return (text, CHINESE) if 2 * sum(map(_is_common, written)) >= len(written) else None
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        return None
    return None if _SELDOM_WESTERN & set(text) else (text, WESTERN)


def _as_japanese(content: bytes) -> str | None:
    """The text, where it is Shift JIS beyond doubt.

    Its kana and usual characters begin with bytes that nobody's Chinese has, Korean, Russian or Taiwanese text has half-width kana in it,
    and accents of the West fall beside Latin letters. So nearly all must be usual, hardly any stand beside a Latin letter, and whole cells
    must be Japanese.
    """
    try:
        text = content.decode("cp932")
    except UnicodeDecodeError:
        return None
    letters = [letter for letter in text if not letter.isascii()]
    usual = sum(map(_is_usual_japanese, letters))
    touching = len(_TOUCHES_LATIN.findall(text))
    cells = ("".join(cell.split()) for cell in _CELL_ENDS.split(text))
    in_whole_cells = sum(len(cell) for cell in cells if not any(map(str.isascii, cell)))
    is_certain = 5 * usual >= 4 * len(letters) and 5 * touching <= len(letters) and in_whole_cells >= _JAPANESE_LETTERS_MIN
    return text if is_certain else None


def _is_usual_japanese(letter: str) -> bool:
    """Whether it is kana, a full-width sign or one of the three thousand characters of JIS X 0208's first level."""
    try:
        code = letter.encode("cp932")
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and 0x81 <= code[0] <= 0x98


def _is_common(letter: str) -> bool:
    """Whether a Chinese character is one of the seven thousand of GB 2312."""
    try:
        letter.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
