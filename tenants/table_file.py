"""Reads a file that somebody handed in as a table: its alphabet and its separator are found, not asked for. Pure.

How large a table may be, what its columns mean and what is said of a bad one differ from room to room and are told there.
"""

import csv
import io
from typing import Final

from tenants.errors import TableUnreadable

SEPARATORS: Final = (",", ";", "\t", "|")
UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


def letters_of(content: bytes, alphabet_else: str = "") -> str:
    """The text of a file as spreadsheets write it: UTF-8 with a mark or without, UTF-16 with one, and what is neither in `alphabet_else`.

    Raises TableUnreadable where no alphabet is left.
    """
    try:
        return content.decode("utf-16" if content.startswith(UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        if not alphabet_else:
            raise TableUnreadable("its letters are not UTF-8") from error
        return content.decode(alphabet_else, "replace")


def rows_of(text: str) -> list[tuple[str, ...]]:
    """The rows that hold something, cell by cell, without the spaces around a cell. Raises TableUnreadable with what is wrong."""
    return [row for row in lines_of(text) if row]


def lines_of(text: str) -> list[tuple[str, ...]]:
    """Every row as a spreadsheet counts them from 1; one that holds nothing is empty. Raises TableUnreadable with what is wrong."""
    if "\x00" in text:
        raise TableUnreadable("it is no text; save it as CSV in your spreadsheet program")
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(SEPARATORS, key=lambda sign: len(next(csv.reader([first], delimiter=sign), ())))
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)  # a quote left open would swallow what follows
    try:
        rows = [tuple(cell.strip() for cell in line) for line in lines]
    except csv.Error as error:
        raise TableUnreadable(f"{error} (line {lines.line_num})") from error
    return [row if any(row) else () for row in rows]
