"""Records that money went back to a buyer. It may arrive before its order does; then it waits, visible, and joins later."""

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.ledger.writer import Cause
from billing.money import format_amount
from billing.neutral_order import NeutralRefund, refund_document, refund_sha256
from billing.orders.locks import hold
from billing.orders.reckon import Trigger, lock_and_reckon
from billing.orders.tables import RefundFact, ShopOrder
from billing.record_order import OrderRecorded, OrderSource
from tenants.database import tenant_of
from tenants.identifiers import new_id


def record_refund(session: Session, refund: NeutralRefund, *, source: OrderSource, now: datetime) -> OrderRecorded:
    """Keep a refund or chargeback and reckon its order afresh, if that is known by now. Safe to repeat.

    A refund told twice with other figures counts as the later telling says, by the shop's own clock.
    """
    hold(session, ("order", f"{source.channel}/{refund.external_order_id}"), ("payment", refund.payment_reference))
    kept = insert(RefundFact).values(
        tenant_id=tenant_of(session), refund_id=new_id(now), connection_id=source.connection_id, channel=source.channel, kind=refund.kind,
        external_refund_id=refund.external_id, external_order_id=refund.external_order_id, payment_reference=refund.payment_reference,
        occurred_at=refund.occurred_at, source_updated_at=refund.source_updated_at,
        currency=refund.currency, amount_minor=refund.amount_minor,
        neutral=refund_document(refund), neutral_sha256=refund_sha256(refund), event_id=source.event_id, recorded_at=now,
    )  # fmt: skip
    refund_id = session.scalar(kept.on_conflict_do_nothing().returning(RefundFact.refund_id))
    orders = _orders_of(session, refund, source)
    amount = f"{format_amount(refund.amount_minor, refund.currency)} {refund.currency}"
    trigger = Trigger(Cause(refund.kind, refund_id, f"A {refund.kind} of {amount} was reported."), source.event_id)
    changed = lock_and_reckon(session, [order.order_id for order in orders], trigger, now=now) if refund_id else 0
    first = orders[0] if orders else None
    return OrderRecorded(first.order_id if first else None, first.revision if first else 0, bool(changed))


def _orders_of(session: Session, refund: NeutralRefund, source: OrderSource) -> list[ShopOrder]:
    ways: list[ColumnElement[bool]] = [(ShopOrder.channel == source.channel) & (ShopOrder.external_id == refund.external_order_id)]
    if refund.payment_reference:
        ways.append(ShopOrder.payment_reference == refund.payment_reference)
    query = select(ShopOrder).where(ShopOrder.tenant_id == tenant_of(session), or_(*ways)).order_by(ShopOrder.connection_id)
    return list(session.scalars(query))
