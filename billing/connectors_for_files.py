"""What a page needs to ask about a file's columns: the fields a row may have, and how files write days."""

from typing import Final

from billing.connectors.csv_columns import DAY_FORMATS, NAMES_OF_FIELDS, NEEDED, Columns

__all__ = ["DAY_FORMATS", "FIELDS", "NEEDED", "Columns"]

FIELDS: Final = tuple(NAMES_OF_FIELDS)
