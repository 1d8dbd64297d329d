"""A price list in CSV becomes facts, one per row. Columns are recognised by their titles; every row that cannot be read is named."""

import csv
import io
from collections.abc import Mapping, Sequence

from app.conversations.errors import DocumentEmpty, DocumentNotReadable, DocumentTooLarge, PriceListHasNoNames
from app.conversations.guardrails.instructions import is_instruction
from app.conversations.guardrails.plain_text import clean
from app.conversations.knowledge.pieces import Piece, ProductFact, ReadDocument
from app.conversations.knowledge.prices import PriceUnreadable, currency_in, read_price
from app.conversations.knowledge.sentences import split_sentences

ROWS_MAX = 5000
CELL_LENGTH_MAX = 600
WARNINGS_MAX = 50
_DELIMITERS = ",;\t|"
_TITLES: Mapping[str, tuple[str, ...]] = {
    "name": (
        *("name", "product", "item", "title", "product name", "item name", "article", "artikel", "produit", "nom"),
        *("商品", "商品名", "品名", "名称"),
    ),
    "price": (
        *("price", "unit price", "sale price", "retail price", "amount", "cost", "prix", "preis"),
        *("价格", "单价", "価格", "値段", "税込価格"),
    ),
    "currency": ("currency", "cur", "devise", "währung", "货币", "通貨"),
    "category": (
        *("category", "type", "group", "section", "department", "catégorie", "kategorie"),
        *("类别", "分类", "カテゴリ", "カテゴリー"),
    ),
    "stock": ("stock", "in stock", "quantity", "qty", "available", "availability", "inventory", "bestand", "库存", "在庫"),
    "allergens": ("allergens", "allergen", "contains", "allergènes", "allergene", "过敏原", "アレルゲン", "アレルギー"),
    "description": ("description", "details", "notes", "note", "desc", "beschreibung", "描述", "说明", "説明"),
    "url": ("url", "link", "page", "href", "lien", "链接", "リンク"),
}
_IN_STOCK = {"yes", "y", "true", "in stock", "available", "oui", "有", "あり", "在庫あり"}
_SOLD_OUT = {"no", "n", "false", "sold out", "out of stock", "unavailable", "none", "non", "无", "なし", "在庫なし"}
_LOOSE_TITLE_WORDS = ("name", "price", "currency", "category", "stock", "allergen", "description", "url")


def read_price_list(name: str, text: str) -> ReadDocument:
    """Read a CSV price list; a bad cell costs that cell (or row) and earns a warning, never the whole list.

    Raises PriceListHasNoNames, DocumentEmpty, DocumentTooLarge, or DocumentNotReadable for CSV that cannot be divided into rows.
    """
    rows = _rows(name, text)
    columns = _columns(rows[0])
    if "name" not in columns:
        raise PriceListHasNoNames(f'{name} has no column for product names. Please title one "name" (found: {", ".join(rows[0])[:200]}).')
    column_currency = currency_in(rows[0][columns["price"]]) if "price" in columns else None
    warnings: list[str] = [] if "price" in columns else ["The list has no price column, so no prices can be said."]
    pieces: list[Piece] = []
    seen: set[str] = set()
    for number, row in enumerate(rows[1:], start=2):
        cells = {kind: clean(row[place])[:CELL_LENGTH_MAX] for kind, place in columns.items() if place < len(row)}
        problem = _row_problem(cells, seen)
        if problem:
            warnings.append(f"Row {number} was left out: {problem}.")
            continue
        seen.add(cells["name"].casefold())
        fact = _fact(cells, column_currency, number, warnings)
        pieces.append(_piece(fact))
    if not pieces:
        raise DocumentEmpty(f"{name} holds no product that could be taught. {' '.join(warnings[:3])}")
    hidden = len(warnings) - WARNINGS_MAX
    return ReadDocument(tuple(pieces), (*warnings[:WARNINGS_MAX], *([f"... and {hidden} more."] if hidden > 0 else [])))


def _rows(name: str, text: str) -> list[list[str]]:
    first_line = text.lstrip("\n").split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first_line.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if any(map(str.strip, row))]
    except csv.Error as error:
        raise DocumentNotReadable(f"{name} is not proper CSV: {error}. Please export it again from your spreadsheet.") from None
    if len(rows) < 2:
        raise DocumentEmpty(f"{name} has no rows below its titles.")
    if len(rows) - 1 > ROWS_MAX:
        raise DocumentTooLarge(f"{name} has {len(rows) - 1:,} rows; at most {ROWS_MAX:,} can be taught. Please split it.")
    return rows


def _columns(titles: Sequence[str]) -> dict[str, int]:
    """Match each kind to a column: the exact title first, then a title that contains the kind's word ("Price (USD)")."""
    cleaned = [clean(title).casefold().replace("_", " ") for title in titles]
    found: dict[str, int] = {}
    for kind, names in _TITLES.items():
        exact = [place for place, title in enumerate(cleaned) if title in names and place not in found.values()]
        if exact:
            found[kind] = exact[0]
    for kind, word in zip(_TITLES, _LOOSE_TITLE_WORDS, strict=True):
        loose = [place for place, title in enumerate(cleaned) if word in title and place not in found.values()]
        if kind not in found and loose:
            found[kind] = loose[0]
    return found


def _row_problem(cells: Mapping[str, str], seen: set[str]) -> str:
    name = cells.get("name", "")
    if not name:
        return "it has no product name"
    if name.casefold() in seen:
        return f'"{name}" is already in the list'
    if any(is_instruction(cell) for cell in cells.values()):
        return "a cell gives orders instead of facts"
    return ""


def _fact(cells: Mapping[str, str], column_currency: str | None, number: int, warnings: list[str]) -> ProductFact:
    price_minor: int | None = None
    currency = currency_in(cells.get("currency", "")) or column_currency
    if cells.get("price"):
        try:
            price_minor, currency = read_price(cells["price"], currency)
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
    )


def _stock(cells: Mapping[str, str], number: int, warnings: list[str]) -> int | None:
    """A count; -1 stands for "yes, but the list does not say how many"; None for "the list does not say"."""
    said = cells.get("stock", "").casefold()
    if not said:
        return None
    if said in _IN_STOCK or said in _SOLD_OUT:
        return -1 if said in _IN_STOCK else 0
    try:
        return max(int(said.replace(",", "")), 0)
    except ValueError:
        warnings.append(f'Row {number}: the stock of "{cells["name"]}" ("{said[:40]}") could not be read.')
        return None


def _piece(fact: ProductFact) -> Piece:
    """Write a product as a passage that can be found and quoted. The price stays out: it is a fact, said from the row."""
    sentences = [f"{fact.name}."]
    sentences += split_sentences(fact.description)
    if fact.allergens:
        sentences.append(f"Allergens: {fact.allergens}.")
    return Piece(f"Price list > {fact.category}" if fact.category else "Price list", tuple(sentences), fact)
