"""An invoice as a document: who bills whom, under which number and tax numbers, for what, until when, and where to pay.

It is set in the typefaces of the statements, so every letter a name may have is there. The same bill in the same language always gives
the same bytes.
"""

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from reportlab.lib import colors  # type: ignore[import-untyped]
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.lib.styles import ParagraphStyle  # type: ignore[import-untyped]
from reportlab.lib.units import mm  # type: ignore[import-untyped]
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table  # type: ignore[import-untyped]

from billing.money import format_amount
from billing.payments.gateway import InvoiceOrder
from billing.payments.invoice_words import InvoiceWords, line_in, words_in
from billing.statements.typeface import face, markup

_GREY: Final = colors.HexColor("#5b6470")
_RULE: Final = colors.HexColor("#c9ced6")
_MARGIN: Final = 20 * mm
_ENGLISH: Final = words_in("en")


def invoice_document(
    order: InvoiceOrder, seller: Mapping[str, Any], *, due_at: datetime | None, state: str, words: InvoiceWords = _ENGLISH
) -> bytes:
    """The PDF. `seller` may still be empty while the invoice is being made."""
    buffer = io.BytesIO()
    SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN, bottomMargin=_MARGIN, invariant=1,
        title=words.title.format(number=order.number), author=seller.get("name") or "Tillhand",
    ).build(story_of(order, seller, due_at=due_at, state=state, words=words))  # fmt: skip
    return buffer.getvalue()


def story_of(
    order: InvoiceOrder, seller: Mapping[str, Any], *, due_at: datetime | None, state: str, words: InvoiceWords = _ENGLISH
) -> list[Any]:
    """What the document says, from head to foot, before it is set on pages."""
    sides = [_party(words, words.seller, seller), _party(words, words.buyer, order.buyer.document())]
    standing = words.states.get(state, "")
    until = words.due.format(day=due_at.date().isoformat()) if due_at is not None and not standing else ""
    dated = words.dated.format(day=order.issued_at.date().isoformat(), period=order.period_name)
    head = [_text(words.title.format(number=order.number), 18), _text(f"{dated}{until}{standing}", 9, _GREY), Spacer(1, 8 * mm)]
    parties = Table([sides], colWidths=[85 * mm, 85 * mm], style=_PLAIN)
    return [*head, parties, Spacer(1, 8 * mm), _lines(order, words), Spacer(1, 8 * mm), *_foot(order, seller, words)]


_PLAIN: Final = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 0)]


def _party(words: InvoiceWords, title: str, party: Mapping[str, Any]) -> list[Any]:
    tax = words.tax_number.format(number=party["tax_id"]) if party.get("tax_id") else ""
    where = [*str(party.get("address", "")).splitlines(), str(party.get("country", "")), tax, str(party.get("email", ""))]
    return [_text(title, 8, _GREY), _text(str(party.get("name", "")), 11), *(_text(line, 9) for line in where if line)]


def _lines(order: InvoiceOrder, words: InvoiceWords) -> Any:
    rows = [[_text(line_in(words, one.kind, one.title), 9), _money(one.amount_minor, order.currency)] for one in order.lines]
    rows.append([_text(words.total, 11), _money(order.amount_minor, order.currency)])
    style = [
        *_PLAIN, ("FONT", (1, 0), (1, -1), face(), 9), ("ALIGN", (1, 0), (1, -1), "RIGHT"), ("LINEBELOW", (0, 0), (-1, -2), mm / 8, _RULE),
        ("FONT", (1, -1), (1, -1), face(bold=True), 11), ("TOPPADDING", (0, 0), (-1, -1), 4), ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
    ]  # fmt: skip
    return Table(rows, colWidths=[125 * mm, 45 * mm], style=style)


def _foot(order: InvoiceOrder, seller: Mapping[str, Any], words: InvoiceWords) -> list[Any]:
    bank = (
        [_text(words.where_to_pay, 8, _GREY), *(_text(line, 9) for line in str(seller["bank"]).splitlines())] if seller.get("bank") else []
    )
    named = words.please_name.format(number=order.number) if bank else ""
    why = words.evidence.format(period=order.period_name, root=order.root)
    return [*bank, *([_text(named, 9)] if named else []), Spacer(1, 4 * mm), _text(why, 8, _GREY)]


def _money(amount_minor: int, currency: str) -> str:
    return f"{format_amount(amount_minor, currency)} {currency}".replace("-", "\N{MINUS SIGN}")


def _text(text: str, size: int, color: Any = colors.black) -> Any:
    bold = size > 10
    style = ParagraphStyle("text", fontName=face(bold=bold), fontSize=size, leading=size * 14 / 10, textColor=color)
    return Paragraph(markup(text, bold=bold), style)
