"""Stripe counts money in minor units of its own; these convert from ISO 4217's and back, in whole numbers.

Three rules differ. Currencies without minor units count whole units, and Stripe reckons the ariary (MGA) among them. Krónur (ISK) and
Ugandan shillings (UGX) have no minor unit and are nevertheless written with two digits, always 00. Dinars and rials with three digits
(BHD, JOD, KWD, OMR, TND) are written with three, of which the last must be 0. Forints (HUF) and new dollars (TWD) are charged in two
digits; Stripe rounds them only when it pays out. Source: Stripe's page on supported currencies.
"""

from itertools import pairwise
from typing import Final

from billing.currencies import exponent_of
from billing.money import divide_half_even
from billing.payment_errors import GatewayRefused

_WHOLE: Final = frozenset(["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"])
_WRITTEN_WITH_TWO: Final = frozenset({"ISK", "UGX"})
_LAST_DIGIT_ZERO: Final = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
_DIGITS_MAX: Final = 3


def to_stripe(amount_minor: int, currency: str) -> int:
    """Stripe's units for our minor units, rounded half to even where Stripe keeps less. Raises GatewayRefused for what it cannot take."""
    digits = exponent_of(currency)
    if currency in _LAST_DIGIT_ZERO:
        return 10 * divide_half_even(amount_minor, 10)
    if digits >= _DIGITS_MAX:
        raise GatewayRefused(f"Stripe takes no {currency}.")
    if currency in _WHOLE:
        return divide_half_even(amount_minor, int(10**digits))
    return amount_minor * 100 if currency in _WRITTEN_WITH_TWO else amount_minor


def from_stripe(amount: int, currency: str) -> int:
    """Our minor units for Stripe's."""
    if currency in _WHOLE:
        return amount * int(10 ** exponent_of(currency))
    return divide_half_even(amount, 100) if currency in _WRITTEN_WITH_TWO else amount


def lines_to_stripe(amounts_minor: list[int], currency: str) -> list[int]:
    """Lines in Stripe's units that add up to the whole in Stripe's units: what rounding takes from one line the next one gets."""
    sums = [0]
    for minor in amounts_minor:
        sums.append(sums[-1] + minor)
    rounded = [to_stripe(one, currency) for one in sums]
    return [later - earlier for earlier, later in pairwise(rounded)]
