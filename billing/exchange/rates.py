"""Finds the rate that governs a day, and converts with it exactly.

All published rates stand against one base currency, so between any two currencies there is one way only. The rate of a day is that
of the last published day up to it (a Sunday takes Friday's), and counts as known only once a day at or after it has been published.
Days are imported in ascending sequence and never change: whoever asks, and whenever, a rate that is known is always the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from billing.currencies import exponent_of

BILLION: Final = 10**9
RATES_LOCK: Final = 0x7111_0F0E
"""Held exclusively while rates are imported, and shared by whoever missed one, so that a waiting order is never overlooked."""


@dataclass(frozen=True, slots=True)
class RateWanted:
    """How many units of `quote` one unit of `base` bought on `day`."""

    day: date
    base: str
    quote: str


@dataclass(frozen=True, slots=True)
class Rate:
    """`rate_e9` billionths of `quote` for one unit of `base`, as published by `source` on `day` (the earlier day of a cross rate)."""

    day: date
    base: str
    quote: str
    rate_e9: int
    source: str

    def convert(self, amount_minor: Fraction | int) -> Fraction:
        """Exact minor units of `quote` for minor units of `base`; whoever writes the amount down rounds it, once."""
        shift = exponent_of(self.quote) - exponent_of(self.base)
        return Fraction(amount_minor) * self.rate_e9 / BILLION * Fraction(10) ** shift


@dataclass(frozen=True, slots=True)
class Leg:
    """One published rate: `rate_e9` billionths of some currency for one unit of `base`."""

    base: str
    day: date
    rate_e9: int
    source: str


Legs = Mapping[tuple[str, date], Leg]
"""(quote, day asked for) -> what was published for that day."""


def rates_for(session: Session, wanted: Iterable[RateWanted]) -> dict[RateWanted, Rate]:
    """The rates that are known by now; one that is not yet published is missing from the answer, and its order waits.

    One query for all. Only when a rate is missing is the import's lock shared until this transaction ends: an import that is under
    way is waited for, and one that comes later finds whatever this transaction leaves waiting.
    """
    asked = set(wanted)
    found = _known(session, asked)
    if len(found) < len(asked):
        session.execute(select(func.pg_advisory_xact_lock_shared(RATES_LOCK)))
        found |= _known(session, asked - found.keys())
    return found


def rate_from(wanted: RateWanted, legs: Legs) -> Rate | None:
    """One rate from the published ones, or None while a leg is missing. Pure.

    A rate that is not itself published is the exact quotient of the two that are, rounded once to nine digits, half to even; the
    rounded rate is the one that is pinned.
    """
    if wanted.base == wanted.quote:
        return Rate(wanted.day, wanted.base, wanted.quote, BILLION, "same currency")
    from_leg, to_leg = legs.get((wanted.base, wanted.day)), legs.get((wanted.quote, wanted.day))
    used = [leg for leg in (from_leg, to_leg) if leg is not None]
    per_from = _per_base(wanted.base, from_leg, used)
    per_to = _per_base(wanted.quote, to_leg, used)
    if per_from is None or per_to is None:
        return None
    rate_e9 = round(Fraction(per_to, per_from) * BILLION)
    if rate_e9 == 0:
        return None  # worth less than a billionth: no amount of it is money in the other currency
    return Rate(min(leg.day for leg in used), wanted.base, wanted.quote, rate_e9, "+".join(sorted({leg.source for leg in used})))


def _per_base(currency: str, leg: Leg | None, used: list[Leg]) -> int | None:
    """Billionths of a currency for one unit of the base all rates stand against; for the base itself that is one unit."""
    if leg is not None:
        return leg.rate_e9
    return BILLION if any(other.base == currency for other in used) else None


def _known(session: Session, wanted: set[RateWanted]) -> dict[RateWanted, Rate]:
    legs = _legs(session, wanted) if wanted else {}
    found = ((one, rate_from(one, legs)) for one in wanted)
    return {one: rate for one, rate in found if rate is not None}


def _legs(session: Session, wanted: set[RateWanted]) -> dict[tuple[str, date], Leg]:
    pairs = sorted({(currency, one.day) for one in wanted for currency in (one.base, one.quote)})
    parameters: dict[str, Any] = {"quotes": [quote for quote, _ in pairs], "days": [day for _, day in pairs]}
    statement = text("SELECT quote, asked, base, day, rate_e9, source FROM find_rates(CAST(:quotes AS text[]), CAST(:days AS date[]))")
    return {(row.quote, row.asked): Leg(row.base, row.day, row.rate_e9, row.source) for row in session.execute(statement, parameters)}
