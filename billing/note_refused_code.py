"""Keeps that the till refused a code of ours, and why: the shopper stood there with what an employee had promised.

One row for each coupon and reason, with how often: a till that asks ten times is one trouble. Codes we never handed out are not kept,
for shoppers type anything. A refusal also announces itself, at most once a day for a shop, so that somebody gets a letter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.coupons.codes import normal_code
from billing.coupons.tables import Coupon, CouponRefusal
from billing.errors import (
    CartBelowMinimum,
    CartCurrencyDiffers,
    CartLacksProduct,
    CartLinesMissing,
    CouponAlreadyRedeemed,
    CouponExpired,
    CouponNotAccepted,
    CouponReservedElsewhere,
)
from billing.events import CodeRefused
from tenants.database import tenant_of
from tenants.outbox import announce

__all__ = ["RefusedCode", "note_refused_code", "refused_codes"]

WHY: Final[Mapping[str, str]] = {
    CouponExpired.__name__: "Its last day had passed.",
    CouponAlreadyRedeemed.__name__: "It had been used for another order.",
    CouponReservedElsewhere.__name__: "Another checkout was holding it.",
    CartBelowMinimum.__name__: "The cart was worth less than the offer asks for.",
    CartCurrencyDiffers.__name__: "The cart was in another currency than the offer.",
    CartLinesMissing.__name__: "It is good for certain products, and the till did not say what was in the cart.",
    CartLacksProduct.__name__: "It is good for products that were not in the cart.",
}
"""The refusals that are about a code, by the name of their error."""
SHOWN_DAYS: Final = 30
SHOWN_MAX: Final = 200
LETTER_EVERY: Final = timedelta(days=1)


@dataclass(frozen=True)
class RefusedCode:
    """A code the till refused: the latest order or checkout it was for, why, how often, and the conversation it came from."""

    code: str
    why: str
    order_ref: str | None
    times: int
    last_at: datetime
    conversation_id: UUID | None


def note_refused_code(session: Session, *, code: str, refusal: CouponNotAccepted, order_ref: str | None, now: datetime) -> bool:
    """Keep one refusal; whether it was worth keeping. The refusing transaction is over, so this is one of its own."""
    kind, tenant_id = type(refusal).__name__, tenant_of(session)
    if kind not in WHY:
        return False
    wanted = normal_code(code[:40])
    coupon = session.scalar(select(Coupon).where(Coupon.tenant_id == tenant_id, Coupon.code == wanted)) if wanted.isprintable() else None
    if coupon is None:
        return False
    last_letter = session.scalar(select(func.max(CouponRefusal.told_at)).where(CouponRefusal.tenant_id == tenant_id))
    is_told = last_letter is None or now - last_letter >= LETTER_EVERY
    told = {"told_at": now} if is_told else {}
    row = {
        "tenant_id": tenant_id, "coupon_id": coupon.coupon_id, "kind": kind, "order_ref": order_ref, "times": 1, "first_at": now,
        "last_at": now,
    }  # fmt: skip
    again = {"times": CouponRefusal.times + 1, "last_at": now, "order_ref": order_ref}
    session.execute(
        insert(CouponRefusal).values(row | told).on_conflict_do_update(index_elements=["tenant_id", "coupon_id", "kind"], set_=again | told)
    )
    if is_told:
        announce(session, CodeRefused(coupon.coupon_id, coupon.shown_code, WHY[kind]), now=now)
    return True


def refused_codes(session: Session, *, now: datetime) -> list[RefusedCode]:
    """The codes that were refused within SHOWN_DAYS, the latest first."""
    same = (Coupon.tenant_id == CouponRefusal.tenant_id) & (Coupon.coupon_id == CouponRefusal.coupon_id)
    since = now - timedelta(days=SHOWN_DAYS)
    query = (
        select(CouponRefusal, Coupon)
        .join(Coupon, same)
        .where(CouponRefusal.tenant_id == tenant_of(session), CouponRefusal.last_at >= since)
        .order_by(CouponRefusal.last_at.desc(), CouponRefusal.coupon_id)
        .limit(SHOWN_MAX)
    )
    return [
        RefusedCode(coupon.shown_code, WHY[row.kind], row.order_ref, row.times, row.last_at, coupon.conversation_id)
        for row, coupon in session.execute(query)
    ]
