"""What would another contract have paid? Runs changed terms over past orders in seconds and writes nothing.

It uses the very functions that write the book, over the facts recorded with each order, so it cannot be kinder or harsher than the book.
"""

from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Date, cast, func, select
from sqlalchemy.orm import Session

from billing.attribution.tables import TouchRow
from billing.back_test.past import past_orders, regathered
from billing.back_test.replay import TRIED, MonthSums, OrderChange, Replayed, Trial, replay, with_trial
from billing.back_test.side_by_side import Stretch, replay_side_by_side
from billing.contract_terms import ContractTerms
from billing.errors import WhatIfRefused
from billing.exchange.rates import Rate, RateWanted, rates_for
from billing.ledger.closed import closed_periods
from billing.ledger.posted import signed_for_employee
from billing.ledger.tables import LedgerTransaction, Posting
from billing.orders.tables import RefundFact, ShopOrder
from billing.revenue_share.governed import governed_time
from billing.revenue_share.outages import outages_of
from billing.revenue_share.period_lines import PeriodFacts, PeriodLine, period_lines
from billing.revenue_share.periods import Period, period_of
from billing.revenue_share.versions import Contracts, load_contracts
from tenants.database import tenant_of

__all__ = ["MonthTried", "OrderChange", "PerCall", "WhatIf", "what_if"]

EVENT_KINDS: Final = ("bonus", "royalty_income", "dispute")
"""What a month earns besides orders, and what disputes took of it. A trial leaves it as it was paid."""


@dataclass(frozen=True)
class MonthTried:
    """One month: what it really paid, and what it would have paid, with its own lines (tiers, cap, minimum). Minor units."""

    period: Period
    order_count: int
    credited_count: int
    waiting_count: int
    turnover_minor: int
    share_minor: int
    events_minor: int
    lines: tuple[PeriodLine, ...]
    tried_minor: int
    actual_minor: int


@dataclass(frozen=True)
class PerCall:
    """What a seller of calls would have billed: conversations held times a price each, whatever they brought."""

    conversation_count: int
    price_minor: int

    @property
    def total_minor(self) -> int:
        """Minor units in all."""
        return self.conversation_count * self.price_minor


@dataclass(frozen=True)
class WhatIf:
    """The answer, month by month, and the orders that change most. `notes` say what the trial could not know."""

    currency: str
    months: tuple[MonthTried, ...]
    order_count: int
    changed_count: int
    changes: tuple[OrderChange, ...]
    per_call: PerCall | None
    notes: tuple[str, ...]

    @property
    def tried_minor(self) -> int:
        """What the terms on trial would have paid, in minor units."""
        return sum(month.tried_minor for month in self.months)

    @property
    def actual_minor(self) -> int:
        """What was really earned, in minor units."""
        return sum(month.actual_minor for month in self.months)


def what_if(
    session: Session,
    *,
    employee_id: UUID,
    terms: ContractTerms,
    start: datetime,
    end: datetime,
    price_per_conversation_minor: int | None = None,
) -> WhatIf:
    """Try terms on every order the tenant's shops reported in [start, end), with everybody else's contracts as signed.

    Months are whole months of the terms' time zone that touch [start, end). Raises WhatIfRefused for an empty span, for an employee
    that never had a contract, and for terms in another currency or time zone than its contract's.
    """
    signed = load_contracts(session)
    _check(terms, [one.contract.terms for one in signed.versions if one.contract.employee_id == employee_id], start, end)
    contracts = with_trial(signed, employee_id, terms)
    since = start - timedelta(days=terms.repeat.days if terms.repeat else 0)
    trial = Trial(terms, start, contracts, _rates(session, contracts, since, end))
    stretch = Stretch(tenant_of(session), employee_id, since, end)
    done = _replay(session, stretch, trial, is_wider=contracts.window_days_max > signed.window_days_max)
    earned = _earned(session, employee_id)
    closed = closed_periods(session, {employee_id})
    periods = _periods(start, end, terms.period_time_zone)
    whole = [one for one in periods if start <= one.start and one.end <= end]
    filled = {one.start for one in whole if (employee_id, one.start) in closed}
    months = tuple(
        _month(session, trial, one, done.months.get(one.start, MonthSums()), earned.get(one.start, _Earned()), is_final=one.start in filled)
        for one in periods
    )
    price = price_per_conversation_minor
    per_call = PerCall(_conversations(session, employee_id, start, end), price) if price is not None else None
    return WhatIf(
        terms.currency,
        months,
        done.order_count,
        done.changed_count,
        tuple(done.changes),
        per_call,
        _notes(terms, [one.name for one in whole if one.start not in filled]),
    )


def _check(terms: ContractTerms, signed: list[ContractTerms], start: datetime, end: datetime) -> None:
    currencies, zones = {one.currency for one in signed}, {one.period_time_zone for one in signed}
    if start >= end:
        raise WhatIfRefused("The first day of a trial lies before its last.")
    if not currencies:
        raise WhatIfRefused("This employee never had a contract, so there is nothing to compare with.")
    if terms.currency not in currencies:
        raise WhatIfRefused(f"The contract is in {', '.join(sorted(currencies))}; a trial in {terms.currency} could not be compared.")
    if terms.period_time_zone not in zones:
        raise WhatIfRefused(f"The contract's months are those of {', '.join(sorted(zones))}; other months could not be compared.")


def _replay(session: Session, stretch: Stretch, trial: Trial, *, is_wider: bool) -> Replayed:
    """Orders that nothing ties together are decided by two processes; repeat purchases need one sequence, wider windows their touches."""
    in_sequence = trial.contracts.has_repeat
    if not (in_sequence or is_wider):
        return replay_side_by_side(session, stretch, trial)
    streamed = past_orders(session, employee_id=stretch.employee_id, start=stretch.start, end=stretch.end, in_sequence=in_sequence)
    with closing(streamed) as orders:
        return replay(regathered(session, orders, trial.contracts) if is_wider else orders, trial)


def _rates(session: Session, contracts: Contracts, start: datetime, end: datetime) -> dict[RateWanted, Rate]:
    """Every rate an order of these days may need: from its currency into any contract's, and into its own from any refund's."""
    day: Any = cast(func.timezone("UTC", ShopOrder.occurred_at), Date)
    query = (
        select(ShopOrder.currency, day)
        .where(ShopOrder.tenant_id == tenant_of(session), ShopOrder.occurred_at >= start, ShopOrder.occurred_at < end)
        .distinct()
    )
    paid_in = {one.contract.terms.currency for one in contracts.versions}
    given_back = set(session.scalars(select(RefundFact.currency).where(RefundFact.tenant_id == tenant_of(session)).distinct()))
    sold: list[tuple[str, date]] = [tuple(row) for row in session.execute(query)]
    pairs = [(on, currency, quote) for currency, on in sold for quote in paid_in]
    pairs += [(on, refunded, currency) for currency, on in sold for refunded in given_back]
    return rates_for(session, {RateWanted(on, base, quote) for on, base, quote in pairs if base != quote})


def _periods(start: datetime, end: datetime, zone_name: str) -> list[Period]:
    periods = [period_of(start, zone_name)]
    while periods[-1].end < end:
        periods.append(period_of(periods[-1].end, zone_name))
    return periods


@dataclass(frozen=True)
class _Earned:
    """What a month's facts have really earned, in all and by events other than orders. Minor units."""

    total_minor: int = 0
    events_minor: int = 0


def _month(session: Session, trial: Trial, period: Period, sums: MonthSums, earned: _Earned, *, is_final: bool) -> MonthTried:
    """A minimum is filled up when a whole month closes: before that, what was really paid has none of it either."""
    own = [one for one in trial.contracts.versions if one.contract.contract_version_id == TRIED]
    begun = min((one.starts_at for one in own if one.starts_at), default=period.start)
    ended = None if any(one.ends_at is None for one in own) else max(one.ends_at for one in own if one.ends_at)
    time = governed_time(period, begun, ended, outages_of(session, period) if trial.terms.minimum_minor is not None else ())
    facts = PeriodFacts(sums.turnover_minor, sums.share_minor + earned.events_minor, time, None, is_final=is_final)
    lines = period_lines(trial.terms, facts)
    tried = facts.subtotal_minor + sum(line.target_minor for line in lines)
    return MonthTried(
        period, sums.order_count, sums.credited_count, sums.waiting_count, sums.turnover_minor, sums.share_minor, earned.events_minor,
        lines, tried, earned.total_minor,
    )  # fmt: skip


def _earned(session: Session, employee_id: UUID) -> dict[datetime, _Earned]:
    joined = (LedgerTransaction.tenant_id == Posting.tenant_id) & (LedgerTransaction.transaction_id == Posting.transaction_id)
    minor = func.sum(signed_for_employee())
    query = (
        select(LedgerTransaction.period_start, minor, func.coalesce(minor.filter(LedgerTransaction.kind.in_(EVENT_KINDS)), 0))
        .join(Posting, joined)
        .where(LedgerTransaction.tenant_id == tenant_of(session), LedgerTransaction.employee_id == employee_id)
        .group_by(LedgerTransaction.period_start)
    )
    return {start: _Earned(int(total or 0), int(events)) for start, total, events in session.execute(query)}


def _conversations(session: Session, employee_id: UUID, start: datetime, end: datetime) -> int:
    query = select(func.count(func.distinct(TouchRow.conversation_id))).where(
        TouchRow.tenant_id == tenant_of(session), TouchRow.employee_id == employee_id, TouchRow.occurred_at >= start,
        TouchRow.occurred_at < end,
    )  # fmt: skip
    return session.scalar(query) or 0


def _notes(terms: ContractTerms, still_open: list[str]) -> tuple[str, ...]:
    notes = []
    if terms.lift is not None:
        notes.append("Lift cannot be tried on the past: nobody was held back under these terms, so its line is left out.")
    if terms.minimum_minor is not None and still_open:
        notes.append(f"These months are over and not closed yet, so nothing is filled up to the minimum in them: {', '.join(still_open)}.")
    return tuple(notes)
