"""Decides past orders anew under changed terms and sums what each month would have paid. Pure: no order, touch or posting is written."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from billing.attribution.evidence import ContractInForce, Evidence, Won
from billing.back_test.past import PastOrder
from billing.contract_terms import ContractTerms
from billing.exchange.rates import Rate, RateWanted
from billing.orders.customers import Winners
from billing.orders.facts import OrderFacts
from billing.orders.reckoning import Reckoning, reckon
from billing.revenue_share.periods import Period, period_of
from billing.revenue_share.versions import Contracts, SignedVersion

TRIED: Final = UUID(int=0)
"""Stands for the contract version that was never signed."""

CHANGES_SHOWN_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Trial:
    """The terms on trial, and all contracts as they would be with them: everybody else's stay as they were signed."""

    terms: ContractTerms
    start: datetime
    contracts: Contracts
    rates: Mapping[RateWanted, Rate]


@dataclass(frozen=True, slots=True)
class OrderChange:
    """An order that would have earned differently, and the sentence that says why it earns what it does under the terms on trial."""

    order_id: UUID
    reference: str
    occurred_at: datetime
    actual_minor: int
    tried_minor: int
    why: str


@dataclass(slots=True)
class MonthSums:
    """What one month's orders come to under the terms on trial."""

    order_count: int = 0
    credited_count: int = 0
    turnover_minor: int = 0
    share_minor: int = 0
    waiting_count: int = 0


@dataclass(slots=True)
class Replayed:
    """Sums by the start of each month, and the orders that change most."""

    months: dict[datetime, MonthSums] = field(default_factory=lambda: defaultdict(MonthSums))
    changes: list[OrderChange] = field(default_factory=list)
    changed_count: int = 0
    order_count: int = 0


def replay(orders: Iterable[PastOrder], trial: Trial) -> Replayed:
    """Decide every order again. With repeat purchases in any contract the orders must come in the sequence they were placed."""
    done = Replayed()
    months = _Months(trial.terms.period_time_zone)
    winners = Winners({}) if trial.contracts.has_repeat else None
    largest: list[tuple[int, int, OrderChange]] = []
    for past in orders:
        reckoning = _decide(past, winners, trial)
        order = past.document.facts.order
        if order.occurred_at < trial.start:
            continue  # read only to know whom it had won
        done.order_count += 1
        month = done.months[months.start_of(order.occurred_at)]
        tried_minor = _add(month, reckoning)
        if tried_minor != past.actual_minor:
            done.changed_count += 1
            change = abs(tried_minor - past.actual_minor)
            if len(largest) < CHANGES_SHOWN_MAX or change > largest[0][0]:
                _keep(largest, change, -done.order_count, _change(past, reckoning, tried_minor))
    done.changes = [change for _, _, change in sorted(largest, key=lambda item: (-item[0], -item[1]))]
    return done


def _decide(past: PastOrder, winners: Winners | None, trial: Trial) -> Reckoning:
    seen, told = past.document.evidence, past.document.facts
    moment, customer = told.order.occurred_at, told.order.customer
    won: Won | None = winners.before(customer, moment) if winners is not None else None
    evidence = Evidence(seen.marks, seen.touches, seen.coupons, trial.contracts.at(moment), seen.bot_conversations, won)
    facts = OrderFacts(told.order, told.refunds, told.ignored_refunds, told.counted_elsewhere)
    reckoning = reckon(facts, evidence, trial.rates)
    if winners is not None:
        winners.note(customer, past.order_id, moment, reckoning.won_by)
    return reckoning


def _add(month: MonthSums, reckoning: Reckoning) -> int:
    month.order_count += 1
    own = next((target for target in reckoning.targets if target.contract.contract_version_id == TRIED), None)
    if own is None:
        return 0
    month.credited_count += own.target_minor != 0
    month.waiting_count += own.waits
    month.turnover_minor += own.turnover_minor
    month.share_minor += own.target_minor
    return own.target_minor


def _change(past: PastOrder, reckoning: Reckoning, tried_minor: int) -> OrderChange:
    order = past.document.facts.order
    why = reckoning.decision.reason if tried_minor else reckoning.rejected_reason or reckoning.decision.reason
    return OrderChange(past.order_id, order.number or order.external_id, order.occurred_at, past.actual_minor, tried_minor, why)


def _keep(largest: list[tuple[int, int, OrderChange]], change: int, tie: int, one: OrderChange) -> None:
    if len(largest) < CHANGES_SHOWN_MAX:
        heapq.heappush(largest, (change, tie, one))
    else:
        heapq.heapreplace(largest, (change, tie, one))


def with_trial(signed: Contracts, employee_id: UUID, terms: ContractTerms) -> Contracts:
    """The contracts as they would be if these terms had governed the employee's orders from the first to the last."""
    others = tuple(one for one in signed.versions if one.contract.employee_id != employee_id)
    own = [one.contract.starts_at for one in signed.versions if one.contract.employee_id == employee_id and one.contract.starts_at]
    tried = ContractInForce(TRIED, employee_id, terms, min(own, default=None))
    return Contracts((SignedVersion(tried, "", None, None), *others))


class _Months:
    """The start of the month each moment falls into. Orders come month by month, so the last answer is nearly always the next."""

    def __init__(self, zone_name: str) -> None:
        self._zone_name = zone_name
        self._last: Period | None = None

    def start_of(self, moment: datetime) -> datetime:
        """Start of the moment's month, in UTC."""
        if self._last is None or not self._last.start <= moment < self._last.end:
            self._last = period_of(moment, self._zone_name)
        return self._last.start
