"""A price list in CSV becomes facts, one per row. Columns are recognised by their titles; every row that cannot be read is named."""

from app.conversations.errors import DocumentEmpty, DocumentNotReadable, DocumentTooLarge, PriceListHasNoNames
from app.conversations.knowledge.columns import columns_of
from app.conversations.knowledge.pieces import ReadDocument
from app.conversations.knowledge.prices import currency_in
from app.conversations.knowledge.products import Cells, products_of
from app.conversations.knowledge.sections import bounded
from tenants.errors import TableUnreadable
from tenants.table_file import rows_of

ROWS_MAX = 5000
FEED_TITLES_SHOWN = 200


def read_price_list(name: str, text: str) -> ReadDocument:
    """Read a CSV price list; a bad cell costs that cell (or row) and earns a warning, never the whole list.

    Raises PriceListHasNoNames, DocumentEmpty, DocumentTooLarge, or DocumentNotReadable for CSV that cannot be divided into rows.
    """
    rows = _rows(name, text)
    columns = columns_of(rows[0])
    if "name" not in columns:
        found = ", ".join(rows[0])[:FEED_TITLES_SHOWN]
        raise PriceListHasNoNames(f'{name} has no column for product names. Please title one "name" (found: {found}).')
    column_currency = currency_in(rows[0][columns["price"]]) if "price" in columns else None
    cells: list[tuple[int, Cells]] = [
        (number, {kind: row[place] for kind, place in columns.items() if place < len(row)}) for number, row in enumerate(rows[1:], start=2)
    ]
    return read_products(name, cells, column_currency)


def read_products(name: str, rows: list[tuple[int, Cells]], column_currency: str | None = None) -> ReadDocument:
    """Read numbered rows whose cells are known by kind. Raises DocumentTooLarge over ROWS_MAX, DocumentEmpty when no row can be taught."""
    if len(rows) > ROWS_MAX:
        raise DocumentTooLarge(f"{name} has {len(rows):,} rows; at most {ROWS_MAX:,} can be taught. Please split it.")
    has_prices = any("price" in cells for _, cells in rows)
    warnings: list[str] = [] if has_prices else ["The list has no price column, so no prices can be said."]
    pieces = products_of(rows, column_currency, warnings)
    if not pieces:
        raise DocumentEmpty(f"{name} holds no product that could be taught. {' '.join(warnings[:3])}")
    return ReadDocument(tuple(pieces), bounded(warnings))


def _rows(name: str, text: str) -> list[tuple[str, ...]]:
    try:
        rows = rows_of(text)
    except TableUnreadable as error:
        raise DocumentNotReadable(f"{name} is not proper CSV: {error}. Please export it again from your spreadsheet.") from None
    if len(rows) < 2:
        raise DocumentEmpty(f"{name} has no rows below its titles.")
    return rows
