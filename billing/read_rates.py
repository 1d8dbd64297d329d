"""Shows the newest published exchange rates, and which orders wait for one that is not published yet."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.exchange.tables import FxRate
from billing.exchange.waiting import waiting_orders
from billing.orders.tables import ShopOrder
from tenants.database import Database, tenant_of


@dataclass(frozen=True, slots=True)
class WaitingOrder:
    """An order that earns nothing yet, because no rate from `base` to `quote` is published for its `day`."""

    order_id: UUID
    number: str | None
    day: date
    base: str
    quote: str
    since: datetime


@dataclass(frozen=True, slots=True)
class PublishedDay:
    """A currency's newest rate: one `base` bought `rate_e9` billionths of `quote`; and on how many days one is known, since when."""

    base: str
    quote: str
    day: date
    rate_e9: int
    source: str
    imported_at: datetime
    first_day: date
    day_count: int


def published_rates(database: Database) -> tuple[PublishedDay, ...]:
    """The newest rate of every currency, by its code; empty before anything was imported.

    Rates belong to no shop, so they are read as the operator.
    """
    known = select(FxRate.quote, func.max(FxRate.day).label("day"), func.min(FxRate.day).label("first"), func.count().label("days"))
    by_quote = known.group_by(FxRate.quote).subquery()
    is_newest = (by_quote.c.quote == FxRate.quote) & (by_quote.c.day == FxRate.day)
    query = select(FxRate, by_quote.c.first, by_quote.c.days).join(by_quote, is_newest).order_by(FxRate.quote)
    with database.operator_session() as session:
        return tuple(
            PublishedDay(row.base, row.quote, row.day, row.rate_e9, row.source, row.imported_at, first, days)
            for row, first, days in session.execute(query)
        )


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
