"""Codes made in the merchant's own system: kept in the sequence of their list, drawn one by one."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from billing.coupons.codes import normal_code
from billing.coupons.tables import Coupon, Offer, PoolCode
from billing.errors import PoolEmpty
from billing.events import CodesRanLow
from billing.rows import insert_rows
from tenants.database import tenant_of
from tenants.outbox import announce

_POOL = ("tenant_id", "code", "offer_id", "typed", "position", "imported_at")


def draw_code(session: Session, offer: Offer, coupon_id: UUID, now: datetime) -> PoolCode:
    """Take the next code of an offer's list for a coupon; raises PoolEmpty. The caller holds the offer's row, so nobody draws beside.

    When the number left falls to what the shop chose, it is announced, once on each way down.
    """
    own = PoolCode.tenant_id == offer.tenant_id, PoolCode.offer_id == offer.offer_id
    query = select(PoolCode).where(*own, PoolCode.coupon_id.is_(None), PoolCode.withdrawn_at.is_(None))
    drawn = session.scalar(query.order_by(PoolCode.position).limit(1))
    if drawn is None:
        raise PoolEmpty(f"All codes imported for the offer {offer.name} have been handed out.")
    drawn.coupon_id = coupon_id
    offer.codes_left -= 1
    if offer.codes_left == offer.codes_low:
        announce(session, CodesRanLow(offer.offer_id, offer.name, offer.codes_left), now=now)
    return drawn


def withdraw_codes(session: Session, offer: Offer, now: datetime) -> None:
    """Let none of an offer's codes be drawn any more that nobody has yet. The caller holds the offer's row."""
    undrawn = PoolCode.tenant_id == offer.tenant_id, PoolCode.offer_id == offer.offer_id, PoolCode.coupon_id.is_(None)
    session.execute(update(PoolCode).where(*undrawn, PoolCode.withdrawn_at.is_(None)).values(withdrawn_at=now))
    offer.codes_left = 0


def known_codes(session: Session, codes: Collection[str]) -> set[str]:
    """Those among these codes that any offer of the shop imported or handed out before. Codes come in their normal spelling."""
    tenant_id, wanted = tenant_of(session), func.any(list(codes))
    pooled = session.scalars(select(PoolCode.code).where(PoolCode.tenant_id == tenant_id, PoolCode.code == wanted))
    issued = session.scalars(select(Coupon.code).where(Coupon.tenant_id == tenant_id, Coupon.code == wanted))
    return {*pooled, *issued}


def add_codes(session: Session, offer: Offer, typed: Sequence[str], now: datetime) -> int:
    """Append codes to an offer's list except those some list has already; return how many are new. The caller holds the offer's row."""
    own = PoolCode.tenant_id == offer.tenant_id, PoolCode.offer_id == offer.offer_id
    last: int = session.scalar(select(func.coalesce(func.max(PoolCode.position), 0)).where(*own)) or 0
    rows = [(offer.tenant_id, normal_code(code), offer.offer_id, code, last + number, now) for number, code in enumerate(typed, start=1)]
    added = insert_rows(session, PoolCode, _POOL, rows, or_skip=True)
    offer.codes_left += added
    return added
