"""Reads bills: the list, one with its lines and history, what was credited, and who is still to be paid out of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.payment_errors import BillUnknown
from billing.payments.document import invoice_document
from billing.payments.invoice_words import words_in
from billing.payments.making import order_of
from billing.payments.payouts import PayoutView, payouts_of
from billing.payments.standing import SETTLED, TROUBLED, UNPAID, is_past
from billing.payments.tables import Bill, BillCredit, BillLine, BillNote
from tenants.database import tenant_of

__all__ = ["TROUBLED", "UNPAID", "BillExplained", "BillView", "PayoutView", "bill", "bills", "explain_bill", "invoice_file"]

BILLS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class BillView:
    """A bill in short, in minor units. `state` is one of payments/standing.py; `why` is what keeps it from being made, if anything."""

    statement_id: UUID
    employee_id: UUID
    number: str
    period_name: str
    currency: str
    amount_minor: int
    credited_minor: int
    state: str
    gateway: str | None
    is_charged: bool
    drawn_at: datetime
    due_at: datetime | None
    paid_at: datetime | None
    paid_reference: str | None
    page_url: str | None
    attempt_count: int
    next_attempt_at: datetime | None
    why: str | None

    @property
    def left_minor(self) -> int:
        """What is still owed: nothing once it is settled, else all that was not credited."""
        return 0 if self.state in SETTLED else self.amount_minor - self.credited_minor

    @property
    def is_by_hand(self) -> bool:
        """Whether people mark it as paid."""
        return self.gateway in (None, "manual")


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of a bill."""

    position: int
    kind: str
    title: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class NoteView:
    """One line of a bill's history."""

    at: datetime
    actor: str
    what: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CreditView:
    """One credit note: on which bill, how much, and whether the gateway has made it."""

    number: str
    amount_minor: int
    drawn_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class BillExplained:
    """A bill with everything behind it."""

    bill: BillView
    buyer: dict[str, Any]
    seller: dict[str, Any]
    root: str
    lines: tuple[LineView, ...]
    notes: tuple[NoteView, ...]
    credits: tuple[CreditView, ...]
    payouts: tuple[PayoutView, ...]


def bills(session: Session, *, now: datetime) -> list[BillView]:
    """The shop's bills, the newest first, at most BILLS_MAX."""
    query = select(Bill).where(Bill.tenant_id == tenant_of(session)).order_by(Bill.drawn_at.desc(), Bill.number.desc()).limit(BILLS_MAX)
    return [_view(row, now) for row in session.scalars(query)]


def bill(session: Session, *, statement_id: UUID, now: datetime) -> BillView:
    """One bill; raises BillUnknown."""
    return _view(_row(session, statement_id), now)


def explain_bill(session: Session, *, statement_id: UUID, now: datetime) -> BillExplained:
    """One bill with its lines, history, credits and payouts; raises BillUnknown."""
    row = _row(session, statement_id)
    mine = {"tenant_id": row.tenant_id, "statement_id": statement_id}
    lines = session.scalars(select(BillLine).filter_by(**mine).order_by(BillLine.position))
    notes = session.scalars(select(BillNote).filter_by(**mine).order_by(BillNote.number))
    credited = session.scalars(select(BillCredit).filter_by(**mine).order_by(BillCredit.number))
    return BillExplained(
        bill=_view(row, now), buyer=row.buyer, seller=row.seller, root=row.root,
        lines=tuple(LineView(one.position, one.kind, one.title, one.amount_minor) for one in lines),
        notes=tuple(NoteView(one.at, one.actor, one.what, one.detail) for one in notes),
        credits=tuple(CreditView(one.number, one.amount_minor, one.drawn_at, one.done_at) for one in credited),
        payouts=tuple(payouts_of(session, statement_id)),
    )  # fmt: skip


def invoice_file(session: Session, *, statement_id: UUID, now: datetime, language: str = "en") -> tuple[str, bytes]:
    """(file name, PDF) of a bill in its reader's language ("en", "zh"); raises BillUnknown."""
    row = _row(session, statement_id)
    order, words = order_of(session, row), words_in(language)
    return f"invoice-{row.number}.pdf", invoice_document(order, row.seller, due_at=row.due_at, state=_state(row, now), words=words)


def _row(session: Session, statement_id: UUID) -> Bill:
    row = session.get(Bill, (tenant_of(session), statement_id))
    if row is None:
        raise BillUnknown("There is no such bill.")
    return row


def _state(row: Bill, now: datetime) -> str:
    return "overdue" if row.state == "open" and is_past(row.due_at, now) else row.state


def _view(row: Bill, now: datetime) -> BillView:
    return BillView(
        row.statement_id, row.employee_id, row.number, row.period_name, row.currency, row.amount_minor, row.credited_minor,
        _state(row, now),
        row.gateway, row.is_charged, row.drawn_at, row.due_at, row.paid_at, row.paid_reference, row.page_url, row.attempt_count,
        row.next_attempt_at, row.last_error if row.state == "drawn" else None,
    )  # fmt: skip
