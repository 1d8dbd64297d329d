"""A product feed (Google Merchant XML, JSON or JSON Lines) becomes facts, by the same rules as a price list."""

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from app.conversations.errors import DocumentEmpty, DocumentNotReadable, PriceListHasNoNames
from app.conversations.knowledge.columns import columns_of
from app.conversations.knowledge.pieces import ReadDocument
from app.conversations.knowledge.price_list import read_products
from app.conversations.readers.web_page import plain_text_of

ENTRIES = {"item", "entry"}
"""RSS and Atom call a product so."""
LISTS = ("products", "items", "data", "entries", "results")
"""Where exports of shops keep their list of products."""
FIELD_LENGTH_MAX = 5000


def read_feed_xml(name: str, text: str) -> ReadDocument:
    """Read an RSS or Atom feed of products. Declared entities are refused: no feed needs them, and they can grow without end."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise DocumentNotReadable(f"{name} declares a document type or entities, which a product feed never needs. Please export it again.")
    try:
        return _read(name, list(_entries(text)))
    except ElementTree.ParseError as error:
        raise DocumentNotReadable(f"{name} is not proper XML ({error}). Please export it again.") from None


def read_feed_json(name: str, text: str) -> ReadDocument:
    """Read a list of products, alone or under a name such as "products", or one product per line."""
    try:
        return _read(name, [_flat(one) for record in _records(name, text) for one in _variants(record)])
    except RecursionError:
        raise DocumentNotReadable(f"{name} is nested too deeply to be a list of products.") from None


def _read(name: str, records: list[dict[str, str]]) -> ReadDocument:
    if not records:
        raise DocumentEmpty(f"{name} holds no product.")
    rows: list[tuple[int, Mapping[str, str]]] = []
    for number, record in enumerate(records, start=1):
        columns = columns_of(list(record))
        values = list(record.values())
        rows.append((number, {kind: values[place] for kind, place in columns.items()}))
    if not any("name" in cells for _, cells in rows):
        found = ", ".join(records[0])[:200]
        raise PriceListHasNoNames(f'{name} has no field for product names. Please call it "title" or "name" (found: {found}).')
    return read_products(name, rows)


def _entries(text: str) -> Iterator[dict[str, str]]:
    """The fields of every product. Elements are forgotten once they are read, so that a long feed needs little memory."""
    for _, element in ElementTree.iterparse(io.BytesIO(text.encode())):  # noqa: S314 - no entities are declared, see above
        if _local(element.tag) in ENTRIES:
            fields: dict[str, str] = {}
            for child in element:
                value = child.text or child.get("href") or ""
                if value.strip():
                    fields.setdefault(_local(child.tag), value.strip()[:FIELD_LENGTH_MAX])
            yield _google(fields)
            element.clear()


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _google(fields: dict[str, str]) -> dict[str, str]:
    """A sale price without dates is the price; the product's own type is told rather than Google's long category."""
    kept = dict(fields)
    if kept.get("sale_price") and not kept.get("sale_price_effective_date"):
        kept["price"] = kept["sale_price"]
    kept.pop("sale_price", None)
    if kept.get("product_type"):
        kept.pop("google_product_category", None)
        kept["product_type"] = kept["product_type"].rpartition(">")[2].strip()
    if "description" in kept and "<" in kept["description"]:
        kept["description"] = plain_text_of(kept["description"])
    return kept


def _records(name: str, text: str) -> list[Mapping[str, Any]]:
    try:
        found = json.loads(text)
    except ValueError:
        found = _lines(name, text)
    if isinstance(found, dict):
        found = next((found[key] for key in LISTS if isinstance(found.get(key), list)), [found])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise DocumentNotReadable(f"{name} is JSON, but no list of products.")
    return found


def _lines(name: str, text: str) -> list[Any]:
    records: list[Any] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                records.append(json.loads(line))
            except ValueError:
                raise DocumentNotReadable(f"{name} is not proper JSON: line {number} cannot be read. Please export it again.") from None
    return records


def _variants(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A product as it is, or one for each size or colour that its export lists under "variants"."""
    variants = record.get("variants")
    if not (isinstance(variants, list) and variants and all(isinstance(one, dict) for one in variants)):
        yield record
        return
    for one in variants:
        own = {key: value for key, value in one.items() if key not in ("title", "name", "id")}
        called = one.get("title", one.get("name", ""))
        yield {**record, **own, "variants": None, "variant": called if len(variants) > 1 else ""}


def _flat(record: Mapping[str, Any]) -> dict[str, str]:
    """One product's fields as text; {"value": 4.5, "currency": "USD"} is a price."""
    fields: dict[str, str] = {}
    for key, value in record.items():
        text = _text_of(value)
        if text:
            fields[str(key)] = text[:FIELD_LENGTH_MAX]
    return _google(fields)


def _text_of(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (str, int, float)):
        return str(value).strip()
    if isinstance(value, dict):
        amount = value.get("value", value.get("amount"))
        currency = value.get("currency", value.get("currencyCode", value.get("currency_code", "")))
        return f"{amount} {currency}".strip() if amount is not None else ""
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return ""
