"""The till's arithmetic: totals, sales tax and fair splits of a discount, in whole cents and without floating point."""

from collections.abc import Sequence
from dataclasses import dataclass

SALES_TAX_PPM = 82_500
"""8.25 %, charged on goods after the discount and not on postage."""
POSTAGE_MINOR = 400
POSTAGE_FREE_FROM_MINOR = 3_500
"""As the house rules say: beans and merchandise by post for 4 dollars, free of charge from 35."""


@dataclass(frozen=True)
class Totals:
    """What a cart comes to, in minor units of the shop's currency."""

    subtotal_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    tip_minor: int

    @property
    def total_minor(self) -> int:
        """What the shopper pays."""
        return self.subtotal_minor - self.discount_minor + self.shipping_minor + self.tax_minor + self.tip_minor


def total_up(subtotal_minor: int, discount_minor: int, *, is_posted: bool, tip_minor: int = 0) -> Totals:
    """Add up a sale. A discount larger than the goods is held to the goods; postage is free from a published sum on."""
    discount = min(discount_minor, subtotal_minor)
    goods = subtotal_minor - discount
    shipping = POSTAGE_MINOR if is_posted and subtotal_minor < POSTAGE_FREE_FROM_MINOR else 0
    return Totals(subtotal_minor, discount, shipping, share_of(goods, SALES_TAX_PPM), tip_minor)


def share_of(amount_minor: int, share_ppm: int) -> int:
    """`share_ppm` parts per million of an amount, rounded half to even."""
    quotient, rest = divmod(amount_minor * share_ppm, 1_000_000)
    return quotient + (1 if rest * 2 > 1_000_000 or (rest * 2 == 1_000_000 and quotient % 2) else 0)


def split(amount_minor: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split an amount in proportion to weights so that the parts add up exactly; left-over cents go to the largest remainders."""
    whole = sum(weights)
    if whole == 0:
        return tuple(0 for _ in weights)
    parts = [amount_minor * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: (-(amount_minor * weights[place] % whole), place))
    for place in by_remainder[: amount_minor - sum(parts)]:
        parts[place] += 1
    return tuple(parts)


def as_price(amount_minor: int, currency: str = "USD") -> str:
    """`450` as `$4.50`; another currency is named by its code."""
    sign = "−" if amount_minor < 0 else ""
    whole, cents = divmod(abs(amount_minor), 100)
    mark = "$" if currency == "USD" else f"{currency} "
    return f"{sign}{mark}{whole:,}.{cents:02d}"
