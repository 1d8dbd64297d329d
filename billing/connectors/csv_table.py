"""Reads a file that a till or a spreadsheet wrote as a table: its separator and its alphabet are found, not asked for."""

import csv
import io
from dataclasses import dataclass
from typing import Final

from billing.errors import ImportRefused

FILE_BYTES_MAX: Final = 10_000_000
ROWS_MAX: Final = 50_000
COLUMNS_MAX: Final = 100
CELL_LENGTH_MAX: Final = 1000
_SEPARATORS: Final = (";", "\t", "|", ",")


@dataclass(frozen=True, slots=True)
class Table:
    """The names in the first line, and the rows below; `rows[0]` is the file's line 2 unless a cell holds line breaks."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def read_table(content: bytes) -> Table:
    """Raises ImportRefused with a sentence where the file is no table of a readable size."""
    if len(content) > FILE_BYTES_MAX:
        raise ImportRefused(f"A file may have {FILE_BYTES_MAX // 1_000_000} MB; split it by months.")
    text = _text(content)
    first, _, _ = text.partition("\n")
    separator = max(_SEPARATORS, key=first.count)
    try:
        rows = [tuple(cell.strip() for cell in row) for row in csv.reader(io.StringIO(text), delimiter=separator)]
    except csv.Error as error:
        raise ImportRefused(f"The file cannot be read as a table: {error}.") from error
    rows = [row for row in rows if any(row)]
    if len(rows) < 2:
        raise ImportRefused("The file needs a first line with the columns' names, and at least one row below it.")
    if len(rows) - 1 > ROWS_MAX:
        raise ImportRefused(f"A file may have {ROWS_MAX} rows; split it by months.")
    names = rows[0]
    if len(names) > COLUMNS_MAX or len(set(names)) != len(names):
        raise ImportRefused("Every column needs a name of its own in the first line.")
    width = len(names)
    return Table(names, tuple((*row[:width], *("",) * (width - len(row))) for row in rows[1:]))


def _text(content: bytes) -> str:
    """Spreadsheets write UTF-8 with a mark, UTF-16, or the old alphabet of western Windows."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
