"""Hands one coupon to one visitor, within the offer's limits, and records the touch in the same transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.coupons.codes import new_code
from billing.coupons.tables import Coupon, Offer
from billing.errors import BudgetSpent, CouponRefused, OfferNotActive, OfferUnknown
from billing.offers import terms_text_of
from billing.record_touch import Touch, record_touch
from tenants.database import tenant_of
from tenants.identifiers import new_id

CODE_TRIES_MAX: Final = 5


@dataclass(frozen=True)
class IssuedCoupon:
    """A coupon as the visitor gets it."""

    coupon_id: UUID
    code: str
    offer_name: str
    percent_ppm: int | None
    amount_minor: int | None
    currency: str
    minimum_minor: int
    expires_at: datetime
    terms_text: str


def issue_coupon(
    session: Session, *, offer_id: UUID, visitor_id: UUID | None, conversation_id: UUID | None, turn_id: UUID | None, now: datetime
) -> IssuedCoupon:
    """Issue a coupon, or return the one this turn or this visitor already has.

    Raises OfferUnknown, OfferNotActive (not begun or ended), BudgetSpent. The offer's row is locked, so a budget is never passed.
    """
    offer = session.get(Offer, (tenant_of(session), offer_id), with_for_update=True, populate_existing=True)
    if offer is None:
        raise OfferUnknown("There is no such offer.")
    known = _already_issued(session, offer, visitor_id, turn_id)
    if known is not None:
        return _issued(offer, known)
    if not offer.starts_at <= now < offer.ends_at:
        raise OfferNotActive(f"The offer {offer.name} runs from {offer.starts_at.date()} to {offer.ends_at.date()}.")
    if offer.issued_count >= offer.coupons_max:
        raise BudgetSpent(f"All {offer.coupons_max} coupons of the offer {offer.name} have been handed out.")
    offer.issued_count += 1
    coupon = _write(
        session, offer, Touch(new_id(now), now, "coupon_issue", offer.employee_id, visitor_id, conversation_id, turn_id, new_id(now))
    )
    return _issued(offer, coupon)


def _already_issued(session: Session, offer: Offer, visitor_id: UUID | None, turn_id: UUID | None) -> Coupon | None:
    """The coupon of this turn; else, once the visitor has as many as it may have, its latest one."""
    own = select(Coupon).where(Coupon.tenant_id == offer.tenant_id, Coupon.offer_id == offer.offer_id)
    of_turn = session.scalar(own.where(Coupon.turn_id == turn_id)) if turn_id else None
    if of_turn or visitor_id is None:
        return of_turn
    of_visitor = session.scalars(
        own.where(Coupon.visitor_id == visitor_id).order_by(Coupon.issued_at.desc(), Coupon.coupon_id.desc())
    ).all()
    return of_visitor[0] if len(of_visitor) >= offer.per_visitor_max else None


def _write(session: Session, offer: Offer, touch: Touch) -> Coupon:
    coupon_id = touch.coupon_id
    session.flush()
    for _ in range(CODE_TRIES_MAX):
        made = insert(Coupon).values(
            tenant_id=offer.tenant_id, coupon_id=coupon_id, offer_id=offer.offer_id, employee_id=offer.employee_id, code=new_code(),
            visitor_id=touch.visitor_id, conversation_id=touch.conversation_id, turn_id=touch.turn_id, touch_id=touch.touch_id,
            issued_at=touch.occurred_at, expires_at=min(touch.occurred_at + timedelta(days=offer.coupon_valid_days), offer.ends_at),
        )  # fmt: skip
        if session.scalar(made.on_conflict_do_nothing(index_elements=["tenant_id", "code"]).returning(Coupon.coupon_id)):
            break
    else:
        raise CouponRefused(f"{CODE_TRIES_MAX} new codes in turn were taken already; ask again.")
    coupon = session.get_one(Coupon, (offer.tenant_id, coupon_id))
    record_touch(session, touch, now=touch.occurred_at)
    return coupon


def _issued(offer: Offer, coupon: Coupon) -> IssuedCoupon:
    return IssuedCoupon(
        coupon.coupon_id, coupon.code, offer.name, offer.percent_ppm, offer.amount_minor, offer.currency, offer.minimum_minor,
        coupon.expires_at, terms_text_of(offer, coupon.expires_at),
    )  # fmt: skip
