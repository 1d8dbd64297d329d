"""Decides past orders anew under changed terms and sums what each month would have paid. Pure: no order, touch or posting is written."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from billing.attribution.evidence import ContractInForce, Evidence, Won
from billing.back_test.lean import read_lean
from billing.back_test.past import PastDocument, PastOrder
from billing.back_test.sums import NOTHING, Owed, Sums
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
    done, largest = Replayed(), _Largest(trial)
    months = _Months(trial.terms.period_time_zone)
    for past, moment, tried, won in _tried(orders, trial):
        if moment < trial.start:
            continue  # read only to know whom it had won
        done.order_count += 1
        month = done.months[months.start_of(moment)]
        month.order_count += 1
        month.credited_count += tried.target_minor != 0
        month.waiting_count += tried.waits
        month.turnover_minor += tried.turnover_minor
        month.share_minor += tried.target_minor
        if tried.target_minor != past.actual_minor:
            done.changed_count += 1
            largest.offer(past, tried.target_minor, won)
    done.changes = largest.changes()
    return done


def _tried(orders: Iterable[PastOrder], trial: Trial) -> Iterator[tuple[PastOrder, datetime, Owed, Won | None]]:
    """Every order with its moment, what the terms on trial owe for it, and whom its customer had been won by."""
    winners = Winners({}) if trial.contracts.has_repeat else None
    sums = Sums(trial.contracts, trial.contracts.by_id[TRIED].contract)
    for past in orders:
        if winners is None and past.seen_anew is None:
            lean = read_lean(past.text)
            owed = sums.owed(lean)
            if owed is not None:
                yield past, lean.facts.order.occurred_at, owed, None
                continue
        document = past.document
        order = document.facts.order
        won = winners.before(order.customer, order.occurred_at) if winners is not None else None
        reckoning = _reckoned(document, won, trial)
        if winners is not None:
            winners.note(order.customer, past.order_id, order.occurred_at, reckoning.won_by)
        yield past, order.occurred_at, _owed(reckoning), won


def _reckoned(document: PastDocument, won: Won | None, trial: Trial) -> Reckoning:
    seen, told = document.evidence, document.facts
    contracts = trial.contracts.at(told.order.occurred_at)
    evidence = Evidence(seen.marks, seen.touches, seen.coupons, contracts, seen.bot_conversations, won)
    facts = OrderFacts(told.order, told.refunds, told.ignored_refunds, told.counted_elsewhere, told.captured_minor_max)
    return reckon(facts, evidence, trial.rates)


def _owed(reckoning: Reckoning) -> Owed:
    own = next((target for target in reckoning.targets if target.contract.contract_version_id == TRIED), None)
    return NOTHING if own is None else Owed(own.target_minor, own.turnover_minor, own.waits)


class _Largest:
    """The orders that change most. Only these are told with a sentence, so only these are reckoned for one, at the end."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._heap: list[tuple[int, int, PastOrder, int, Won | None]] = []
        self._offered = 0

    def offer(self, past: PastOrder, tried_minor: int, won: Won | None) -> None:
        """Keep the order if few change more; of equal changes the earlier offered stays."""
        self._offered += 1
        change = abs(tried_minor - past.actual_minor)
        if len(self._heap) < CHANGES_SHOWN_MAX:
            heapq.heappush(self._heap, (change, -self._offered, past, tried_minor, won))
        elif change > self._heap[0][0]:
            heapq.heapreplace(self._heap, (change, -self._offered, past, tried_minor, won))

    def changes(self) -> list[OrderChange]:
        """The largest first."""
        kept = sorted(self._heap, key=lambda item: (-item[0], -item[1]))
        return [_change(past, _reckoned(past.document, won, self._trial), tried_minor) for _, _, past, tried_minor, won in kept]


def _change(past: PastOrder, reckoning: Reckoning, tried_minor: int) -> OrderChange:
    order = past.document.facts.order
    why = reckoning.decision.reason if tried_minor else reckoning.rejected_reason or reckoning.decision.reason
    return OrderChange(past.order_id, order.number or order.external_id, order.occurred_at, past.actual_minor, tried_minor, why)


def with_trial(signed: Contracts, employee_id: UUID, terms: ContractTerms) -> Contracts:
    """The contracts as they would be if these terms had governed all the days on which the employee had any."""
    others = tuple(one for one in signed.versions if one.contract.employee_id != employee_id)
    own = [one for one in signed.versions if one.contract.employee_id == employee_id]
    begun = min((one.contract.starts_at for one in own if one.contract.starts_at), default=None)
    tried = ContractInForce(TRIED, employee_id, terms, begun)
    days = [(one.starts_at, one.ends_at) for one in own] or [(None, None)]
    return Contracts((*(SignedVersion(tried, "", *one) for one in days), *others))


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
