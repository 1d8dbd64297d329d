"""What an order pays under the terms on trial, in numbers alone: no sentence is written, for a million orders nobody would read them.

The guards, models, base and rates are those of the book. What is left out is who among several touches of one employee brought the
order: their parts add up to the same whole however it is divided. Exchange, royalties and payment by lift are left to `reckon`; a
property test holds the two together, cent by cent.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from operator import attrgetter
from typing import Final, NamedTuple

from billing.attribution.decide import STEP_OF_KIND
from billing.attribution.evidence import ContractInForce, Step
from billing.attribution.guards import refusal_of_coupon, refusal_of_touch
from billing.attribution.models import MODELS
from billing.back_test.lean import LeanDocument, LeanEvidence, LeanFacts, LeanTouch
from billing.money import PARTS_PER_MILLION, divide_half_even
from billing.orders.worth import ByRate, unreturned_worth, worth_of
from billing.revenue_share.targets import WEIGHT_TIMES_RATE, own_rate
from billing.revenue_share.versions import Contracts

ByEmployee = Mapping[str, ContractInForce]
_moment: Final = attrgetter("touch.occurred_at", "touch.touch_id")


class Owed(NamedTuple):
    """What an order pays and what it adds to the turnover that tiers look at, in minor units of the contract's currency.

    `waits` says that the exchange rate is not known yet; both are 0 then.
    """

    target_minor: int
    turnover_minor: int
    waits: bool = False


NOTHING: Final = Owed(0, 0)


class _Counted(NamedTuple):
    """A touch that counts: by which step and under which contract."""

    touch: LeanTouch
    step: Step
    contract: ContractInForce


class Sums:
    """Tells what a contract on trial owes for an order, or that the order has to be reckoned in full."""

    def __init__(self, contracts: Contracts, tried: ContractInForce) -> None:
        self._tried = tried
        self._in_force = _InForce(contracts)

    def owed(self, document: LeanDocument) -> Owed | None:
        """What the contract on trial owes for the order; None when that takes the full reckoning."""
        told, seen, tried = document.facts, document.evidence, self._tried
        in_force = self._in_force.at(told.order.occurred_at)
        is_met = is_shared = False
        for touch in _touches(seen):
            contract = in_force.get(touch.employee_id)
            if contract is tried:
                is_met = True
            elif contract is not None:
                is_shared = True
        weight_ppm = _part(seen, tried, in_force) if is_met and is_shared else is_met and _whole(seen, in_force)
        if not weight_ppm:
            return NOTHING
        if self._needs_more(told, seen):
            return None
        return _owed(_by_rate(told, tried), weight_ppm, *own_rate(tried, told.order.occurred_at))

    def _needs_more(self, told: LeanFacts, seen: LeanEvidence) -> bool:
        terms, currency = self._tried.terms, told.order.currency
        if terms.currency != currency or terms.lift is not None or told.counted_elsewhere is not None:
            return True
        if told.refunds and any(refund.currency != currency for refund in told.refunds):
            return True
        return terms.royalty_share_ppm is not None and any(touch.work_id is not None for touch in _touches(seen))


def _touches(seen: LeanEvidence) -> tuple[LeanTouch, ...]:
    return (*seen.touches, *[coupon.touch for coupon in seen.coupons]) if seen.coupons else seen.touches


def _whole(seen: LeanEvidence, in_force: ByEmployee) -> int:
    """With one contract alone the whole order is its own as soon as anything counts."""
    return next((PARTS_PER_MILLION for _ in _counted(seen, in_force)), 0)


def _part(seen: LeanEvidence, tried: ContractInForce, in_force: ByEmployee) -> int:
    """What the model of the contract behind the latest touch gives to the touches under the contract on trial."""
    counted = sorted(_counted(seen, in_force), key=_moment)
    if not counted:
        return 0
    terms = counted[-1].contract.terms
    parts = MODELS[terms.attribution_model].parts_of(counted, terms)
    return sum(part for one, part in zip(counted, parts, strict=True) if one.contract is tried)


def _counted(seen: LeanEvidence, in_force: ByEmployee) -> Iterator[_Counted]:
    """What stands against the guards and windows. A coupon on the order is no meeting besides."""
    on_order = {coupon.touch.touch_id for coupon in seen.coupons} if seen.coupons else ()
    for touch in seen.touches:
        step, contract = STEP_OF_KIND.get(touch.kind), in_force.get(touch.employee_id)
        if step is None or contract is None or touch.touch_id in on_order:
            continue
        if refusal_of_touch(touch, step, contract, seen) is None:
            yield _Counted(touch, step, contract)
    for coupon in seen.coupons:
        contract = in_force.get(coupon.touch.employee_id)
        if contract is not None and refusal_of_coupon(coupon, contract, seen) is None:
            yield _Counted(coupon.touch, "coupon", contract)


def _by_rate(told: LeanFacts, tried: ContractInForce) -> ByRate:
    if not told.refunds:
        return unreturned_worth(told.order, tried.terms.base)
    return worth_of(told.order, told.refunds, tried.terms.base, captured_minor_max=told.captured_minor_max).by_rate


def _owed(by_rate: ByRate, weight_ppm: int, rate_ppm: int, _: str) -> Owed:
    """Rounded once, half to even."""
    earned: Fraction | int = 0
    turnover: Fraction | int = 0
    for class_ppm, base in by_rate:
        earned += base * (rate_ppm if class_ppm is None else class_ppm)
        turnover += base if class_ppm is None else 0
    return Owed(
        divide_half_even(earned.numerator * weight_ppm, earned.denominator * WEIGHT_TIMES_RATE),
        divide_half_even(turnover.numerator * weight_ppm, turnover.denominator * PARTS_PER_MILLION),
    )


class _InForce:
    """The contract in force with each employee, by the employee's id as text. They change on few days, so each stretch is kept."""

    def __init__(self, contracts: Contracts) -> None:
        self._contracts = contracts
        self._days = sorted({day for one in contracts.versions for day in (one.starts_at, one.ends_at) if day is not None})
        self._stretches: dict[int, dict[str, ContractInForce]] = {}

    def at(self, moment: datetime) -> ByEmployee:
        """By employee."""
        stretch = bisect_right(self._days, moment)
        found = self._stretches.get(stretch)
        if found is None:
            found = {str(one.employee_id): one for one in self._contracts.at(moment)}
            self._stretches[stretch] = found
        return found
