"""Reckons afresh what is known of the days that a signature or a dismissal changed, so that paper and fact may come in any sequence."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.ledger.writer import Cause
from billing.orders.reckon import Trigger, reckon_alone
from billing.orders.tables import ShopOrder
from billing.revenue_share.earning_events import events_since
from billing.revenue_share.reckon_events import reckon_events
from tenants.database import tenant_of

ORDERS_PER_SET: Final = 500


def reckon_since(session: Session, moment: datetime, cause: Cause, *, employee_id: UUID, now: datetime) -> None:
    """Reckon the shop's orders, and the employee's leads, bookings and income, of `moment` and later, in this transaction.

    The caller holds the contracts alone and has written their days. An order earns under the contract of its own moment, so earlier ones
    are not concerned; those of a customer are reckoned in the sequence they were placed.
    """
    placed = (ShopOrder.tenant_id == tenant_of(session)) & (ShopOrder.occurred_at >= moment)
    order_ids = session.scalars(select(ShopOrder.order_id).where(placed).order_by(ShopOrder.occurred_at, ShopOrder.order_id)).all()
    trigger = Trigger(cause, None)
    for start in range(0, len(order_ids), ORDERS_PER_SET):
        reckon_alone(session, dict.fromkeys(order_ids[start : start + ORDERS_PER_SET], trigger), now=now)
    reckon_events(session, events_since(session, employee_id, moment), now=now)
