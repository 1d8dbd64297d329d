"""Brings what leads, bookings and works' income earn to where it should stand in the book.

The same shape as an order: a cumulative target under the contract of the event's own day, cut among the payees, minus what is posted.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, func, select
from sqlalchemy.orm import Session

from billing.attribution.evidence import ContractInForce
from billing.contract_terms import percent_text
from billing.exchange.rates import Rate, RateWanted, rates_for
from billing.exchange.waiting import note_waiting
from billing.ledger.accounts import BONUS_EXPENSE, ROYALTY_EXPENSE
from billing.ledger.closed import closed_periods
from billing.ledger.shares import NOTHING, ShareStands, share_legs, share_working
from billing.ledger.tables import LedgerTransaction
from billing.ledger.writer import Cause, Movement, post, transaction_id_of
from billing.money import AMOUNT_MINOR_MAX, PARTS_PER_MILLION, Money
from billing.orders.locks import hold_all, hold_contracts, hold_periods
from billing.revenue_share.earning_events import Telling, counted_already, tellings_that_hold
from billing.revenue_share.periods import period_of
from billing.revenue_share.settle import PeriodChange, settle_orders, settles_at_once
from billing.revenue_share.versions import Contracts, load_contracts
from tenants.database import tenant_of

SUBJECT: Final = "earning event"
NOT_GOVERNED: Final = "No contract governed this employee on that day."


@dataclass(frozen=True, slots=True)
class Earned:
    """What an event earns by now, cumulative, in minor units of the contract's currency; the sentence says why, or why nothing."""

    event_id: UUID
    amount_minor: int
    why: str


@dataclass(frozen=True, slots=True)
class Due:
    """An event with its contract: what it earns, from which parts, at which exchange rate, why, and whether another counts for it."""

    event_id: UUID
    telling: Telling
    contract: ContractInForce
    parts: tuple[tuple[Fraction, int, int], ...]
    rate: Rate | None
    after: ShareStands
    why: str
    is_counted: bool = False


@dataclass(slots=True)
class _Booked:
    """What the book holds for one event: where it stands under each contract version, and how many movements that took."""

    stands: dict[UUID, ShareStands] = field(default_factory=dict)
    count: int = 0


def hold_events(session: Session, event_ids: Collection[UUID]) -> None:
    """Hold these events, and the contracts they are reckoned under, until the transaction ends; taken before any month."""
    hold_contracts(session)
    hold_all(session, [(SUBJECT, event_id) for event_id in event_ids])


def hold_bonus(session: Session, telling: Telling) -> None:
    """Hold all that sources tell under this id, whoever tells it, so that of two that tell the same at once one sees the other."""
    hold_contracts(session)
    hold_all(session, [(SUBJECT, telling.external_id)])


def reckon_events(session: Session, event_ids: Collection[UUID], *, now: datetime) -> dict[UUID, Earned]:
    """Post what these events lack, all in one set; an event without a contract that pays for it earns nothing.

    The caller holds these events, or the contracts alone.
    """
    tellings = tellings_that_hold(session, event_ids)
    if not tellings:
        return {}
    contracts = load_contracts(session)
    governed = {event_id: _contract(contracts, telling) for event_id, telling in tellings.items()}
    booked = _booked(session, tellings, contracts)
    concerned = {event_id: _concerned(governed[event_id], booked[event_id], contracts) for event_id in tellings}
    rates = _rates(session, tellings, concerned, now)
    counted = counted_already(session, tellings)
    earned: dict[UUID, Earned] = {}
    dues: list[Due] = []
    for event_id, telling in sorted(tellings.items()):
        contract = governed[event_id]
        dues += _left(event_id, telling, [one for one in concerned[event_id] if one is not contract], rates.get(event_id))
        if contract is None:
            earned[event_id] = Earned(event_id, 0, NOT_GOVERNED)
            continue
        due = due_for(event_id, telling, contract, rates.get(event_id), counted.get(event_id))
        dues.append(due)
        earned[event_id] = Earned(event_id, due.after.target_minor, due.why)
    _bring_up_to_date(session, dues, booked, contracts, now=now)
    return earned


def why_nothing(session: Session, event_ids: Collection[UUID]) -> dict[UUID, str]:
    """Of those of the events that earn nothing by now the sentence why. It reads only: what waits is not noted again."""
    tellings = tellings_that_hold(session, event_ids)
    contracts = load_contracts(session) if tellings else None
    if contracts is None:
        return {}
    governed = {event_id: _contract(contracts, telling) for event_id, telling in tellings.items()}
    wanted = _wanted(tellings, {event_id: [one] if one else [] for event_id, one in governed.items()})
    known = rates_for(session, wanted.values()) if wanted else {}
    counted = counted_already(session, tellings)
    dues = (
        due_for(key, tellings[key], one, known.get(wanted[key]) if key in wanted else None, counted.get(key))
        for key, one in governed.items()
        if one
    )
    ungoverned = {event_id: NOT_GOVERNED for event_id, one in governed.items() if one is None}
    return ungoverned | {due.event_id: due.why for due in dues if due.after.target_minor == 0}


def due_for(event_id: UUID, telling: Telling, contract: ContractInForce, rate: Rate | None, counted: Telling | None) -> Due:
    """What an event earns under its contract, from which parts, and why; nothing when it is `counted` as another's. Pure."""
    if counted is not None:
        why = f"It is counted already: {counted.source} told of the same {telling.kind}, {telling.external_id}."
        return Due(event_id, telling, contract, (), None, ShareStands(0, 0, None, 0), why, is_counted=True)
    return _royalty(event_id, telling, contract, rate) if telling.kind == "income" else _bonus(event_id, telling, contract)


def _left(event_id: UUID, telling: Telling, contracts: Collection[ContractInForce], rate: Rate | None) -> list[Due]:
    """What an event was booked under and is governed by no more: those contract versions pay nothing for it."""
    why = f"{telling.source} reports a {telling.kind}, {telling.external_id}; another contract governs its moment by now, or none."
    dues = []
    for contract in contracts:
        exchanged_from = None if telling.currency in (None, contract.terms.currency) else telling.currency
        dues.append(Due(event_id, telling, contract, (), rate, ShareStands(0, 0, exchanged_from, 0), why))
    return dues


def _bonus(event_id: UUID, telling: Telling, contract: ContractInForce) -> Due:
    bonuses = contract.terms.bonuses
    bonus = 0 if telling.is_void else bonuses.get(telling.kind, 0)
    why = _bonus_sentence(telling, bonuses, contract.terms.currency)
    return Due(event_id, telling, contract, (), None, ShareStands(bonus, 0, None, 0), why)


def _royalty(event_id: UUID, telling: Telling, contract: ContractInForce, rate: Rate | None) -> Due:
    """The royalty on a work's income, rounded once; income in another currency goes through an exchange like an order's."""
    terms, income = contract.terms, Money(telling.amount_minor or 0, telling.currency or contract.terms.currency)
    exchanged_from = None if income.currency == terms.currency else income.currency
    nothing = Due(event_id, telling, contract, (), None, ShareStands(0, 0, exchanged_from, 0), "")
    if terms.royalty_income_ppm is None:
        return replace(nothing, why="The contract of that day pays no royalty on income.")
    if exchanged_from is not None and rate is None:
        day = telling.occurred_at.date()
        return replace(nothing, why=f"It waits for an exchange rate from {exchanged_from} to {terms.currency} of {day}.")
    if not telling.is_void and rate is not None and rate.convert(income.amount_minor) > AMOUNT_MINOR_MAX:
        return replace(nothing, why=f"In {terms.currency} {income} are more than any work ever earned; check the amount and the rate.")
    base = Fraction(0 if telling.is_void else income.amount_minor)
    exact = base * terms.royalty_income_ppm / PARTS_PER_MILLION
    after = ShareStands(round(rate.convert(exact) if rate else exact), 0, exchanged_from, round(exact) if rate else 0)
    told = f"{telling.source} reports {income} of income of a work, {telling.external_id}"
    royalty = f"the royalty is {percent_text(terms.royalty_income_ppm)}"
    why = f"{told}, and takes it back." if telling.is_void else f"{told}; {royalty}."
    return Due(event_id, telling, contract, ((base, PARTS_PER_MILLION, terms.royalty_income_ppm),), rate, after, why)


def _bonus_sentence(telling: Telling, bonuses: Mapping[str, int], currency: str) -> str:
    told = f"{telling.source} reports a {telling.kind}, {telling.external_id}"
    if telling.kind not in bonuses:
        return f"The contract of that day pays no bonus for a {telling.kind}."
    if telling.is_void:
        return f"{told}, and takes it back."
    return f"{told}; the bonus is {Money(bonuses[telling.kind], currency)}."


def _contract(contracts: Contracts, telling: Telling) -> ContractInForce | None:
    in_force = contracts.at(telling.occurred_at)
    return next((contract for contract in in_force if contract.employee_id == telling.employee_id), None)


def _concerned(contract: ContractInForce | None, booked: _Booked, contracts: Contracts) -> list[ContractInForce]:
    """The contract version that governs an event, and those that still hold money for it."""
    holding = sorted(version for version, stands in booked.stands.items() if stands.target_minor or stands.exchanged_minor)
    left = [contracts.by_id[version].contract for version in holding if contract is None or version != contract.contract_version_id]
    return left if contract is None else [*left, contract]


def _rates(
    session: Session, tellings: Mapping[UUID, Telling], concerned: Mapping[UUID, Collection[ContractInForce]], now: datetime
) -> dict[UUID, Rate]:
    """The exchange rate of each event's own day; what lacks one is noted, and reckoned when the rate is published."""
    wanted = _wanted(tellings, concerned)
    if not wanted:
        return {}
    known = rates_for(session, wanted.values())
    note_waiting(session, {event_id: [one] if one not in known else [] for event_id, one in wanted.items()}, now=now)
    return {event_id: known[one] for event_id, one in wanted.items() if one in known}


def _wanted(tellings: Mapping[UUID, Telling], concerned: Mapping[UUID, Collection[ContractInForce]]) -> dict[UUID, RateWanted]:
    """The rate that each event in another currency than its contract's is converted at."""
    wanted: dict[UUID, RateWanted] = {}
    for event_id, telling in tellings.items():
        for contract in concerned[event_id]:  # all of one currency, for an employee's contract keeps its own
            if telling.currency not in (None, contract.terms.currency) and contract.terms.royalty_income_ppm is not None:
                wanted[event_id] = RateWanted(telling.occurred_at.date(), str(telling.currency), contract.terms.currency)
    return wanted


def _bring_up_to_date(session: Session, dues: list[Due], booked: dict[UUID, _Booked], contracts: Contracts, *, now: datetime) -> None:
    months: dict[tuple[UUID, datetime], bool] = {}
    for due in dues:
        contract = due.contract
        months.setdefault((contract.employee_id, period_of(now, contract.terms.period_time_zone).start), False)
        period = period_of(due.telling.occurred_at, contract.terms.period_time_zone)
        key = contract.employee_id, period.start
        months[key] = months.get(key, False) or settles_at_once(contract.terms, period, now)
    hold_periods(session, months)
    closed = closed_periods(session, {employee for employee, _ in months})
    movements: list[Movement] = []
    changes: list[PeriodChange] = []
    for due in dues:
        contract = due.contract
        start = period_of(due.telling.occurred_at, contract.terms.period_time_zone).start
        book = booked[due.event_id]
        before = replace(book.stands.get(contract.contract_version_id, NOTHING), exchanged_from=due.after.exchanged_from)
        if before != due.after:
            is_closed = (contract.employee_id, start) in closed
            effective_at = closed.moment_for(contract.employee_id, now) if is_closed else due.telling.occurred_at
            movements.append(_movement(tenant_of(session), due, before, book.count, period_start=start, effective_at=effective_at))
            book.count += 1
            change = due.after.target_minor - before.target_minor
            changes.append(PeriodChange(contract.contract_version_id, contract.employee_id, start, 0, change))
    post(session, movements, now=now)
    settle_orders(session, changes, now=now, contracts=contracts)


def _booked(session: Session, tellings: Mapping[UUID, Telling], contracts: Contracts) -> dict[UUID, _Booked]:
    """Where the book stands for each event, under every version of its employee's contract; whoever holds the events may read it."""
    employees = {telling.employee_id for telling in tellings.values()}
    versions = [version for version, one in contracts.by_id.items() if one.contract.employee_id in employees]
    table = LedgerTransaction
    target = table.working["target_minor"].astext.cast(BigInteger) - table.working["before_minor"].astext.cast(BigInteger)
    fx = table.working["fx"]
    exchanged = fx["from_minor"].astext.cast(BigInteger) - fx["from_before_minor"].astext.cast(BigInteger)
    query = (
        select(
            table.cause_id, table.contract_version_id, func.coalesce(func.sum(target), 0), func.coalesce(func.sum(exchanged), 0),
            func.count(),
        )
        .where(
            table.tenant_id == tenant_of(session), table.contract_version_id == func.any(versions), table.order_id.is_(None),
            table.cause_id == func.any(list(tellings)),
        )
        .group_by(table.cause_id, table.contract_version_id)
    )  # fmt: skip
    booked = {event_id: _Booked() for event_id in tellings}
    for event_id, version, target_minor, exchanged_minor, count in session.execute(query):
        booked[event_id].stands[version] = ShareStands(int(target_minor), 0, None, int(exchanged_minor))
        booked[event_id].count += int(count)
    return booked


def _movement(tenant_id: UUID, due: Due, before: ShareStands, number: int, *, period_start: datetime, effective_at: datetime) -> Movement:
    contract, telling = due.contract, due.telling
    is_income = telling.kind == "income"
    expense = ROYALTY_EXPENSE if is_income else BONUS_EXPENSE
    working = share_working(contract.terms, due.parts, due.rate, before, due.after) | {
        "event": telling.kind, "source": telling.source, "external_id": telling.external_id, "is_void": telling.is_void or due.is_counted,
        "work_id": str(telling.work_id) if telling.work_id else None, "evidence": dict(telling.evidence),
        "telling_sha256": telling.sha256(),
    }  # fmt: skip
    return Movement(
        kind="royalty_income" if is_income else "bonus", contract_version_id=contract.contract_version_id,
        employee_id=contract.employee_id, period_start=period_start, cause=Cause(telling.kind, due.event_id, due.why), working=working,
        occurred_at=telling.occurred_at, effective_at=effective_at,
        legs=share_legs(contract.employee_id, contract.terms, before, due.after, expense=expense),
        points_to=transaction_id_of(tenant_id, SUBJECT, due.event_id, 1) if number else None,
        transaction_id=transaction_id_of(tenant_id, SUBJECT, due.event_id, number + 1),
    )  # fmt: skip
