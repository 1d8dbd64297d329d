"""What an order pays when there is nothing to divide: most orders were brought by one employee alone, and then no model matters.

If every touch that may count lies under one contract, at one rate, its parts add up to the whole order, however it is divided. So the
sums follow from the guards, the base and the rate, without weighing touches or writing sentences. Whatever might be divided otherwise
(other contracts, refunds, exchange, royalties) is left to `reckon`; a property test holds the two together.
"""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from billing.attribution.decide import STEP_OF_KIND
from billing.attribution.evidence import ContractInForce
from billing.attribution.guards import refusal_of_coupon, refusal_of_touch
from billing.back_test.lean import LeanDocument, LeanEvidence
from billing.money import PARTS_PER_MILLION, divide_half_even
from billing.orders.worth import unreturned_worth
from billing.revenue_share.targets import own_rate
from billing.revenue_share.versions import Contracts


class Owed(NamedTuple):
    """What an order pays and what it adds to the turnover that tiers look at, in minor units of the contract's currency.

    `waits` says that the exchange rate is not known yet; both are 0 then.
    """

    target_minor: int
    turnover_minor: int
    waits: bool = False


NOTHING: Final = Owed(0, 0)


class Undivided:
    """Tells what a contract on trial owes for an order, or that the order has to be reckoned in full."""

    def __init__(self, contracts: Contracts, tried: ContractInForce) -> None:
        self._tried = tried
        self._in_force = _InForce(contracts)

    def owed(self, document: LeanDocument) -> Owed | None:
        """What the contract on trial owes for the order; None when that takes the full reckoning."""
        told, seen = document.facts, document.evidence
        if told.refunds or told.counted_elsewhere:
            return None
        order = told.order
        in_force = self._in_force.at(order.occurred_at)
        contract: ContractInForce | None = None
        for touch in (*seen.touches, *(coupon.touch for coupon in seen.coupons)) if seen.coupons else seen.touches:
            found = in_force.get(touch.employee_id)
            if (contract is not None and found is not None and found is not contract) or touch.work_id is not None:
                return None
            contract = contract or found
        if contract is not self._tried or not _is_brought(seen, contract, in_force):
            return NOTHING
        if contract.terms.lift is not None or contract.terms.currency != order.currency:
            return None
        rate_ppm, _ = own_rate(contract, order.occurred_at)
        earned = turnover = 0
        for class_ppm, base in unreturned_worth(order, contract.terms.base):
            earned += base * (rate_ppm if class_ppm is None else class_ppm)
            turnover += base if class_ppm is None else 0
        return Owed(divide_half_even(earned, PARTS_PER_MILLION), turnover)


def _is_brought(seen: LeanEvidence, contract: ContractInForce, in_force: Mapping[str, ContractInForce]) -> bool:
    """Whether any touch or coupon stands against the guards and windows. A coupon on the order is no meeting besides."""
    on_order = {coupon.touch.touch_id for coupon in seen.coupons} if seen.coupons else ()
    for touch in seen.touches:
        step = STEP_OF_KIND.get(touch.kind)
        if step is None or touch.employee_id not in in_force or touch.touch_id in on_order:
            continue
        if refusal_of_touch(touch, step, contract, seen) is None:
            return True
    return any(coupon.touch.employee_id in in_force and refusal_of_coupon(coupon, contract, seen) is None for coupon in seen.coupons)


class _InForce:
    """The contract in force with each employee, by the employee's id as text. They change on few days, so each stretch is kept."""

    def __init__(self, contracts: Contracts) -> None:
        self._contracts = contracts
        days = {day for one in contracts.versions for day in (one.starts_at, one.ends_at) if day is not None}
        self._days = sorted(days)
        self._stretches: dict[int, dict[str, ContractInForce]] = {}

    def at(self, moment: datetime) -> Mapping[str, ContractInForce]:
        """By employee."""
        stretch = bisect_right(self._days, moment)
        found = self._stretches.get(stretch)
        if found is None:
            found = {str(one.employee_id): one for one in self._contracts.at(moment)}
            self._stretches[stretch] = found
        return found
