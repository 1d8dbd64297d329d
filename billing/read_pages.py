"""Lists for the shop's own programs, page by page, the newest first: orders, touches, lines of the book, statements, coupons.

A page continues after the last row of the page before, by a key that never changes. So nothing is told twice or left out, however
much is added meanwhile at the other end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, select, tuple_
from sqlalchemy.orm import Session

from billing.attribution.tables import TouchRow
from billing.chain.tables import LedgerSeal
from billing.coupons.tables import Coupon
from billing.ledger.posted import signed_for_employee
from billing.ledger.tables import LedgerTransaction, Posting
from billing.orders.tables import ShopOrder
from billing.read_offers import CodeView, coupons_by_id
from billing.read_orders import OrderLine, TouchSeen, orders_by_id
from billing.statements.tables import Statement
from billing.statements.views import StatementView, view_of
from tenants.database import tenant_of


@dataclass(frozen=True, slots=True)
class CreditPlace:
    """Where a line of the book stands: its segment, its transaction's place in it, and its number in the transaction."""

    segment: int
    position: int
    number: int


@dataclass(frozen=True, slots=True)
class CreditLine:
    """One movement of the book as its employee sees it: minor units above zero earned, below zero taken back."""

    place: CreditPlace
    transaction_id: UUID
    kind: str
    why: str
    cause: str
    employee_id: UUID
    payee: str
    order_id: UUID | None
    amount_minor: int
    currency: str
    occurred_at: datetime
    effective_at: datetime
    recorded_at: datetime
    points_to: UUID | None


@dataclass(frozen=True, slots=True)
class TouchListed(TouchSeen):
    """A touch with its own id and what it was about."""

    touch_id: UUID
    visitor_id: UUID | None
    coupon_id: UUID | None
    link_id: UUID | None
    work_id: UUID | None


def page_of_orders(session: Session, *, after: UUID | None, limit: int) -> list[OrderLine]:
    """Orders as they stand now, by the sequence they were first told in."""
    return orders_by_id(session, _ids(session, ShopOrder, ShopOrder.order_id, after, limit))


def page_of_touches(session: Session, *, after: UUID | None, limit: int) -> list[TouchListed]:
    """Touches, by the sequence they were made in."""
    return touches_by_id(session, _ids(session, TouchRow, TouchRow.touch_id, after, limit))


def touches_by_id(session: Session, touch_ids: Sequence[UUID]) -> list[TouchListed]:
    """Touches by their ids, the highest id first."""
    query = select(TouchRow).where(TouchRow.tenant_id == tenant_of(session), TouchRow.touch_id.in_(touch_ids))
    return [
        TouchListed(
            one.kind, one.occurred_at, one.employee_id, one.conversation_id, one.touch_id, one.visitor_id, one.coupon_id, one.link_id,
            one.work_id,
        )
        for one in session.scalars(query.order_by(TouchRow.touch_id.desc()))
    ]  # fmt: skip


def page_of_credits(session: Session, *, after: CreditPlace | None, limit: int) -> list[CreditLine]:
    """Lines of the book that are sealed, by their place in it; what was booked within the last minute may still wait for its seal."""
    query = _credits(session).order_by(LedgerSeal.segment.desc(), LedgerSeal.position.desc(), Posting.number.desc())
    if after is not None:
        query = query.where(tuple_(LedgerSeal.segment, LedgerSeal.position, Posting.number) < (after.segment, after.position, after.number))
    return [_credit(*row) for row in session.execute(query.limit(limit))]


def credits_since(session: Session, *, since: CreditPlace, limit: int) -> list[CreditLine]:
    """Lines of the book sealed after a place, the oldest first: for whoever follows the book as it grows."""
    place = tuple_(LedgerSeal.segment, LedgerSeal.position, Posting.number)
    query = _credits(session).where(place > (since.segment, since.position, since.number))
    return [_credit(*row) for row in session.execute(query.order_by(LedgerSeal.segment, LedgerSeal.position, Posting.number).limit(limit))]


def last_credit_place(session: Session) -> CreditPlace:
    """The place of the newest sealed line; before the first one when there is none."""
    newest = page_of_credits(session, after=None, limit=1)
    return newest[0].place if newest else CreditPlace(0, 0, 0)


def page_of_statements(session: Session, *, after: UUID | None, limit: int) -> list[StatementView]:
    """Closed statements, by the sequence they were closed in."""
    mine = Statement.tenant_id == tenant_of(session), *([Statement.statement_id < after] if after else [])
    rows = session.scalars(select(Statement).where(*mine).order_by(Statement.statement_id.desc()).limit(limit))
    return [view_of(session, one) for one in rows]


def page_of_coupons(session: Session, *, after: UUID | None, limit: int, now: datetime) -> list[CodeView]:
    """Coupons of all offers as they stand now, by the sequence they were handed out in."""
    return coupons_by_id(session, _ids(session, Coupon, Coupon.coupon_id, after, limit), now=now)


def _ids(session: Session, table: Any, key: Any, after: UUID | None, limit: int) -> list[UUID]:
    """The page's ids first, so that only what is shown is worked out."""
    mine = table.tenant_id == tenant_of(session), *([key < after] if after else [])
    return list(session.scalars(select(key).where(*mine).order_by(key.desc()).limit(limit)))


def _credits(session: Session) -> Select[int, int, LedgerTransaction, Posting, int]:
    sealed = and_(LedgerSeal.tenant_id == LedgerTransaction.tenant_id, LedgerSeal.transaction_id == LedgerTransaction.transaction_id)
    same = and_(Posting.tenant_id == LedgerTransaction.tenant_id, Posting.transaction_id == LedgerTransaction.transaction_id)
    return (
        select(LedgerSeal.segment, LedgerSeal.position, LedgerTransaction, Posting, signed_for_employee())
        .join(LedgerTransaction, sealed)
        .join(Posting, same)
        .where(LedgerSeal.tenant_id == tenant_of(session), signed_for_employee() != 0)
    )


def _credit(segment: int, position: int, transaction: LedgerTransaction, posting: Posting, amount_minor: int) -> CreditLine:
    return CreditLine(
        CreditPlace(segment, position, posting.number), transaction.transaction_id, transaction.kind, transaction.why, transaction.cause,
        posting.employee_id, posting.payee, posting.order_id, amount_minor, posting.currency, transaction.occurred_at,
        transaction.effective_at, transaction.recorded_at, transaction.points_to,
    )  # fmt: skip
