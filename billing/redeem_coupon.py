"""A coupon at the till: ask what it is worth, hold it for a checkout, use it up, or let it go again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.coupons.clauses import Cart, CartLine, discount_of
from billing.coupons.codes import normal_code
from billing.coupons.purse import lock_purse, settle_money
from billing.coupons.tables import Coupon, Offer, OfferPurse
from billing.coupons.versions import clauses_of
from billing.errors import CouponAlreadyRedeemed, CouponExpired, CouponNotAccepted, CouponReservedElsewhere, CouponUnknown
from billing.events import CouponRedeemed
from tenants.database import tenant_of
from tenants.outbox import announce

__all__ = ["Cart", "CartLine", "CouponQuote", "redeem_coupon", "release_coupon", "reserve_coupon", "validate_coupon"]

RESERVATION: Final = timedelta(minutes=30)
ORDER_REF_LENGTH_MAX: Final = 200


@dataclass(frozen=True)
class CouponQuote:
    """What a code takes off a cart, in minor units."""

    code: str
    discount_minor: int
    currency: str
    coupon_id: UUID


def validate_coupon(
    session: Session, *, code: str, cart_total_minor: int, currency: str, now: datetime, lines: Sequence[CartLine] | None = None
) -> CouponQuote:
    """Say what a code would take off, without holding it. Raises a CouponNotAccepted that says why the till may not take it.

    `lines` are what the cart holds; only coupons for certain products need them. They must add up to the total.
    """
    taken = _find(session, code, is_locked=False)
    _check_free(taken.coupon, None, now)
    return _quote(taken, _discount(session, taken, _cart(cart_total_minor, currency, lines)))


def reserve_coupon(
    session: Session, *, code: str, order_ref: str, cart_total_minor: int, currency: str, now: datetime,
    lines: Sequence[CartLine] | None = None,
) -> CouponQuote:  # fmt: skip
    """Hold a code for one checkout for 30 minutes; the same checkout may ask again. Raises a CouponNotAccepted."""
    taken = _find(session, code, is_locked=True)
    coupon = taken.coupon
    _check_free(coupon, _checked(order_ref), now)
    discount_minor = _discount(session, taken, _cart(cart_total_minor, currency, lines))
    if coupon.redeemed_for is None:
        coupon.reserved_for, coupon.reserved_until, coupon.discount_minor = order_ref, now + RESERVATION, discount_minor
    return _quote(taken, discount_minor)


def redeem_coupon(
    session: Session, *, code: str, order_ref: str, cart_total_minor: int, currency: str, now: datetime,
    lines: Sequence[CartLine] | None = None,
) -> CouponQuote:  # fmt: skip
    """Use a code up for one order; the same order may say so again and gets the same answer. Raises a CouponNotAccepted.

    A code this order reserved in time is taken even if it has expired since: the promise was made at the reservation.
    """
    taken = _find(session, code, is_locked=True, holds_purse=True)
    coupon = taken.coupon
    if coupon.redeemed_for == order_ref and coupon.discount_minor is not None:
        return _quote(taken, coupon.discount_minor)
    _check_free(coupon, _checked(order_ref), now)
    discount_minor = _discount(session, taken, _cart(cart_total_minor, currency, lines))
    coupon.redeemed_for, coupon.redeemed_at, coupon.discount_minor = order_ref, now, discount_minor
    coupon.reserved_for = coupon.reserved_until = None
    settle_money(taken.purse, coupon, discount_minor)
    announce(session, CouponRedeemed(coupon.coupon_id, coupon.shown_code, coupon.conversation_id, now), now=now)
    return _quote(taken, discount_minor)


def release_coupon(session: Session, *, code: str, order_ref: str, now: datetime) -> None:
    """Let a held code go, after an abandoned checkout. Harmless when this checkout does not hold it; raises CouponAlreadyRedeemed."""
    coupon = _find(session, code, is_locked=True).coupon
    if coupon.redeemed_for is not None:
        raise CouponAlreadyRedeemed("The code has been used; a refund of the order does not give it back.")
    has_lapsed = coupon.reserved_until is not None and now >= coupon.reserved_until
    if coupon.reserved_for == order_ref or has_lapsed:
        coupon.reserved_for = coupon.reserved_until = coupon.discount_minor = None


@dataclass(frozen=True)
class _Taken:
    """A coupon with its offer; with the purse where money may be settled."""

    coupon: Coupon
    offer: Offer
    purse: OfferPurse | None


def _find(session: Session, code: str, *, is_locked: bool, holds_purse: bool = False) -> _Taken:
    """Find a code. The purse is locked before the coupon, as everywhere; which purse it is never changes, so it may be read first."""
    tenant_id, wanted = tenant_of(session), normal_code(code[:40])
    query = select(Coupon).where(Coupon.tenant_id == tenant_id, Coupon.code == wanted).execution_options(populate_existing=True)
    coupon = session.scalar(query) if wanted.isprintable() else None
    if coupon is None:
        raise CouponUnknown("This code is not known here.")
    purse = lock_purse(session, tenant_id, coupon.offer_id) if holds_purse else None
    if is_locked:
        coupon = session.scalars(query.with_for_update()).one()
    return _Taken(coupon, session.get_one(Offer, (tenant_id, coupon.offer_id)), purse)


def _discount(session: Session, taken: _Taken, cart: Cart) -> int:
    return discount_of(clauses_of(session, taken.coupon, taken.offer), cart)


def _quote(taken: _Taken, discount_minor: int) -> CouponQuote:
    return CouponQuote(taken.coupon.shown_code, discount_minor, taken.offer.currency, taken.coupon.coupon_id)


def _cart(total_minor: int, currency: str, lines: Sequence[CartLine] | None) -> Cart:
    return Cart(total_minor, currency, None if lines is None else tuple(lines))


def _check_free(coupon: Coupon, order_ref: str | None, now: datetime) -> None:
    if coupon.redeemed_for is not None and coupon.redeemed_for != order_ref:
        raise CouponAlreadyRedeemed("The code has already been used.")
    is_held = coupon.reserved_until is not None and now < coupon.reserved_until
    if is_held and coupon.reserved_for != order_ref:
        raise CouponReservedElsewhere("Another checkout holds this code at the moment; try again in half an hour.")
    is_over = now >= coupon.expires_at and not (is_held and coupon.reserved_for == order_ref)
    is_freed = coupon.held_minor == 0 and coupon.redeemed_for is None  # its money was given to another coupon after its last day
    if is_over or is_freed:
        raise CouponExpired(f"The code was good until {coupon.expires_at.date().isoformat()}.")


def _checked(order_ref: str) -> str:
    if not (0 < len(order_ref) <= ORDER_REF_LENGTH_MAX and order_ref.isprintable()):
        raise CouponNotAccepted("order_ref must be a text of 1 to 200 printable characters.")
    return order_ref
