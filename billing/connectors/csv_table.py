"""Reads a file that a till or a spreadsheet wrote as a table: its separator and its alphabet are found, not asked for."""

from dataclasses import dataclass
from typing import Final

from billing.errors import ImportRefused
from tenants.errors import TableUnreadable
from tenants.table_file import letters_of, rows_of

FILE_BYTES_MAX: Final = 10_000_000
ROWS_MAX: Final = 50_000
COLUMNS_MAX: Final = 100
CELL_LENGTH_MAX: Final = 1000
OLD_WINDOWS: Final = "cp1252"
"""The alphabet of western spreadsheets that write no Unicode."""


@dataclass(frozen=True, slots=True)
class Table:
    """The names in the first line, and the rows below; `rows[0]` is the file's line 2 unless a cell holds line breaks."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def read_table(content: bytes) -> Table:
    """Raises ImportRefused with a sentence where the file is no table of a readable size."""
    if len(content) > FILE_BYTES_MAX:
        raise ImportRefused(f"A file may have {FILE_BYTES_MAX // 1_000_000} MB; split it by months.")
    try:
        rows = rows_of(letters_of(content, OLD_WINDOWS))
    except TableUnreadable as error:
        raise ImportRefused(f"The file cannot be read as a table: {error}.") from error
    if len(rows) < 2:
        raise ImportRefused("The file needs a first line with the columns' names, and at least one row below it.")
    if len(rows) - 1 > ROWS_MAX:
        raise ImportRefused(f"A file may have {ROWS_MAX} rows; split it by months.")
    names = rows[0]
    if len(names) > COLUMNS_MAX or len(set(names)) != len(names):
        raise ImportRefused("Every column needs a name of its own in the first line.")
    width = len(names)
    return Table(names, tuple((*row[:width], *("",) * (width - len(row))) for row in rows[1:]))
