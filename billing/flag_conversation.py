"""Marks a conversation as held with a machine, or takes the mark back, and reckons afresh the orders it may have brought."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from billing.attribution.tables import ConversationFlag, TouchRow
from billing.coupons.codes import normal_code
from billing.coupons.tables import Coupon
from billing.errors import ConversationFlagRefused
from billing.ledger.writer import Cause
from billing.orders.locks import hold_all, hold_contracts
from billing.orders.reckon import Trigger, lock_and_reckon
from billing.orders.tables import OrderSnapshot, ShopOrder
from billing.revenue_share.versions import window_days_max
from tenants.database import tenant_of
from tenants.identifiers import new_id

_SAID: Final = {"bot": "was held with a machine", "person": "was held with a person after all"}


def flag_conversation(session: Session, *, conversation_id: UUID, flag: str, why: str, now: datetime) -> UUID:
    """Keep the flag ("bot", or "person" to take it back) with its reason; return its id. The latest flag stands.

    Every order that a touch or a coupon of the conversation may have brought is reckoned afresh. Raises ConversationFlagRefused.
    """
    if flag not in _SAID:
        raise ConversationFlagRefused(f"{flag[:40]!r} is not a flag; choose {' or '.join(_SAID)}.")
    if not why.strip():
        raise ConversationFlagRefused("Say why; the sentence stands beside every order the flag concerns.")
    hold_contracts(session)
    touches = _touches(session, conversation_id)
    codes = _codes(session, touches)
    hold_all(session, _subjects(touches, codes))
    row = ConversationFlag(
        tenant_id=tenant_of(session), flag_id=new_id(now), conversation_id=conversation_id, flag=flag, why=why.strip(),
        flagged_at=_after_the_last(session, conversation_id, now),
    )  # fmt: skip
    session.add(row)
    session.flush()  # the reckoning reads it back
    trigger = Trigger(Cause("conversation_flag", row.flag_id, f"It became known that a conversation {_SAID[flag]}: {row.why}"), None)
    lock_and_reckon(session, sorted(_orders_met(session, touches) | _orders_with(session, codes)), trigger, now=now)
    return row.flag_id


def _after_the_last(session: Session, conversation_id: UUID, now: datetime) -> datetime:
    """A moment later than every flag of the conversation, so that the order in which they were told is never a matter of chance."""
    told = select(func.max(ConversationFlag.flagged_at)).where(
        ConversationFlag.tenant_id == tenant_of(session), ConversationFlag.conversation_id == conversation_id
    )
    last = session.scalar(told)
    return now if last is None else max(now, last + timedelta(microseconds=1))


def _touches(session: Session, conversation_id: UUID) -> list[TouchRow]:
    query = select(TouchRow).where(TouchRow.tenant_id == tenant_of(session), TouchRow.conversation_id == conversation_id)
    return list(session.scalars(query))


def _subjects(touches: Collection[TouchRow], codes: Collection[str]) -> list[tuple[str, object]]:
    """What an order that these touches may have brought holds too, so that neither misses the other."""
    visitors: list[tuple[str, object]] = [("visitor", touch.visitor_id) for touch in touches]
    return [*visitors, *(("click", touch.touch_id) for touch in touches), *(("code", code) for code in codes)]


def _codes(session: Session, touches: Collection[TouchRow]) -> dict[str, datetime]:
    """The codes handed out in the conversation, each with the moment."""
    coupon_ids = {touch.coupon_id for touch in touches if touch.coupon_id is not None}
    query = select(Coupon.code, Coupon.issued_at).where(Coupon.tenant_id == tenant_of(session), Coupon.coupon_id.in_(coupon_ids))
    return {row.code: row.issued_at for row in session.execute(query)}


def _orders_met(session: Session, touches: Collection[TouchRow]) -> set[UUID]:
    """Orders of the visitors who were met, or that carry one of the clicks."""
    visitors = {touch.visitor_id for touch in touches if touch.visitor_id is not None}
    clicks = {touch.touch_id for touch in touches}
    query = select(ShopOrder.order_id).where(
        ShopOrder.tenant_id == tenant_of(session), or_(ShopOrder.visitor_id.in_(visitors), ShopOrder.click_id.in_(clicks))
    )
    return set(session.scalars(query))


def _orders_with(session: Session, codes: dict[str, datetime]) -> set[UUID]:
    """Orders that carry one of the codes, whoever paid with it, within the longest window after it was handed out."""
    if not codes:
        return set()
    latest = max(codes.values()) + timedelta(days=window_days_max(session))
    query = (
        select(ShopOrder.order_id, OrderSnapshot.neutral["codes"])
        .join(OrderSnapshot, (OrderSnapshot.tenant_id == ShopOrder.tenant_id) & (OrderSnapshot.order_id == ShopOrder.order_id))
        .where(ShopOrder.tenant_id == tenant_of(session), ShopOrder.occurred_at.between(min(codes.values()), latest))
    )
    return {order_id for order_id, told in session.execute(query) if any(normal_code(code) in codes for code in told or ())}
