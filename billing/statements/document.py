"""A statement as a document for the books: the totals first, then what the month itself added, then every line by day.

It ends with the root and how to recount the month without us. A document of very many lines is no longer read by anyone: it gives their
sums by day and points at the table, which has them all.
"""

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from reportlab.lib import colors  # type: ignore[import-untyped]
from reportlab.lib.enums import TA_LEFT, TA_RIGHT  # type: ignore[import-untyped]
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.lib.styles import ParagraphStyle  # type: ignore[import-untyped]
from reportlab.lib.units import mm  # type: ignore[import-untyped]
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table  # type: ignore[import-untyped]

from billing.money import format_amount
from billing.revenue_share.periods import month_text
from billing.statements.table import amount_of, reason_of
from billing.statements.typeface import face, markup
from billing.statements.views import PayeeView, StatementView

LINES_LISTED_MAX: Final = 5_000
KINDS: Final = {
    "share": "Shares of orders", "royalty_income": "Royalties on income", "bonus": "Bonuses", "tier": "Tiers", "lift": "Measured lift",
    "cap": "Cap", "minimum": "Guaranteed minimum", "dispute": "Disputes", "brought_forward": "Brought forward",
    "reserve_release": "Reserve released", "reserve": "Kept in reserve", "close": "Paid by this statement",
}  # fmt: skip
_GREY: Final = colors.HexColor("#5b6470")
_RULE: Final = colors.HexColor("#c9ced6")
_HAIRLINE: Final = mm / 8


@dataclass
class _Day:
    """One day's movements: the sum of all, and those that are listed."""

    amount_minor: int = 0
    count: int = 0
    lines: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class _Content:
    """The sealed lines as the document tells them: the contracts of the header, movements of orders by their day, sums by kind, and
    every line that is about the month as a whole.
    """

    contracts: list[dict[str, Any]] = field(default_factory=list)
    days: dict[str, _Day] = field(default_factory=dict)
    sums: dict[str, int] = field(default_factory=dict)
    others: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Parties:
    """Who the statement is between, by the names people know them by; a name that is not given is left out."""

    shop_name: str | None = None
    employee_name: str | None = None


def statement_document(view: StatementView, lines: Iterable[bytes], payee: str | None, parties: Parties = Parties()) -> bytes:
    """The PDF, for everyone or for one payee; `lines` are the sealed lines. The same statement always gives the same bytes."""
    buffer = io.BytesIO()
    SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=18 * mm, rightMargin=18 * mm, topMargin=16 * mm, bottomMargin=16 * mm, invariant=1,
        title=f"Statement {view.period_name}", author="Tillhand",
    ).build(story_of(view, lines, payee, parties), onFirstPage=_number, onLaterPages=_number)  # fmt: skip
    return buffer.getvalue()


def story_of(view: StatementView, lines: Iterable[bytes], payee: str | None, parties: Parties) -> list[Any]:
    """What the document says, from head to root, before it is set on pages."""
    content = _gather(view, lines, payee)
    story = [*_head(view, payee, content.contracts, parties), *_totals(view, payee), *_sums(view, content.sums, payee)]
    story += _others(view, content.others, payee)
    story += [piece for day in sorted(content.days) for piece in _day(view, day, content.days[day], payee)]
    return [*story, *_foot(view)]


def _gather(view: StatementView, lines: Iterable[bytes], payee: str | None) -> _Content:
    found = _Content()
    zone = ZoneInfo(view.time_zone)
    for line in map(json.loads, lines):
        if line["kind"] == "header":
            found.contracts = line["contracts"]
        if line["kind"] in ("header", "footer"):
            continue
        found.sums[line["kind"]] = found.sums.get(line["kind"], 0) + amount_of(line, payee)
        if "order_id" not in line:
            found.others.append(line)
            continue
        day = found.days.setdefault(datetime.fromisoformat(line["effective_at"]).astimezone(zone).date().isoformat(), _Day())
        day.amount_minor, day.count = day.amount_minor + amount_of(line, payee), day.count + 1
        if view.line_count <= LINES_LISTED_MAX:
            day.lines.append(line)
    del found.others[LINES_LISTED_MAX:]
    return found


def _head(view: StatementView, payee: str | None, contracts: list[dict[str, Any]], parties: Parties) -> list[Any]:
    zone = ZoneInfo(view.time_zone)
    first, last = (moment.astimezone(zone).date().isoformat() for moment in (view.period_start, view.period_end))
    closed = view.closed_at.astimezone(zone).date().isoformat()
    about = f"{first} up to, not including, {last} ({view.time_zone}). Number {view.number}, closed on {closed}."
    whose = next((f" for {one.name}" for one in view.payees if one.payee == payee), "")
    names = [name for name in (parties.employee_name, parties.shop_name and f"for {parties.shop_name}") if name]
    between = [_text(" ".join(names), 10)] if names else []  # one weight: the faces of the East have no bold
    under = [_text(_contract_sentence(one, zone), 9, _GREY) for one in contracts]
    return [_text(f"Statement {view.period_name}{whose}", 17), *between, _text(about, 9, _GREY), *under, Spacer(1, 5 * mm)]


def _contract_sentence(contract: dict[str, Any], zone: ZoneInfo) -> str:
    """Which version of the contract, since when, and the start of its terms' hash, by which the signed paper is found."""
    first = datetime.fromisoformat(contract["starts_at"]).astimezone(zone).date().isoformat()
    ended = contract["ends_at"] and datetime.fromisoformat(contract["ends_at"]).astimezone(zone).date().isoformat()
    days = f"from {first} up to, not including, {ended}" if ended else f"from {first} on"
    return f"Contract version {contract['version']}, {days}. Its terms: sha256 {contract['terms_sha256'][:16]}."


def _totals(view: StatementView, payee: str | None) -> list[Any]:
    shown = _shown(view, payee)
    together = ["Together"] if len(shown) > 1 else []
    rows: list[list[Any]] = [["", *(_text(one.name, 8, align=TA_RIGHT) for one in shown), *together]]
    for title, name in (
        ("Brought forward", "brought_forward_minor"), ("Earned", "earned_minor"), ("Reserve released", "released_minor"),
        ("Kept in reserve", "reserved_minor"), ("Payable", "payable_minor"), ("Carried into the next month", "carried_minor"),
    ):  # fmt: skip
        sign = -1 if name == "reserved_minor" else 1
        amounts = [sign * getattr(one, name) for one in shown]
        rows.append([title, *(_money(view, minor) for minor in (*amounts, *([sum(amounts)] if together else [])))])
    return [_table(rows, [54, *(120 / (len(rows[0]) - 1) for _ in rows[0][1:])], strong=5, first_right=1), Spacer(1, 5 * mm)]


def _sums(view: StatementView, sums: dict[str, int], payee: str | None) -> list[Any]:
    rows = [[KINDS[kind], _money(view, sums[kind])] for kind in KINDS if kind in sums]
    whose = "" if payee is None else ", this payee's part"
    return [_text(f"What it is made of{whose}", 11), _table(rows, [124, 50]), Spacer(1, 4 * mm)] if rows else []


def _others(view: StatementView, lines: list[dict[str, Any]], payee: str | None) -> list[Any]:
    if not lines:
        return [_text("Nothing moved in this month.", 9)] if view.line_count == 0 else []
    rows = [
        [
            _numbers(own), _text(KINDS.get(own[0]["kind"], own[0]["kind"]), 8), _text(_latest_sentence(view, own), 8),
            _money(view, sum(amount_of(one, payee) for one in own)),
        ]
        for own in _by_kind(lines).values()
    ]  # fmt: skip
    return [_text("Lines about the whole month", 11), _table(rows, [14, 38, 92, 30]), Spacer(1, 4 * mm)]


def _latest_sentence(view: StatementView, own: list[dict[str, Any]]) -> str:
    """What a month's line came to in the end: by its count, since the moment of a movement is not the sequence it was posted in."""
    last = max(own, key=lambda line: (line.get("working", {}).get("count", 0), line["number"]))
    return _about_month(view, last, last["why"])


def _about_month(view: StatementView, line: dict[str, Any], sentence: str) -> str:
    """The sentence; where the line is about an earlier month it begins with that month."""
    period = line.get("period", view.period_name)
    if period == view.period_name or sentence.startswith(f"{month_text(period)}:"):
        return sentence
    return f"{month_text(period)}: {sentence}"


def _by_kind(lines: list[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Tiers and caps follow every order; for the month they are one row, with the sentence of the last."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for line in lines:
        own = line["kind"] in ("tier", "cap", "minimum", "lift")
        found.setdefault((line["kind"], line["period"] if own else str(line["number"])), []).append(line)
    return found


def _numbers(lines: list[dict[str, Any]]) -> str:
    first, last = lines[0]["number"], lines[-1]["number"]
    return str(first) if first == last else f"{first} ff."


def _day(view: StatementView, day: str, of_day: _Day, payee: str | None) -> list[Any]:
    count = f"{of_day.count} line{'' if of_day.count == 1 else 's'}"
    title = _table([[f"{day}, {count}", _money(view, of_day.amount_minor)]], [124, 50], strong=0)
    if not of_day.lines:
        return [title]
    rows = [_line_row(view, line, line.get("order", ""), _about_month(view, line, _order_sentence(line)), payee) for line in of_day.lines]
    return [KeepTogether([title, _table(rows[:1], [14, 38, 92, 30])]), *([_table(rows[1:], [14, 38, 92, 30])] if rows[1:] else [])]


def _order_sentence(line: dict[str, Any]) -> str:
    follows = line.get("follows", {})
    pointer = f" Continues line {follows['line']}" if "line" in follows else ""
    pointer += f" of the statement {follows['period']}." if "period" in follows else "." * bool(pointer)
    return f"{line['why']} {reason_of(line)}{pointer}"


def _foot(view: StatementView) -> list[Any]:
    listed = "" if view.line_count <= LINES_LISTED_MAX else f" It has {view.line_count} lines; the table (CSV) lists every one."
    how = (
        f"This document was made from the sealed statement.{listed} Recount it without us: take the export (JSON lines) and the file "
        "recount.py, and run with Python 3.10 or later"
    )
    command = f"python recount.py statement.jsonl {view.root}"
    return [Spacer(1, 5 * mm), KeepTogether([_text("Root", 11), _text(view.root, 8), _text(how, 9, _GREY), _text(command, 8)])]


def _line_row(view: StatementView, line: dict[str, Any], about: str, why: str, payee: str | None) -> list[Any]:
    return [str(line["number"]), _text(about, 8), _text(why, 8), _money(view, amount_of(line, payee))]


def _shown(view: StatementView, payee: str | None) -> list[PayeeView]:
    return [one for one in view.payees if payee is None or one.payee == payee]


def _money(view: StatementView, amount_minor: int) -> str:
    return f"{format_amount(amount_minor, view.currency)} {view.currency}".replace("-", "\N{MINUS SIGN}")


def _table(rows: list[list[Any]], widths_mm: Sequence[Any], *, strong: int | None = None, first_right: int = -1) -> Any:
    style: list[tuple[Any, ...]] = [
        ("FONT", (0, 0), (-1, -1), face(), 8), ("ALIGN", (1, 0), (-1, -1), "LEFT"), ("ALIGN", (first_right, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), _HAIRLINE, _RULE), ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3), ("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 2),
    ]  # fmt: skip
    if strong is not None:
        style.append(("FONT", (0, strong), (-1, strong), face(bold=True), 9))
    return Table(rows, colWidths=[width * mm for width in widths_mm], style=style, hAlign="LEFT")


def _text(text: str, size: Any, color: Any = colors.black, align: Any = TA_LEFT) -> Any:
    bold = size > 10
    style = ParagraphStyle(
        "text", fontName=face(bold=bold), fontSize=size, leading=size * 13 / 10, textColor=color, spaceAfter=2, alignment=align
    )
    return Paragraph(markup(text, bold=bold), style)


def _number(canvas: Any, document: Any) -> None:
    canvas.setFont(face(), 7)
    canvas.setFillColor(_GREY)
    canvas.drawRightString(A4[0] - 18 * mm, 9 * mm, f"{document.title}, page {document.page}")
