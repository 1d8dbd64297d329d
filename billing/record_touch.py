"""Records that an employee met a visitor. A touch that arrives late re-attributes the orders in its window."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.attribution.evidence import Touch
from billing.attribution.tables import TouchRow
from billing.events import TouchRecorded
from billing.ledger.writer import Cause
from billing.orders.locks import hold_all, hold_contracts
from billing.orders.reckon import Trigger, reckon_orders
from billing.revenue_share.versions import window_days_max
from billing.rows import insert_new
from tenants.database import tenant_of
from tenants.outbox import announce

__all__ = ["Touch", "record_touch", "record_touches"]

_TOUCH: Final = (
    "tenant_id", "touch_id", "occurred_at", "kind", "employee_id", "visitor_id", "conversation_id", "turn_id", "coupon_id", "link_id",
    "work_id", "recorded_at",
)  # fmt: skip
_AFTER: Final = text(
    """SELECT met.touch_id, o.order_id FROM unnest(
        CAST(:touches AS uuid[]), CAST(:visitors AS uuid[]), CAST(:since AS timestamptz[]), CAST(:until AS timestamptz[])
    ) AS met (touch_id, visitor_id, since, until)
    JOIN shop_order o ON o.tenant_id = :tenant_id AND (o.visitor_id = met.visitor_id OR o.click_id = met.touch_id)
        AND o.occurred_at BETWEEN met.since AND met.until"""
)


def record_touch(session: Session, touch: Touch, *, now: datetime) -> None:
    """Keep a touch, once per touch_id, and reckon afresh every order it may have brought."""
    record_touches(session, [touch], now=now)


def record_touches(session: Session, touches: Sequence[Touch], *, now: datetime) -> None:
    """Keep touches, each once per touch_id, and reckon afresh every order they may have brought, once."""
    hold_contracts(session)
    hold_all(session, (subject for one in touches for subject in (("visitor", one.visitor_id), ("click", one.touch_id))))
    tenant_id = tenant_of(session)
    rows = [
        (
            tenant_id, one.touch_id, one.occurred_at, one.kind, one.employee_id, one.visitor_id, one.conversation_id, one.turn_id,
            one.coupon_id, one.link_id, one.work_id, now,
        )
        for one in touches
    ]  # fmt: skip
    new = {touch_id for (touch_id,) in insert_new(session, TouchRow, _TOUCH, rows, returning=("touch_id",))}
    for touch_id in sorted(new):
        announce(session, TouchRecorded(touch_id), now=now)
    reckon_orders(session, _orders_after(session, [one for one in touches if one.touch_id in new]), now=now)


def _orders_after(session: Session, touches: Sequence[Touch]) -> dict[UUID, Trigger]:
    """The orders that lie within the longest window after a touch, each with the touch that asks."""
    if not touches:
        return {}
    days = timedelta(days=window_days_max(session))
    parameters: dict[str, Any] = {
        "tenant_id": tenant_of(session), "touches": [one.touch_id for one in touches], "visitors": [one.visitor_id for one in touches],
        "since": [one.occurred_at for one in touches], "until": [one.occurred_at + days for one in touches],
    }  # fmt: skip
    by_id = {one.touch_id: one for one in touches}
    found: dict[UUID, Trigger] = {}
    for touch_id, order_id in session.execute(_AFTER, parameters):
        why = f"A {by_id[touch_id].kind.replace('_', ' ')} before the order became known."
        found.setdefault(order_id, Trigger(Cause("touch", touch_id, why), None))
    return found
