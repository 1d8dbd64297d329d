"""Hands one coupon to one visitor, within the offer's limits, and records the touch in the same transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.coupons.clauses import conditions_text
from billing.coupons.codes import new_code
from billing.coupons.pool import draw_code
from billing.coupons.purse import hold_money
from billing.coupons.tables import Coupon, Offer, OfferClauses
from billing.coupons.versions import clauses_of
from billing.errors import BudgetSpent, CouponRefused, OfferNotActive, OfferUnknown
from billing.payments.limits import check_within_limit
from billing.record_touch import Touch, record_touch
from tenants.database import tenant_of
from tenants.identifiers import new_id

CODE_TRIES_MAX: Final = 5


@dataclass(frozen=True)
class IssuedCoupon:
    """A coupon as the visitor gets it; `terms_text` leaves out the day, which is `expires_at`."""

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
    session: Session, *, offer_id: UUID, visitor_id: UUID | None, conversation_id: UUID | None, turn_id: UUID | None, now: datetime,
    employee_id: UUID | None = None, work_id: UUID | None = None,
) -> IssuedCoupon:  # fmt: skip
    """Issue a coupon, or return the one this turn or this visitor already has. Without `employee_id` the offer's first employee gives it.

    A `work_id` says that a film of theirs shows it; what it sells is then the film's.

    Raises OfferUnknown, OfferNotActive (not begun, paused, ended, another's), BudgetSpent (no coupon, code or money left),
    SpendingLimitReached. The offer's row is locked, so no limit is ever passed.
    """
    offer = session.get(Offer, (tenant_of(session), offer_id), with_for_update=True, populate_existing=True)
    if offer is None:
        raise OfferUnknown("There is no such offer.")
    known = _already_issued(session, offer, visitor_id, turn_id)
    if known is not None:
        return _issued(clauses_of(session, known, offer), known)
    giver = employee_id or offer.employee_id
    _check_open(offer, giver, now)
    check_within_limit(session, now)
    held_minor = hold_money(session, offer, now)
    offer.issued_count += 1
    touch = Touch(new_id(now), now, "coupon_issue", giver, visitor_id, conversation_id, turn_id, new_id(now), work_id=work_id)
    return _issued(offer, _write(session, offer, touch, held_minor))


def _check_open(offer: Offer, giver: UUID, now: datetime) -> None:
    if giver not in (offer.employee_ids or [offer.employee_id]):
        raise OfferNotActive(f"The offer {offer.name} is handed out by others.")
    if offer.paused_at is not None or offer.ended_at is not None:
        raise OfferNotActive(f"The offer {offer.name} {'is paused' if offer.ended_at is None else 'has ended'}.")
    if not offer.starts_at <= now < offer.ends_at:
        raise OfferNotActive(f"The offer {offer.name} runs from {offer.starts_at.date()} to {offer.ends_at.date()}.")
    if offer.issued_count >= offer.coupons_max:
        raise BudgetSpent(f"All {offer.coupons_max} coupons of the offer {offer.name} have been handed out.")


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


def _write(session: Session, offer: Offer, touch: Touch, held_minor: int | None) -> Coupon:
    coupon_id = touch.coupon_id
    assert coupon_id is not None  # noqa: S101 - the caller made it
    session.flush()
    for _ in range(CODE_TRIES_MAX):
        code, typed = _next_code(session, offer, coupon_id, touch.occurred_at)
        made = insert(Coupon).values(
            tenant_id=offer.tenant_id, coupon_id=coupon_id, offer_id=offer.offer_id, offer_version=offer.version,
            employee_id=touch.employee_id, code=code, typed=typed, visitor_id=touch.visitor_id, conversation_id=touch.conversation_id,
            turn_id=touch.turn_id, work_id=touch.work_id, touch_id=touch.touch_id, issued_at=touch.occurred_at, held_minor=held_minor,
            expires_at=min(touch.occurred_at + timedelta(days=offer.coupon_valid_days), offer.ends_at),
        )  # fmt: skip
        if session.scalar(made.on_conflict_do_nothing(index_elements=["tenant_id", "code"]).returning(Coupon.coupon_id)):
            break
    else:
        raise CouponRefused(f"{CODE_TRIES_MAX} new codes in turn were taken already; ask again.")
    coupon = session.get_one(Coupon, (offer.tenant_id, coupon_id))
    record_touch(session, touch, now=touch.occurred_at)
    return coupon


def _next_code(session: Session, offer: Offer, coupon_id: UUID, now: datetime) -> tuple[str, str | None]:
    """A code to compare by, and its spelling in the merchant's system where it comes from there. A drawn code is used up in any case."""
    if not offer.draws_codes:
        return new_code(), None
    drawn = draw_code(session, offer, coupon_id, now)
    return drawn.code, drawn.typed


def _issued(clauses: OfferClauses, coupon: Coupon) -> IssuedCoupon:
    return IssuedCoupon(
        coupon.coupon_id, coupon.shown_code, clauses.name, clauses.percent_ppm, clauses.amount_minor, clauses.currency,
        clauses.minimum_minor, coupon.expires_at, conditions_text(clauses),
    )  # fmt: skip
