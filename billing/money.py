"""Money as whole minor units of a currency, never a float.

Shares are integer parts per million; every share is rounded once, half to even; a split always adds up to what was split.
"""

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from numbers import Number
from typing import Any, Final, TypeVar

from billing.currencies import exponent_of
from billing.errors import AmountUnreadable, CurrenciesDiffer

PARTS_PER_MILLION: Final = 1_000_000
AMOUNT_MINOR_MAX: Final = 10**15
"""No order is worth more than this many minor units: beyond it lies a mistake, and far beyond it the database's integers."""

_AMOUNTS_KEPT_MAX: Final = 4096
_NO_AMOUNT: Final = '{} is not an amount; write a string such as "12.50".'
_PLAIN_DECIMAL = re.compile(r"(-?)([0-9]{1,20})(?:\.([0-9]{1,6}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency. Adding two currencies raises CurrenciesDiffer."""

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount_minor) is not int:
            raise AmountUnreadable(f"Money counts whole minor units; {type(self.amount_minor).__name__} is not a count.")
        exponent_of(self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount_minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount_minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount_minor, self.currency)

    def __str__(self) -> str:
        return f"{format_amount(self.amount_minor, self.currency)} {self.currency}"

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrenciesDiffer(f"{self.currency} and {other.currency} do not add up; convert one first.")
        return other.amount_minor


def parse_amount(text: Any, currency: str) -> int:
    """Read "12.50" as 1250 minor units.

    Only a string of plain digits is an amount: a JSON number may have passed through a float, and 1250 could mean either unit.
    Raises AmountUnreadable when it is not one, has more digits than the currency keeps, or passes AMOUNT_MINOR_MAX.
    """
    if not isinstance(text, str):
        raise AmountUnreadable(_NO_AMOUNT.format(_named(text)))
    return _parsed(text, currency)


@lru_cache(_AMOUNTS_KEPT_MAX)
def _parsed(text: str, currency: str) -> int:
    """Prices come again and again, and nothing most of all."""
    digits = exponent_of(currency)
    match = _PLAIN_DECIMAL.fullmatch(text)
    if match is None:
        raise AmountUnreadable(_NO_AMOUNT.format(_named(text)))
    sign, whole, fraction = match.groups(default="")
    if len(fraction) > digits:
        raise AmountUnreadable(f"{text!r} has {len(fraction)} digits after the point, but {currency} keeps {digits}.")
    amount_minor = int(whole + fraction.ljust(digits, "0"))
    if amount_minor > AMOUNT_MINOR_MAX:
        raise AmountUnreadable(f"{text!r} {currency} is more than any order is worth.")
    return -amount_minor if sign else amount_minor


def _named(value: Any) -> str:
    """What stood where an amount was expected, named as JSON names it: a text in quotes, a number bare."""
    if isinstance(value, str):
        return repr(value[:30])
    if value is None:
        return "A missing value"
    if isinstance(value, bool):
        return "A yes or no"
    return f"The number {str(value)[:30]}" if isinstance(value, Number) else "A list or an object"


def format_amount(amount_minor: int, currency: str) -> str:
    """Write 1250 minor units as "12.50", with exactly the digits the currency keeps."""
    digits = exponent_of(currency)
    sign, text = ("-" if amount_minor < 0 else ""), str(abs(amount_minor)).rjust(digits + 1, "0")
    return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else f"{sign}{text}"


def share_of(base_minor: Fraction | int, share_ppm: int) -> int:
    """Minor units of `share_ppm` parts per million of a base, rounded once, half to even."""
    return round(Fraction(base_minor) * share_ppm / PARTS_PER_MILLION)  # round() of a Fraction is exact and half to even


def divide_half_even(numerator: int, denominator: int) -> int:
    """A quotient of whole numbers rounded once, half to even; `denominator` is above zero. Exact, at a tenth of a Fraction's cost."""
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    return quotient + (twice > denominator or (twice == denominator and quotient % 2 == 1))


Key = TypeVar("Key", bound=Hashable)


def split(amount_minor: int, weights: Mapping[Key, int]) -> dict[Key, int]:
    """Split an amount by whole-number weights so that the parts add up exactly (largest remainder, ties by key).

    A negative amount splits as the mirror image of the positive one. Raises ValueError when no weight is positive or one is negative.
    """
    total = sum(weights.values())
    if total <= 0 or min(weights.values()) < 0:
        raise ValueError("A split needs weights of zero or more, and at least one above zero.")
    if amount_minor < 0:
        return {key: -part for key, part in split(-amount_minor, weights).items()}
    parts = {key: amount_minor * weight // total for key, weight in weights.items()}
    left_over = amount_minor - sum(parts.values())
    by_remainder = sorted(weights, key=lambda key: (-(amount_minor * weights[key] % total), str(key)))
    for key in by_remainder[:left_over]:
        parts[key] += 1
    return parts
