"""Shows which orders wait for an exchange rate that is not published yet."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.exchange.waiting import waiting_orders
from billing.orders.tables import ShopOrder
from tenants.database import tenant_of


@dataclass(frozen=True, slots=True)
class WaitingOrder:
    """An order that earns nothing yet, because no rate from `base` to `quote` is published for its `day`."""

    order_id: UUID
    number: str | None
    day: date
    base: str
    quote: str
    since: datetime


def waiting_for_rates(session: Session) -> tuple[WaitingOrder, ...]:
    """This tenant's orders that wait for a rate, the longest wait first."""
    waiting = waiting_orders(session)
    mine = ShopOrder.tenant_id == tenant_of(session), ShopOrder.order_id.in_({one.order_id for one in waiting})
    found = session.execute(select(ShopOrder.order_id, ShopOrder.number).where(*mine)).all()
    numbers = {row.order_id: row.number for row in found}
    return tuple(
        WaitingOrder(one.order_id, numbers.get(one.order_id), one.wanted.day, one.wanted.base, one.wanted.quote, one.since)
        for one in waiting
    )
