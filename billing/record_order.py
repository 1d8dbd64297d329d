"""Records what a merchant's system says about an order, and lets the book follow.

A snapshot never overwrites another: all are kept, and the latest by the shop's own clock counts, however late it arrives.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.ledger.writer import Cause
from billing.neutral_order import NeutralOrder, order_document, order_sha256
from billing.orders.locks import hold, lock_order
from billing.orders.reckon import Trigger, bring_up_to_date, lock_and_reckon
from billing.orders.tables import OrderReport, OrderSnapshot, ShopOrder
from tenants.database import tenant_of
from tenants.identifiers import new_id


@dataclass(frozen=True)
class OrderSource:
    """Where a fact came from: the connection, its sales channel, whether it is that channel's order book, and the delivery."""

    connection_id: UUID
    channel: str
    is_order_book: bool
    event_id: UUID | None = None


@dataclass(frozen=True)
class OrderRecorded:
    """The order a fact belongs to (None while it waits for one), its revision now, and whether anything changed."""

    order_id: UUID | None
    revision: int
    is_changed: bool


def record_order(session: Session, order: NeutralOrder, *, source: OrderSource, now: datetime) -> OrderRecorded:
    """Keep a snapshot of an order and reckon the order afresh.

    From a connection that is not its channel's order book the snapshot only joins an order with the same payment reference; it never
    makes one. Safe to repeat: a snapshot already known changes nothing.
    """
    hold(session, *_subjects(order, source))
    if not source.is_order_book:
        return _record_report(session, order, source, now)
    order_id = _find_or_make(session, order, source, now)
    related = _same_payment(session, order_id, order.payment_reference)
    rows = {locked: lock_order(session, locked) for locked in sorted({order_id, *related})}  # one sequence for all: no deadlock
    row = rows[order_id]
    sha256 = order_sha256(order)
    added = insert(OrderSnapshot).values(
        tenant_id=row.tenant_id, order_id=order_id, source_updated_at=order.source_updated_at, neutral_sha256=sha256,
        neutral=order_document(order), event_id=source.event_id, recorded_at=now,
    )  # fmt: skip
    session.execute(added.on_conflict_do_nothing())
    why = f"The shop reported the order {order.number or order.external_id} as {order.status}."
    trigger = Trigger(Cause("order", source.event_id, why), source.event_id)
    is_changed = bring_up_to_date(session, row, trigger, now=now)
    if is_changed:
        lock_and_reckon(session, related, trigger, now=now)
    return OrderRecorded(order_id, row.revision, is_changed)


def _subjects(order: NeutralOrder, source: OrderSource) -> tuple[tuple[str, object], ...]:
    return (
        ("order", f"{source.channel}/{order.external_id}"),
        ("payment", order.payment_reference),
        ("visitor", order.visitor_id),
        ("click", order.click_id),
    )


def _find_or_make(session: Session, order: NeutralOrder, source: OrderSource, now: datetime) -> UUID:
    tenant_id, order_id = tenant_of(session), new_id(now)
    made = insert(ShopOrder).values(
        tenant_id=tenant_id, order_id=order_id, connection_id=source.connection_id, channel=source.channel, external_id=order.external_id,
        revision=0, number=order.number, occurred_at=order.occurred_at, currency=order.currency, captured_minor=order.captured_minor,
        visitor_id=order.visitor_id, click_id=order.click_id, payment_reference=order.payment_reference, recorded_at=now,
    )  # fmt: skip
    if session.scalar(made.on_conflict_do_nothing().returning(ShopOrder.order_id)):
        return order_id
    known = select(ShopOrder.order_id).where(
        ShopOrder.tenant_id == tenant_id, ShopOrder.channel == source.channel, ShopOrder.external_id == order.external_id
    )
    return session.scalars(known).one()


def _record_report(session: Session, order: NeutralOrder, source: OrderSource, now: datetime) -> OrderRecorded:
    kept = insert(OrderReport).values(
        tenant_id=tenant_of(session), connection_id=source.connection_id, external_id=order.external_id, neutral_sha256=order_sha256(order),
        channel=source.channel, payment_reference=order.payment_reference, neutral=order_document(order),
        event_id=source.event_id, recorded_at=now,
    )  # fmt: skip
    session.execute(kept.on_conflict_do_nothing())
    joined = order_of_payment(session, order.payment_reference)
    return OrderRecorded(joined.order_id if joined else None, joined.revision if joined else 0, False)


def order_of_payment(session: Session, payment_reference: str | None) -> ShopOrder | None:
    """The order a payment belongs to; of several, the one whose connection is older."""
    if payment_reference is None:
        return None
    query = select(ShopOrder).where(ShopOrder.tenant_id == tenant_of(session), ShopOrder.payment_reference == payment_reference)
    return session.scalar(query.order_by(ShopOrder.connection_id, ShopOrder.external_id).limit(1))


def _same_payment(session: Session, order_id: UUID, payment_reference: str | None) -> list[UUID]:
    """Orders of other channels that report this payment too, or that shared the order's payment before this snapshot."""
    own = select(ShopOrder.payment_reference).where(ShopOrder.tenant_id == tenant_of(session), ShopOrder.order_id == order_id)
    references = {reference for reference in (payment_reference, session.scalar(own)) if reference}
    if not references:
        return []
    query = select(ShopOrder.order_id).where(
        ShopOrder.tenant_id == tenant_of(session), ShopOrder.payment_reference.in_(references), ShopOrder.order_id != order_id
    )
    return list(session.scalars(query))
