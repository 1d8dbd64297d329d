"""Rows that describe products become facts: a price is read or left unsaid with its reason, and nothing is guessed."""

from collections import Counter
from collections.abc import Mapping, Sequence

from app.conversations.guardrails.acceptable_use import refused_because
from app.conversations.guardrails.instructions import is_instruction
from app.conversations.guardrails.plain_text import clean
from app.conversations.knowledge.pieces import Piece, ProductFact
from app.conversations.knowledge.prices import PriceUnreadable, currency_in, read_price, say_price, split_unit, unit_of
from app.conversations.knowledge.sentences import split_sentences

CELL_LENGTH_MAX = 600
Cells = Mapping[str, str]
"""One row's cells by kind (columns.TITLES)."""

_IN_STOCK = {"yes", "y", "true", "in stock", "available", "oui", "ja", "有", "あり", "在庫あり"}
_SOLD_OUT = {"no", "n", "false", "sold out", "out of stock", "unavailable", "none", "non", "nein", "无", "なし", "在庫なし"}
_NOT_YET = {"preorder", "pre order", "backorder", "discontinued"}
"""Feeds say these of what cannot be taken home today; the mind says neither "in stock" nor "sold out"."""


def products_of(
    rows: Sequence[tuple[int, Cells]],
    column_currency: str | None,
    warnings: list[str],
    *,
    heading: str = "Price list",
    page: int | None = None,
) -> list[Piece]:
    """Read numbered rows; what cannot be read is added to `warnings`, one sentence each. The same name twice counts once.

    Rows of one name that differ in size or colour are products of their own: "Rain jacket, L".
    """
    cleaned = [(number, {kind: clean(cell)[:CELL_LENGTH_MAX] for kind, cell in cells.items()}) for number, cells in rows]
    repeated = {name for name, times in Counter(cells.get("name", "").casefold() for _, cells in cleaned).items() if times > 1}
    pieces: list[Piece] = []
    seen: set[str] = set()
    for number, cells in cleaned:
        name, variant = cells.get("name", ""), cells.get("variant", "")
        if name.casefold() in repeated and variant and variant.casefold() not in name.casefold():
            cells = {**cells, "name": f"{name}, {variant}"}  # noqa: PLW2901 - the row, told more exactly
        problem = _row_problem(cells, seen)
        if problem:
            warnings.append(f"Row {number} was left out: {problem}.")
            continue
        seen.add(cells["name"].casefold())
        pieces.append(_piece(_fact(cells, column_currency, number, warnings), variant, heading, page))
    return pieces


def facts_in_words(fact: ProductFact) -> list[str]:
    """What a row's numbers say, as a reader of question and passage reads them: "Price: $4.20.", "In stock: 12."; an empty cell nothing."""
    said = []
    if fact.price_minor is not None and fact.currency:
        said.append(f"Price: {say_price(fact.price_minor, fact.currency)}{f' per {fact.unit}' if fact.unit else ''}.")
    if fact.stock is not None:
        said.append({-1: "In stock.", 0: "Sold out."}.get(fact.stock, f"In stock: {fact.stock}."))
    return said


def _row_problem(cells: Cells, seen: set[str]) -> str:
    name = cells.get("name", "")
    if not name:
        return "it has no product name"
    if name.casefold() in seen:
        return f'"{name}" is already in the list'
    if any(is_instruction(cell) for cell in cells.values()):
        return "a cell gives orders instead of facts"
    why = next((why for cell in cells.values() if (why := refused_because(cell))), None)
    if why:
        return why
    return ""


def _fact(cells: Cells, column_currency: str | None, number: int, warnings: list[str]) -> ProductFact:
    price_minor: int | None = None
    currency = currency_in(cells.get("currency", "")) or column_currency
    text, unit = split_unit(cells.get("price", ""))
    if text:
        try:
            price_minor, currency = read_price(text, currency)
        except PriceUnreadable as error:
            warnings.append(f'Row {number}: the price of "{cells["name"]}" could not be read ({error}); it will not be said.')
    return ProductFact(
        name=cells["name"],
        price_minor=price_minor,
        currency=currency if price_minor is not None else None,
        category=cells.get("category", ""),
        stock=_stock(cells, number, warnings),
        allergens=cells.get("allergens") or None,
        description=cells.get("description", ""),
        url=cells.get("url", ""),
        row_number=number,
        unit=(unit_of(cells.get("unit", "")) or unit) if price_minor is not None else "",
    )


def _stock(cells: Cells, number: int, warnings: list[str]) -> int | None:
    """A count; -1 stands for "yes, but the list does not say how many"; None for "the list does not say"."""
    said = cells.get("stock", "").casefold().replace("_", " ")
    if not said or said in _NOT_YET:
        return None
    if said in _IN_STOCK or said in _SOLD_OUT:
        return -1 if said in _IN_STOCK else 0
    try:
        return max(int(said.replace(",", "")), 0)
    except ValueError:
        warnings.append(f'Row {number}: the stock of "{cells["name"]}" ("{said[:40]}") could not be read.')
        return None


def _piece(fact: ProductFact, variant: str, heading: str, page: int | None) -> Piece:
    """Write a product as a passage that can be found and quoted. The price stays out: it is a fact, said from the row."""
    sentences = [f"{fact.name}."]
    sentences += split_sentences(fact.description)
    if variant and variant.casefold() not in fact.name.casefold():
        sentences.append(f"Size or kind: {variant}.")
    if fact.allergens:
        sentences.append(f"Allergens: {fact.allergens}.")
    return Piece(f"{heading} > {fact.category}" if fact.category else heading, tuple(sentences), fact, page)
