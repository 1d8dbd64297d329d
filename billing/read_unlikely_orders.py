"""Finds orders worth a hundred times what the shop usually sells: mostly a mistake of units, sometimes a happy day.

Nothing is held back for it, and nothing is stored: a shop that reports such an order is asked to look at it once. What is usual is the
median, which a few such orders cannot move.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from tenants.database import tenant_of

TIMES_USUAL: Final = 100
ORDERS_MIN: Final = 20
"""Fewer orders of a currency show no custom."""
LOOK_BACK: Final = timedelta(days=30)
LOOKED_AT_MAX: Final = 5_000
"""The latest orders; of a shop that sells more than this in LOOK_BACK, older ones are not looked at any more."""
SHOWN_MAX: Final = 50
_UNLIKELY: Final = text(
    """WITH latest AS (
        SELECT order_id, COALESCE(number, external_id) AS order_ref, channel, recorded_at, currency, captured_minor FROM shop_order
        WHERE tenant_id = :tenant_id AND recorded_at >= :since ORDER BY recorded_at DESC, order_id DESC LIMIT :looked_at
    ), usual AS (
        SELECT currency, percentile_disc(0.5) WITHIN GROUP (ORDER BY captured_minor) AS usual_minor FROM latest WHERE captured_minor > 0
        GROUP BY currency HAVING count(*) >= :orders_min
    )
    SELECT order_id, order_ref, channel, recorded_at, currency, captured_minor, usual_minor FROM latest JOIN usual USING (currency)
    WHERE captured_minor >= usual_minor * :times ORDER BY recorded_at DESC, order_id DESC LIMIT :shown"""
)


@dataclass(frozen=True, slots=True)
class UnlikelyOrder:
    """An order far above the shop's usual one (the median of the same currency), in minor units."""

    order_id: UUID
    order_ref: str
    channel: str
    recorded_at: datetime
    currency: str
    captured_minor: int
    usual_minor: int


def unlikely_orders(session: Session, *, now: datetime) -> list[UnlikelyOrder]:
    """Orders told within LOOK_BACK that are worth TIMES_USUAL times the usual one or more, the latest first, at most SHOWN_MAX."""
    asked = {
        "tenant_id": tenant_of(session), "since": now - LOOK_BACK, "looked_at": LOOKED_AT_MAX, "orders_min": ORDERS_MIN,
        "times": TIMES_USUAL, "shown": SHOWN_MAX,
    }  # fmt: skip
    return [UnlikelyOrder(*row) for row in session.execute(_UNLIKELY, asked)]
