"""What visitors bought after a moment: read from the orders, for choosing what is tried next. Nothing is paid by it."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.orders.tables import ShopOrder
from tenants.database import tenant_of

WINDOW: Final = timedelta(days=7)
AT_ONCE: Final = 5_000


def visitor_worth(session: Session, since: Mapping[UUID, datetime]) -> tuple[dict[UUID, int], str]:
    """What each visitor's orders of the WINDOW after their moment came to, in minor units, and in which currency: the one most are in.

    Orders in other currencies are left out: no rate is asked for here. Visitors who bought nothing are not among the answers.
    """
    visitors = list(since)
    rows: list[tuple[UUID, str, int]] = []
    for start in range(0, len(visitors), AT_ONCE):
        wanted = select(ShopOrder.visitor_id, ShopOrder.occurred_at, ShopOrder.currency, ShopOrder.captured_minor).where(
            ShopOrder.tenant_id == tenant_of(session), ShopOrder.visitor_id.in_(visitors[start : start + AT_ONCE])
        )
        for visitor_id, occurred_at, currency, captured_minor in session.execute(wanted):
            if visitor_id is not None and since[visitor_id] <= occurred_at < since[visitor_id] + WINDOW:
                rows.append((visitor_id, currency, captured_minor))
    usual = next(iter(Counter(currency for _visitor, currency, _minor in rows).most_common(1)), ("", 0))[0]
    worth: dict[UUID, int] = {}
    for visitor_id, currency, captured_minor in rows:
        if currency == usual:
            worth[visitor_id] = worth.get(visitor_id, 0) + captured_minor
    return worth, usual
