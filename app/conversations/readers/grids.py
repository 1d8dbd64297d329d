"""A table in a page, a letter or a PDF: a price list inside it becomes facts, anything else is told row by row."""

import re
from collections.abc import Sequence

from app.conversations.knowledge.columns import TITLES, columns_of
from app.conversations.knowledge.pieces import Piece
from app.conversations.knowledge.prices import currency_in
from app.conversations.knowledge.products import products_of
from app.conversations.knowledge.sections import SENTENCE_CHARACTERS_MAX, Section, ended, told_row

ROWS_MAX = 2000
_HAS_DIGIT = re.compile(r"\d")


def tell_grid(section: Section, rows: Sequence[Sequence[str]], warnings: list[str]) -> None:
    """Add a table's content to its section. `rows` are the cells as text, the titles first where the table has titles."""
    if not rows:
        return
    if len(rows) > ROWS_MAX:
        warnings.append(f'Only the first {ROWS_MAX:,} rows of a table under "{section.headings[-1]}" were read.')
    titles, *body = rows[:ROWS_MAX]
    products = _products(titles, body, section, warnings)
    if products:
        section.products += products
        return
    has_titles = _are_titles(titles, body)
    told = [told_row(titles, row) for row in body if row] if has_titles else [_joined(row) for row in rows[:ROWS_MAX]]
    section.sentences += [sentence[:SENTENCE_CHARACTERS_MAX] for sentence in told if sentence]


def _products(titles: Sequence[str], body: Sequence[Sequence[str]], section: Section, warnings: list[str]) -> list[Piece]:
    """The products of a price table: its titles name products and prices, and most of its prices can be read. Otherwise none."""
    columns = columns_of(titles)
    is_named = "name" in columns and titles[columns["name"]].strip().casefold() in TITLES["name"]
    if not (is_named and "price" in columns and body):
        return []
    rows = [(number, {kind: row[place] for kind, place in columns.items() if place < len(row)}) for number, row in enumerate(body, start=2)]
    noted: list[str] = []
    pieces = products_of(rows, currency_in(titles[columns["price"]]), noted, heading=" > ".join(section.headings), page=section.page)
    priced = sum(piece.product is not None and piece.product.price_minor is not None for piece in pieces)
    if priced * 2 <= len(rows):
        return []
    where = f"page {section.page}" if section.page else f'the table under "{section.headings[-1]}"'
    warnings += [f"{note[:-1]} ({where})." for note in noted]
    return pieces


def _are_titles(first: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether a first row names the columns: several short cells without a number. A table of two columns is a list of pairs."""
    return bool(body) and len(first) > 2 and all(first[1:]) and not any(_HAS_DIGIT.search(cell) for cell in first)


def _joined(row: Sequence[str]) -> str:
    cells = [cell for cell in row if cell]
    return ended(f"{cells[0]}: {'; '.join(cells[1:])}") if len(cells) > 1 else ended("".join(cells))
