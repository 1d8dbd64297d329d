"""The money an offer may give away: held in full for each coupon handed out, settled when one is used, freed when one lapses.

Locks in one sequence: the offer's row, its purse, its coupons. So the budget is passed at no moment, however many ask at once.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from billing.coupons.clauses import most_of
from billing.coupons.tables import Coupon, Offer, OfferPurse
from billing.errors import BudgetSpent
from billing.money import format_amount


def hold_money(session: Session, offer: Offer, now: datetime) -> int | None:
    """Hold the most a new coupon may take off, in minor units; None where the offer has no budget. Raises BudgetSpent.

    The caller holds the offer's row. What lapsed coupons held is freed first, but only when it is needed.
    """
    purse = lock_purse(session, offer.tenant_id, offer.offer_id)
    if purse is None:
        return None
    most_minor = most_of(offer)
    if purse.promised_minor + most_minor > purse.budget_minor:
        purse.promised_minor -= _free_lapsed(session, offer, now)
    if purse.promised_minor + most_minor > purse.budget_minor:
        budget = format_amount(purse.budget_minor, offer.currency)
        raise BudgetSpent(f"The {budget} {offer.currency} of the offer {offer.name} are promised or spent.")
    purse.promised_minor += most_minor
    return most_minor


def lock_purse(session: Session, tenant_id: UUID, offer_id: UUID) -> OfferPurse | None:
    """Lock an offer's purse and read it afresh; None where the offer has no budget."""
    return session.get(OfferPurse, (tenant_id, offer_id), with_for_update=True, populate_existing=True)


def settle_money(purse: OfferPurse | None, coupon: Coupon, discount_minor: int) -> None:
    """A used coupon holds what it took off, no longer the most it might have. Both rows are locked by the caller."""
    if purse is not None and coupon.held_minor is not None:
        purse.promised_minor += discount_minor - coupon.held_minor
        coupon.held_minor = discount_minor


def lapsed_minor(session: Session, offer: Offer, now: datetime) -> int:
    """Minor units that lapsed coupons of an offer still hold."""
    return session.scalar(select(func.coalesce(func.sum(Coupon.held_minor), 0)).where(_lapsed(offer, now))) or 0


def _free_lapsed(session: Session, offer: Offer, now: datetime) -> int:
    """Take back what coupons held that nobody can use any more, and return it. Each is marked, so that a late clock cannot use it."""
    lapsed = session.scalars(
        select(Coupon).where(_lapsed(offer, now)).execution_options(populate_existing=True).order_by(Coupon.coupon_id).with_for_update()
    ).all()
    freed_minor = sum(coupon.held_minor or 0 for coupon in lapsed)
    for coupon in lapsed:
        coupon.held_minor = 0
    session.flush()
    return freed_minor


def _lapsed(offer: Offer, now: datetime) -> ColumnElement[bool]:
    return and_(
        Coupon.tenant_id == offer.tenant_id, Coupon.offer_id == offer.offer_id, Coupon.redeemed_for.is_(None), Coupon.held_minor > 0,
        Coupon.expires_at <= now, or_(Coupon.reserved_until.is_(None), Coupon.reserved_until <= now),
    )  # fmt: skip
