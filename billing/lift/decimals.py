"""Roots, logarithms and probabilities in decimal arithmetic of a fixed precision, so that every machine finds the same digits.

Statistics may decide about money here, and a recount elsewhere must reach the same last digit: no binary fractions are used.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache, wraps
from typing import Final, ParamSpec, TypeVar

CONTEXT: Final = Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=-999_999, Emax=999_999)
"""34 significant digits (the size of IEEE 754 decimal128), half to even."""

_PI: Final = Decimal("3.141592653589793238462643383279503")
_TAIL_MAX: Final = Decimal(12)
"""Beyond twelve standard deviations a normal tail is less than 1e-32: nothing here asks further."""

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")


def in_fixed_precision(compute: Callable[_Given, _Answer]) -> Callable[_Given, _Answer]:
    """Let a function's decimals be computed in CONTEXT, whatever the caller's own context is."""

    @wraps(compute)
    def computed(*given: _Given.args, **named: _Given.kwargs) -> _Answer:
        with localcontext(CONTEXT):
            return compute(*given, **named)

    return computed


def whole(value: Decimal) -> int:
    """The nearest whole number, half to even."""
    return round(Fraction(value))


def root(value: Decimal) -> Decimal:
    """The square root, in the fixed precision."""
    return CONTEXT.sqrt(value)


def shown(value: Decimal, places: int = 6) -> str:
    """A decimal written with so many places, half to even, never in powers of ten."""
    return f"{CONTEXT.quantize(value, Decimal(1).scaleb(-places)):f}"


@in_fixed_precision
def normal_below(deviations: Decimal) -> Decimal:
    """The probability that a standard normal quantity lies below so many standard deviations.

    Source: the series x + x^3/3 + x^5/(3*5) + ... times the density (Abramowitz and Stegun 26.2.11).
    """
    if abs(deviations) > _TAIL_MAX:
        return Decimal(deviations > 0)
    square = deviations * deviations
    term = total = deviations
    divisor = 1
    while abs(term) > Decimal("1e-36"):
        divisor += 2
        term *= square / divisor
        total += term
    return Decimal("0.5") + _density(deviations) * total


@lru_cache(maxsize=256)
@in_fixed_precision
def normal_quantile(probability: Decimal) -> Decimal:
    """How many standard deviations a standard normal quantity stays below with this probability (0.5 <= probability < 1).

    Newton's steps from 0 climb towards the answer and never pass it, because the curve bends down on this side.
    """
    deviations, step = Decimal(0), Decimal(1)
    while step > Decimal("1e-24"):
        step = (probability - normal_below(deviations)) / _density(deviations)
        deviations += step
    return deviations


def _density(deviations: Decimal) -> Decimal:
    return (-deviations * deviations / 2).exp() / (2 * _PI).sqrt()


@in_fixed_precision
def poisson_at_most(count: int, expected: Decimal) -> Decimal:
    """The probability that a Poisson quantity with this expectation is `count` or less."""
    term = total = (-expected).exp()
    for number in range(1, count + 1):
        term *= expected / number
        total += term
    return min(total, Decimal(1))
