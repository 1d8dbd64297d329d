"""Reads orders as they stand now: what each is worth, who brought it and by what, and what has been earned on it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, and_, cast, func, select
from sqlalchemy.orm import Session

from billing.attribution.tables import AttributionCredit, AttributionRun, TouchRow
from billing.coupons.tables import Coupon, Offer
from billing.ledger.closed import closed_periods
from billing.ledger.entries import entries, moment_is_within
from billing.ledger.posted import signed_for_employee
from billing.ledger.tables import Posting
from billing.orders.tables import OrderRevision, OrderSnapshot, RefundFact, ShopOrder
from billing.revenue_share.periods import period_of
from billing.revenue_share.versions import terms_of_versions
from billing.statements.payslip import PayslipLine, line_of
from tenants.database import tenant_of

LIMIT_MAX: Final = 200


@dataclass(frozen=True)
class OrderLine:
    """An order at its current revision. `earned_minor` is the balance posted for it; without an employee, `rejected_reason` says why."""

    order_id: UUID
    order_ref: str
    channel: str
    occurred_at: datetime
    recorded_at: datetime
    currency: str
    captured_minor: int
    base_minor: int
    earned_minor: int
    employee_id: UUID | None
    reason: str
    rejected_reason: str | None
    conversation_id: UUID | None
    coupon_code: str | None
    touch_kind: str | None
    touched_at: datetime | None


@dataclass(frozen=True)
class EarningLine:
    """One movement of the ledger and whose it is."""

    employee_id: UUID
    line: PayslipLine


@dataclass(frozen=True)
class CouponSeen:
    """A coupon as evidence: its code, the offer it belongs to, and when it was handed out."""

    code: str
    offer_name: str
    issued_at: datetime
    redeemed_for: str | None
    conversation_id: UUID | None


@dataclass(frozen=True)
class TouchSeen:
    """A touch as evidence."""

    kind: str
    occurred_at: datetime
    employee_id: UUID
    conversation_id: UUID | None


def latest_orders(session: Session, *, limit: int = 10) -> list[OrderLine]:
    """The orders told last, newest first, whether or not they earned anything."""
    query = _orders(session).order_by(ShopOrder.recorded_at.desc(), ShopOrder.order_id.desc()).limit(min(limit, LIMIT_MAX))
    return [OrderLine(*row) for row in session.execute(query)]


def orders_by_id(session: Session, order_ids: Sequence[UUID]) -> list[OrderLine]:
    """Orders by their ids, the highest id first."""
    query = _orders(session).where(ShopOrder.order_id.in_(order_ids)).order_by(ShopOrder.order_id.desc())
    return [OrderLine(*row) for row in session.execute(query)]


def orders_of_conversation(session: Session, *, conversation_id: UUID) -> list[OrderLine]:
    """The orders that are credited to a conversation now, in the sequence they were placed."""
    query = _orders(session).where(AttributionCredit.conversation_id == conversation_id).order_by(ShopOrder.occurred_at)
    return [OrderLine(*row) for row in session.execute(query)]


def earned_by_conversation(session: Session, conversation_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """What the orders now credited to conversations have earned, in minor units by currency; a conversation without an order is absent."""
    found: dict[UUID, dict[str, int]] = {}
    for row in session.execute(_orders(session).where(AttributionCredit.conversation_id.in_(conversation_ids))):
        line = OrderLine(*row)
        sums = found.setdefault(line.conversation_id, {})  # type: ignore[arg-type]  # those asked for have one
        sums[line.currency] = sums.get(line.currency, 0) + line.earned_minor
    return found


def orders_of_deliveries(session: Session, *, event_ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, str]]:
    """What deliveries became: the order's id and reference for each delivery that told of one."""
    tenant_id, found = tenant_of(session), {}
    for table in (OrderSnapshot, OrderRevision):
        query = (
            select(table.event_id, ShopOrder.order_id, func.coalesce(ShopOrder.number, ShopOrder.external_id))
            .join(ShopOrder, and_(ShopOrder.tenant_id == table.tenant_id, ShopOrder.order_id == table.order_id))
            .where(table.tenant_id == tenant_id, table.event_id.in_(event_ids))
        )
        found.update({event_id: (order_id, ref) for event_id, order_id, ref in session.execute(query) if event_id})
    refunds = (
        select(RefundFact.event_id, ShopOrder.order_id, func.coalesce(ShopOrder.number, ShopOrder.external_id))
        .join(
            ShopOrder,
            and_(
                ShopOrder.tenant_id == RefundFact.tenant_id,
                ShopOrder.channel == RefundFact.channel,
                ShopOrder.external_id == RefundFact.external_order_id,
            ),
        )
        .where(RefundFact.tenant_id == tenant_id, RefundFact.event_id.in_(event_ids))
    )
    return {event_id: (order_id, ref) for event_id, order_id, ref in session.execute(refunds) if event_id} | found


def earning_lines(session: Session, *, start: datetime, end: datetime, employee_id: UUID | None = None, now: datetime) -> list[EarningLine]:
    """Every movement that takes effect in [start, end), of one employee or of all, in the sequence they take effect."""
    whose = [Posting.employee_id == employee_id] if employee_id else []
    found = list(entries(session, moment_is_within(start, end), *whose))
    terms = terms_of_versions(session, sorted({entry.transaction.contract_version_id for entry in found}))
    closed = closed_periods(session, {entry.posting.employee_id for entry in found})
    lines = []
    for entry in found:
        own = terms[entry.transaction.contract_version_id]
        month = period_of(entry.transaction.effective_at, own.period_time_zone).start
        lines.append(line_of(entry, own, now=now, is_closed=(entry.posting.employee_id, month) in closed))
    return [EarningLine(entry.posting.employee_id, line) for entry, line in zip(found, lines, strict=True)]


def coupons_seen(session: Session, coupon_ids: Iterable[UUID]) -> dict[UUID, CouponSeen]:
    """Coupons by id, as evidence for a credit."""
    query = (
        select(Coupon, Offer.name)
        .join(Offer, and_(Offer.tenant_id == Coupon.tenant_id, Offer.offer_id == Coupon.offer_id))
        .where(Coupon.tenant_id == tenant_of(session), Coupon.coupon_id.in_(list(coupon_ids)))
    )
    return {
        coupon.coupon_id: CouponSeen(coupon.code, name, coupon.issued_at, coupon.redeemed_for, coupon.conversation_id)
        for coupon, name in session.execute(query)
    }


def touches_seen(session: Session, touch_ids: Iterable[UUID]) -> dict[UUID, TouchSeen]:
    """Touches by id, as evidence for a credit or beside the reason why one was left out."""
    query = select(TouchRow).where(TouchRow.tenant_id == tenant_of(session), TouchRow.touch_id.in_(list(touch_ids)))
    return {row.touch_id: TouchSeen(row.kind, row.occurred_at, row.employee_id, row.conversation_id) for row in session.scalars(query)}


def _orders(session: Session) -> Any:
    """Each order with its current decision, that decision's first credit, and the balance posted so far."""
    tenant = ShopOrder.tenant_id
    own = Posting.tenant_id == tenant, Posting.order_id == ShopOrder.order_id
    earned = select(cast(func.coalesce(func.sum(signed_for_employee()), 0), BigInteger)).where(*own)
    return (
        select(
            ShopOrder.order_id, func.coalesce(ShopOrder.number, ShopOrder.external_id), ShopOrder.channel, ShopOrder.occurred_at,
            ShopOrder.recorded_at, ShopOrder.currency, ShopOrder.captured_minor, AttributionRun.base_minor, earned.scalar_subquery(),
            AttributionCredit.employee_id, AttributionRun.reason, AttributionRun.rejected_reason, AttributionCredit.conversation_id,
            Coupon.code, TouchRow.kind, TouchRow.occurred_at,
        )
        .join(
            AttributionRun,
            and_(
                AttributionRun.tenant_id == tenant, AttributionRun.order_id == ShopOrder.order_id,
                AttributionRun.revision == ShopOrder.revision,
            ),
        )
        .outerjoin(
            AttributionCredit,
            and_(
                AttributionCredit.tenant_id == tenant, AttributionCredit.order_id == ShopOrder.order_id,
                AttributionCredit.revision == ShopOrder.revision, AttributionCredit.number == 1,
            ),
        )
        .outerjoin(Coupon, and_(Coupon.tenant_id == tenant, Coupon.coupon_id == AttributionCredit.coupon_id))
        .outerjoin(TouchRow, and_(TouchRow.tenant_id == tenant, TouchRow.touch_id == AttributionCredit.touch_id))
        .where(tenant == tenant_of(session))
    )  # fmt: skip
