"""A statement as a table for a spreadsheet: a row per line, amounts as plain decimals.

It begins with a byte order mark: without one the spreadsheets most finance people use read UTF-8 as their old alphabet, and every other
program skips the mark. Text that a spreadsheet would take for a formula is given a quote in front.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from billing.money import format_amount

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
COLUMNS: Final = (
    "line", "kind", "period", "day_utc", "order", "amount", "closing", "currency", "target", "before", "turnover", "why", "reason",
    "follows_period", "follows_line", "transaction", "facts_sha256", "raw_sha256",
)  # fmt: skip
CLOSING: Final = frozenset(("brought_forward", "reserve_release", "reserve", "close"))
"""What closing itself writes stands in a column of its own, so that the column of amounts comes to what the month earned."""
ROWS_PER_PIECE: Final = 1_000


def table_rows(lines: Iterable[bytes], currency: str, payee: str | None) -> Iterator[bytes]:
    """The file piece by piece; for one payee the amounts are that payee's, and what all earn together is left empty.

    Header and footer of the statement are left out.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    yield BYTE_ORDER_MARK
    for place, content in enumerate(lines):
        line = json.loads(content)
        if line["kind"] not in ("header", "footer"):
            writer.writerow(_row(line, currency, payee))
        if place % ROWS_PER_PIECE == 0:
            yield _drain(buffer)
    yield _drain(buffer)


def amount_of(line: dict[str, Any], payee: str | None) -> int:
    """A line's signed minor units, of everyone or of one payee."""
    return int(line["amount_minor"] if payee is None else line["payees"].get(payee, 0))


def reason_of(line: dict[str, Any]) -> str:
    """Why an order was credited, or why it was not."""
    return line.get("reason") or " ".join(credit["reason"] for credit in line.get("credits", ()))


def _row(line: dict[str, Any], currency: str, payee: str | None) -> list[Any]:
    working, follows = line.get("working", {}), line.get("follows", {})

    def amount(name: str) -> str:
        return format_amount(working[name], currency) if name in working and payee is None else ""

    own = format_amount(amount_of(line, payee), currency)
    amounts = ("", own) if line["kind"] in CLOSING else (own, "")
    return [
        line["number"], line["kind"], line.get("period", ""), line.get("effective_at", "")[:10], _text(line.get("order", "")),
        *amounts, currency, amount("target_minor"), amount("before_minor"),
        amount("turnover_minor"), _text(line["why"]), _text(reason_of(line)), follows.get("period", ""), follows.get("line", ""),
        line.get("transaction", ""), working.get("facts_sha256", ""), line.get("raw_sha256", ""),
    ]  # fmt: skip


def _text(value: str) -> str:
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _drain(buffer: io.StringIO) -> bytes:
    content = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return content
