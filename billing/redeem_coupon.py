"""A coupon at the till: ask what it is worth, hold it for a checkout, use it up, or let it go again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.coupons.codes import normal_code
from billing.coupons.tables import Coupon, Offer
from billing.errors import (
    CartBelowMinimum,
    CartCurrencyDiffers,
    CouponAlreadyRedeemed,
    CouponExpired,
    CouponNotAccepted,
    CouponReservedElsewhere,
    CouponUnknown,
)
from billing.money import AMOUNT_MINOR_MAX, format_amount, share_of
from tenants.database import tenant_of

RESERVATION: Final = timedelta(minutes=30)
ORDER_REF_LENGTH_MAX: Final = 200


@dataclass(frozen=True)
class Cart:
    """What a code is held against: the goods' total in minor units of a currency."""

    total_minor: int
    currency: str


@dataclass(frozen=True)
class CouponQuote:
    """What a code takes off a cart, in minor units."""

    code: str
    discount_minor: int
    currency: str
    coupon_id: UUID


def validate_coupon(session: Session, *, code: str, cart_total_minor: int, currency: str, now: datetime) -> CouponQuote:
    """Say what a code would take off, without holding it. Raises a CouponNotAccepted that says why the till may not take it."""
    coupon, offer = _find(session, code, is_locked=False)
    discount_minor = _discount(coupon, offer, Cart(cart_total_minor, currency), None, now)
    return CouponQuote(coupon.code, discount_minor, currency, coupon.coupon_id)


def reserve_coupon(session: Session, *, code: str, order_ref: str, cart_total_minor: int, currency: str, now: datetime) -> CouponQuote:
    """Hold a code for one checkout for 30 minutes; the same checkout may ask again. Raises a CouponNotAccepted."""
    coupon, offer = _find(session, code, is_locked=True)
    discount_minor = _discount(coupon, offer, Cart(cart_total_minor, currency), _checked(order_ref), now)
    if coupon.redeemed_for is None:
        coupon.reserved_for, coupon.reserved_until, coupon.discount_minor = order_ref, now + RESERVATION, discount_minor
    return CouponQuote(coupon.code, discount_minor, currency, coupon.coupon_id)


def redeem_coupon(session: Session, *, code: str, order_ref: str, cart_total_minor: int, currency: str, now: datetime) -> CouponQuote:
    """Use a code up for one order; the same order may say so again and gets the same answer. Raises a CouponNotAccepted.

    A code this order reserved in time is taken even if it has expired since: the promise was made at the reservation.
    """
    coupon, offer = _find(session, code, is_locked=True)
    if coupon.redeemed_for == order_ref and coupon.discount_minor is not None:
        return CouponQuote(coupon.code, coupon.discount_minor, offer.currency, coupon.coupon_id)
    discount_minor = _discount(coupon, offer, Cart(cart_total_minor, currency), _checked(order_ref), now)
    coupon.redeemed_for, coupon.redeemed_at, coupon.discount_minor = order_ref, now, discount_minor
    coupon.reserved_for = coupon.reserved_until = None
    return CouponQuote(coupon.code, discount_minor, currency, coupon.coupon_id)


def release_coupon(session: Session, *, code: str, order_ref: str, now: datetime) -> None:
    """Let a held code go, after an abandoned checkout. Harmless when this checkout does not hold it; raises CouponAlreadyRedeemed."""
    coupon, _ = _find(session, code, is_locked=True)
    if coupon.redeemed_for is not None:
        raise CouponAlreadyRedeemed("The code has been used; a refund of the order does not give it back.")
    has_lapsed = coupon.reserved_until is not None and now >= coupon.reserved_until
    if coupon.reserved_for == order_ref or has_lapsed:
        coupon.reserved_for = coupon.reserved_until = coupon.discount_minor = None


def _find(session: Session, code: str, *, is_locked: bool) -> tuple[Coupon, Offer]:
    tenant_id, wanted = tenant_of(session), normal_code(code[:40])
    query = select(Coupon).where(Coupon.tenant_id == tenant_id, Coupon.code == wanted).execution_options(populate_existing=True)
    coupon = session.scalar(query.with_for_update() if is_locked else query) if wanted.isprintable() else None
    if coupon is None:
        raise CouponUnknown("This code is not known here.")
    return coupon, session.get_one(Offer, (tenant_id, coupon.offer_id))


def _discount(coupon: Coupon, offer: Offer, cart: Cart, order_ref: str | None, now: datetime) -> int:
    _check_free(coupon, order_ref, now)
    if cart.currency != offer.currency:
        raise CartCurrencyDiffers(f"The coupon is in {offer.currency} and the cart in {cart.currency[:20]}.")
    if not 0 <= cart.total_minor <= AMOUNT_MINOR_MAX:
        raise CouponNotAccepted("The cart's total is not an amount a cart can have.")
    if cart.total_minor < offer.minimum_minor:
        raise CartBelowMinimum(f"The cart must come to {format_amount(offer.minimum_minor, offer.currency)} {offer.currency} or more.")
    if offer.percent_ppm is not None:
        return share_of(cart.total_minor, offer.percent_ppm)
    return min(offer.amount_minor or 0, cart.total_minor)


def _check_free(coupon: Coupon, order_ref: str | None, now: datetime) -> None:
    if coupon.redeemed_for is not None and coupon.redeemed_for != order_ref:
        raise CouponAlreadyRedeemed("The code has already been used.")
    is_held = coupon.reserved_until is not None and now < coupon.reserved_until
    if is_held and coupon.reserved_for != order_ref:
        raise CouponReservedElsewhere("Another checkout holds this code at the moment; try again in half an hour.")
    if now >= coupon.expires_at and not (is_held and coupon.reserved_for == order_ref):
        raise CouponExpired(f"The code was good until {coupon.expires_at.date().isoformat()}.")


def _checked(order_ref: str) -> str:
    if not (0 < len(order_ref) <= ORDER_REF_LENGTH_MAX and order_ref.isprintable()):
        raise CouponNotAccepted("order_ref must be a text of 1 to 200 printable characters.")
    return order_ref
