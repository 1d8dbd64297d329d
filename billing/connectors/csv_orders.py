"""Turns a file's rows into messages of our own format: rows with one order number are lines of one order, amounts below zero went back."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from billing.connectors.csv_columns import NEEDED, Columns
from billing.connectors.csv_table import Table
from billing.currencies import exponent_of
from billing.errors import AmountUnreadable, BillingError, CurrencyUnknown, ImportRefused
from billing.inbox.generic import read_delivery
from billing.money import format_amount, parse_amount

PROBLEMS_MAX: Final = 200
_DAY: Final = {"day_first": "%d.%m.%Y", "month_first": "%m.%d.%Y"}
_TIMES: Final = ("", " %H:%M", " %H:%M:%S")
_MARKS_OF_DAYS: Final = re.compile(r"(?<=\d)[/\-](?=\d)")
_SYMBOLS: Final = re.compile(r"[^\d.,\-]")


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that cannot be read: its number in the file (the first below the names is 2), and why."""

    row: int
    why: str


@dataclass(frozen=True, slots=True)
class FileMessage:
    """One message of our own format, without the moment it is told at, and the first row it comes from."""

    row: int
    event_type: str
    data: Mapping[str, Any]

    def body(self, told_at: datetime | None) -> bytes:
        """The message's bytes as told at a moment; without one, the bytes that name what it says."""
        data = dict(self.data) if told_at is None else {**self.data, "updated_at": told_at.isoformat()}
        return json.dumps({"type": self.event_type, "data": data}, ensure_ascii=False, sort_keys=True).encode()


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    order: str
    at: datetime
    currency: str
    amount_minor: int
    tax_minor: int
    cells: Mapping[str, str]


def read_orders(table: Table, columns: Columns, *, now: datetime) -> tuple[list[FileMessage], list[RowProblem]]:
    """Every order and refund in a file, and every row that cannot be read. An order with such a row is left out whole.

    Raises ImportRefused where a needed column was not chosen.
    """
    missing = [field for field in NEEDED if columns.of_field.get(field) not in table.names]
    if missing:
        raise ImportRefused(f"Choose the column for: {', '.join(missing)}.")
    at = {field: table.names.index(name) for field, name in columns.of_field.items() if name in table.names}
    orders: dict[str, list[_Row]] = {}
    problems: list[RowProblem] = []
    spoilt: set[str] = set()
    for number, cells in enumerate(table.rows, start=2):
        named = {field: cells[index] for field, index in at.items()}
        try:
            row = _row(number, named, columns)
            orders.setdefault(row.order, []).append(row)
        except BillingError as error:
            problems.append(RowProblem(number, str(error)))
            spoilt.add(named["order"])
    messages = [one for order, rows in orders.items() if order not in spoilt for one in _messages(rows)]
    return _readable(messages, problems, now)


def _readable(messages: list[FileMessage], problems: list[RowProblem], now: datetime) -> tuple[list[FileMessage], list[RowProblem]]:
    """Read each message as the inbox will, so that what would be set aside there is told here, with its row."""
    good: list[FileMessage] = []
    for message in messages:
        try:
            read_delivery(message.body(now), now=now)
            good.append(message)
        except BillingError as error:
            problems.append(RowProblem(message.row, str(error)))
    return good, sorted(problems, key=lambda one: one.row)


def _row(number: int, named: Mapping[str, str], columns: Columns) -> _Row:
    currency = (named.get("currency") or columns.currency).upper()
    try:
        exponent_of(currency)
    except CurrencyUnknown as error:
        raise ImportRefused(f"The currency is missing or unknown: {currency[:10]!r}.") from error
    if not named["order"]:
        raise ImportRefused("The order's number is missing.")
    amount = amount_in(named["amount"], currency, columns)
    tax = amount_in(named["tax"], currency, columns) if named.get("tax") else 0
    return _Row(number, named["order"], moment_in(named["date"], columns), currency, amount, abs(tax), named)


def amount_in(text: str, currency: str, columns: Columns) -> int:
    """An amount as people write it: with a symbol, thousands parted, a minus before, behind, or as brackets."""
    plain = _SYMBOLS.sub("", text)
    thousands = "," if columns.decimal_mark == "." else "."
    plain = plain.replace(thousands, "").replace(columns.decimal_mark, ".").strip("-")
    is_below_zero = "-" in text or text.strip().startswith("(")
    try:
        minor = parse_amount(plain, currency)
    except AmountUnreadable as error:
        raise ImportRefused(f"{text[:30]!r} is not an amount of {currency}.") from error
    return -minor if is_below_zero else minor


def moment_in(text: str, columns: Columns) -> datetime:
    """A moment as the file is said to write them; a day alone is its midnight. Raises ImportRefused."""
    zone = ZoneInfo(columns.time_zone)
    try:
        if columns.day_format == "iso":
            found = datetime.fromisoformat(text)
            return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
        plain = _MARKS_OF_DAYS.sub(".", text)
        for time in _TIMES:
            try:
                return datetime.strptime(plain, _DAY[columns.day_format] + time).replace(tzinfo=zone).astimezone(UTC)
            except ValueError:
                continue
    except ValueError:
        pass
    raise ImportRefused(f"{text[:30]!r} is not a date as the file is said to write them.")


def _messages(rows: list[_Row]) -> list[FileMessage]:
    """The order of the rows that were paid, and a refund of the rows that went back."""
    sold, back = [row for row in rows if row.amount_minor >= 0], [row for row in rows if row.amount_minor < 0]
    found = []
    if sold:
        found.append(FileMessage(sold[0].number, "order.paid", _order(sold)))
    if back:
        first, amount = back[0], -sum(row.amount_minor for row in back)
        data = {
            "id": f"{first.order} back", "order": first.order, "currency": first.currency, "created_at": first.at.isoformat(),
            "amount": format_amount(amount, first.currency),
        }  # fmt: skip
        found.append(FileMessage(first.number, "refund.created", data))
    return found


def _order(rows: list[_Row]) -> dict[str, Any]:
    first = rows[0]
    if any(row.currency != first.currency for row in rows):
        return {"id": first.order, "currency": "", "lines": []}  # one order in two currencies is refused by its reading
    lines = [
        {
            "id": str(number), "product": row.cells.get("product") or "sale", "quantity": _quantity(row.cells.get("quantity", "")),
            "total": format_amount(row.amount_minor, row.currency), "tax": format_amount(row.tax_minor, row.currency),
        }
        for number, row in enumerate(rows, start=1)
    ]  # fmt: skip
    data: dict[str, Any] = {
        "id": first.order, "number": first.order, "created_at": min(row.at for row in rows).isoformat(), "currency": first.currency,
        "prices_include_tax": True, "lines": lines, "total": format_amount(sum(row.amount_minor for row in rows), first.currency),
        "codes": sorted({row.cells["code"] for row in rows if row.cells.get("code")}),
    }  # fmt: skip
    for field, name in (("payment", "payment_reference"), ("customer", "customer")):
        if first.cells.get(field):
            data[name] = first.cells[field]
    return data


def _quantity(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 1
