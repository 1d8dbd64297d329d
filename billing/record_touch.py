"""Records that an employee met a visitor. A touch that arrives late re-attributes the orders in its window."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.attribution.evidence import Touch
from billing.attribution.tables import TouchRow
from billing.ledger.writer import Cause
from billing.orders.locks import hold
from billing.orders.reckon import Trigger, lock_and_reckon
from billing.orders.tables import ShopOrder
from billing.revenue_share.versions import window_days_max
from tenants.database import tenant_of

__all__ = ["Touch", "record_touch"]


def record_touch(session: Session, touch: Touch, *, now: datetime) -> None:
    """Keep a touch, once per touch_id, and reckon afresh every order it may have brought."""
    hold(session, ("visitor", touch.visitor_id), ("click", touch.touch_id))
    added = insert(TouchRow).values(
        tenant_id=tenant_of(session), touch_id=touch.touch_id, occurred_at=touch.occurred_at, kind=touch.kind,
        employee_id=touch.employee_id, visitor_id=touch.visitor_id,
        conversation_id=touch.conversation_id, turn_id=touch.turn_id, coupon_id=touch.coupon_id,
        link_id=touch.link_id, work_id=touch.work_id, recorded_at=now,
    )  # fmt: skip
    if session.scalar(added.on_conflict_do_nothing().returning(TouchRow.touch_id)) is None:
        return
    trigger = Trigger(Cause("touch", touch.touch_id, f"A {touch.kind.replace('_', ' ')} before the order became known."), None)
    lock_and_reckon(session, _orders_after(session, touch), trigger, now=now)


def _orders_after(session: Session, touch: Touch) -> list[UUID]:
    ways = [ShopOrder.click_id == touch.touch_id]
    if touch.visitor_id is not None:
        ways.append(ShopOrder.visitor_id == touch.visitor_id)
    query = select(ShopOrder.order_id).where(
        ShopOrder.tenant_id == tenant_of(session), or_(*ways), ShopOrder.occurred_at >= touch.occurred_at,
        ShopOrder.occurred_at <= touch.occurred_at + timedelta(days=window_days_max(session)),
    )  # fmt: skip
    return list(session.scalars(query))
