"""Reads a table that somebody handed in as a file: CSV as spreadsheets write it. Pure."""

from dataclasses import dataclass
from typing import Final

from app.studio.errors import FilmRefused
from tenants.errors import TableUnreadable
from tenants.table_file import letters_of, rows_of

FILE_BYTES_MAX: Final = 2_000_000
ROWS_MAX: Final = 500
COLUMNS_MAX: Final = 40
CELL_LETTERS_MAX: Final = 1_000
HEADING_LETTERS_MAX: Final = 60


@dataclass(frozen=True)
class Table:
    """Headings, and the rows beneath them as they stand in the file; a row may have too few or too many cells."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def read_table(content: bytes) -> Table:
    """Read a file. Raises FilmRefused with what to do instead; a bad row is not looked at here."""
    text = _text(content)
    try:
        filled = rows_of(text)
    except TableUnreadable as error:
        raise FilmRefused("The file is no table that can be read. Save it as CSV in your spreadsheet and choose that file.") from error
    if len(filled) < 2:
        raise FilmRefused("The table has no rows. Its first line names the columns; beneath it stands one line for each film.")
    header, rows = filled[0], filled[1:]
    if len(rows) > ROWS_MAX:
        raise FilmRefused(f"The table has {len(rows)} rows; one table makes at most {ROWS_MAX} films. Hand it in in parts.")
    if len(header) > COLUMNS_MAX or any(len(name) > HEADING_LETTERS_MAX for name in header):
        raise FilmRefused(
            f"The table's first line must name its columns: at most {COLUMNS_MAX}, each in at most {HEADING_LETTERS_MAX} letters."
        )
    return Table(header, tuple(tuple(cell[: CELL_LETTERS_MAX + 1] for cell in row[: COLUMNS_MAX + 1]) for row in rows))


def _text(content: bytes) -> str:
    if not content:
        raise FilmRefused("The file is empty. Save the table again as CSV in your spreadsheet and choose that file.")
    if len(content) > FILE_BYTES_MAX:
        raise FilmRefused(f"The file has more than {FILE_BYTES_MAX // 1_000_000} MB. Hand it in in parts.")
    try:
        return letters_of(content)
    except TableUnreadable as error:
        raise FilmRefused("The file's letters cannot be read. Save it as “CSV UTF-8” in your spreadsheet and choose that file.") from error
