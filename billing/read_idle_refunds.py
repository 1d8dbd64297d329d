"""Finds refunds and chargebacks that were reported and took no share back, each with its reason: somebody has to look at them.

Nothing is stored. One ends by itself when the merchant's system reports it rightly, or when an edit of the order makes it fit.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.orders.worth import WITHDRAWN
from tenants.database import tenant_of

LOOK_BACK: Final = timedelta(days=30)
LOOKED_AT_MAX: Final = 5_000
"""The latest reports; where more came within LOOK_BACK, older ones are not looked at any more."""
SHOWN_MAX: Final = 50
_IDLE: Final = text(
    """WITH latest AS (
        SELECT * FROM refund_fact WHERE tenant_id = :tenant_id AND recorded_at >= :since
        ORDER BY recorded_at DESC, refund_id DESC LIMIT :looked_at
    ), idle AS (
        SELECT DISTINCT ON (fact.connection_id, fact.kind, fact.external_refund_id) fact.kind, fact.external_refund_id, sale.order_id,
            COALESCE(sale.number, sale.external_id) AS order_ref, fact.event_id, fact.recorded_at, fact.currency, fact.amount_minor,
            aside.entry ->> 'why' AS why
        FROM latest AS fact
        JOIN shop_order AS sale ON sale.tenant_id = fact.tenant_id AND (
            (sale.channel = fact.channel AND sale.external_id = fact.external_order_id) OR sale.payment_reference = fact.payment_reference)
        JOIN attribution_run AS run ON run.tenant_id = sale.tenant_id AND run.order_id = sale.order_id AND run.revision = sale.revision
        CROSS JOIN LATERAL jsonb_array_elements(run.excluded -> 'refunds') AS aside (entry)
        WHERE aside.entry ->> 'subject' = fact.kind || ' ' || fact.external_refund_id
        ORDER BY fact.connection_id, fact.kind, fact.external_refund_id, fact.source_updated_at DESC, fact.neutral_sha256 DESC
    )
    SELECT * FROM idle WHERE why <> :withdrawn ORDER BY recorded_at DESC, external_refund_id LIMIT :shown"""
)


@dataclass(frozen=True, slots=True)
class IdleRefund:
    """A refund or chargeback of an order that moved nothing, as it was reported last, in minor units, and why."""

    kind: str
    refund_ref: str
    order_id: UUID
    order_ref: str
    event_id: UUID | None
    recorded_at: datetime
    currency: str
    amount_minor: int
    why: str


def idle_refunds(session: Session, *, now: datetime) -> list[IdleRefund]:
    """Those reported within LOOK_BACK, the latest first, at most SHOWN_MAX. What failed or was withdrawn is none of them."""
    asked = {
        "tenant_id": tenant_of(session), "since": now - LOOK_BACK, "looked_at": LOOKED_AT_MAX, "withdrawn": WITHDRAWN, "shown": SHOWN_MAX
    }  # fmt: skip
    return [IdleRefund(*row) for row in session.execute(_IDLE, asked)]
