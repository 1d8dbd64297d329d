"""Closes months: an employee's month becomes a statement that never changes, once its goods can no longer be returned.

A month is open while it runs, then soft while late facts still join it, then closed. Months close in sequence, each in a transaction of
its own; what comes later belongs to its own month for ever and is booked in the running one, pointing back.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from billing.errors import BillingError, PeriodNotDue
from billing.events import StatementClosed
from billing.ledger.tables import LedgerTransaction, PeriodClosed
from billing.orders.locks import hold_contracts, hold_periods
from billing.revenue_share.governed import Interval
from billing.revenue_share.outages import outages_of
from billing.revenue_share.periods import Period, period_of
from billing.revenue_share.settle import settle_period
from billing.revenue_share.tables import ContractVersion
from billing.statements.closing import latest_statement, plan_closing, write_statement
from billing.statements.contracts import Employment, employment_of
from billing.statements.gather import touched_periods
from billing.statements.payout import releases_due
from billing.statements.tables import Statement
from tenants.database import Database, tenant_of
from tenants.outbox import announce

CLOSES_PER_CALL: Final = 500
"""One call closes at most so many months; what is left is due again at the next."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClosedStatement:
    """What a close gave: the statement, its root, and what it pays. `is_new` is False when the month was closed before."""

    statement_id: UUID
    period_name: str
    root: str
    line_count: int
    payable_minor: int
    carried_minor: int
    is_new: bool


def close_period(session: Session, *, employee_id: UUID, period_start: datetime, now: datetime) -> ClosedStatement:
    """Close the month that `period_start` falls into; closing it again changes nothing and gives the same answer.

    Raises PeriodNotDue while late facts may still join it, while an earlier month is open, or without a contract.
    """
    hold_contracts(session)
    employment = employment_of(session, employee_id)
    if employment is None:
        raise PeriodNotDue("Without a contract there is nothing to close.")
    period = period_of(period_start, employment.time_zone)
    if now < employment.closes_at(period):
        raise PeriodNotDue(f"{period.name} closes on {employment.closes_at(period):%Y-%m-%d}; until then late facts still join it.")
    _hold(session, employment, period, now=now)
    closed = _closed(session, employee_id, period)
    if closed is not None:
        return _answer(closed, is_new=False)
    due = next(_due_periods(session, employment, now=now), None)
    if due is None or due.start != period.start:
        raise PeriodNotDue(f"{due.name} comes first." if due else f"There is nothing to close in {period.name}.")
    outages = outages_of(session, period)  # read once, under the lock: the minimum and the statement's header speak of the same ones
    touched = _settle(session, employment, period, outages, now=now)
    statement = write_statement(session, plan_closing(session, employment, period, touched, outages=outages, now=now))
    announce(session, _event(statement), now=now)
    return _answer(statement, is_new=True)


def close_due(database: Database, *, clock: Callable[[], datetime], limit: int = CLOSES_PER_CALL) -> int:
    """Close every month that is due, of every employee of every tenant, each in its own transaction; return how many were closed.

    An employee whose close fails is logged and left for the next call; the others go on.
    """
    closed = 0
    for tenant_id, employee_id in _employees(database, clock()):
        try:
            while closed < limit and _close_next(database, tenant_id, employee_id, clock()):
                closed += 1
        except (BillingError, SQLAlchemyError) as error:
            log.warning("a month could not be closed", extra={"employee_id": str(employee_id), "error_class": type(error).__name__})
    return closed


def next_due(session: Session, *, employee_id: UUID, now: datetime) -> Period | None:
    """The month that is to be closed next and may be by now; None when there is none."""
    employment = employment_of(session, employee_id)
    return next(_due_periods(session, employment, now=now), None) if employment else None


def _close_next(database: Database, tenant_id: UUID, employee_id: UUID, now: datetime) -> bool:
    with database.tenant_session(tenant_id) as session:
        period = next_due(session, employee_id=employee_id, now=now)
        return period is not None and close_period(session, employee_id=employee_id, period_start=period.start, now=now).is_new


def _employees(database: Database, now: datetime) -> list[tuple[UUID, UUID]]:
    """Everyone under contract whose last closed month ended before the running month could have begun."""
    last = (
        select(PeriodClosed.tenant_id, PeriodClosed.employee_id, func.max(PeriodClosed.period_end).label("period_end"))
        .group_by(PeriodClosed.tenant_id, PeriodClosed.employee_id)
        .subquery()
    )
    of_version = (last.c.tenant_id == ContractVersion.tenant_id) & (last.c.employee_id == ContractVersion.employee_id)
    query = (
        select(ContractVersion.tenant_id, ContractVersion.employee_id)
        .outerjoin(last, of_version)
        .where((last.c.period_end.is_(None)) | (last.c.period_end < now))
        .distinct()
        .order_by(ContractVersion.tenant_id, ContractVersion.employee_id)
    )
    with database.operator_session() as session:
        return [(tenant_id, employee_id) for tenant_id, employee_id in session.execute(query)]


def _due_periods(session: Session, employment: Employment, *, now: datetime) -> Iterator[Period]:
    """Months that may be closed by now, the earliest first."""
    latest = latest_statement(session, employment.employee_id)
    period = period_of(latest.period_end, employment.time_zone) if latest else employment.first_period()
    while period.end <= now:
        if _is_wanted(session, employment, latest, period):
            if now < employment.closes_at(period):
                return  # months close in sequence, even when a later one has a shorter return window
            yield period
        period = period_of(period.end, employment.time_zone)


def _is_wanted(session: Session, employment: Employment, latest: Statement | None, period: Period) -> bool:
    """A month needs a statement while a contract governs it, and after that when something moved or a reserve comes due."""
    if employment.is_governed(period) or _has_movements(session, employment, period):
        return True
    return bool(releases_due(session, employment.employee_id, latest, period))


def _has_movements(session: Session, employment: Employment, period: Period) -> bool:
    moved = select(LedgerTransaction.transaction_id).where(
        LedgerTransaction.tenant_id == tenant_of(session), LedgerTransaction.employee_id == employment.employee_id,
        LedgerTransaction.effective_at >= period.start, LedgerTransaction.effective_at < period.end,
        LedgerTransaction.kind.not_in(("close", "reserve", "reserve_release")),
    )  # fmt: skip
    return session.scalar(moved.limit(1)) is not None


def _hold(session: Session, employment: Employment, period: Period, *, now: datetime) -> None:
    """Hold this month and every earlier one that its movements are about alone, and the running one with others.

    A fact of an earlier closed month is booked in the running month, which is never the one being closed: so which earlier months are
    concerned no longer changes, and may be read before the locks are taken in their one sequence.
    """
    touched = touched_periods(session, employment.employee_id, period)
    alone = {period.start, *(one.period_start for one in touched)}
    wanted = {(employment.employee_id, period_of(now, employment.time_zone).start): False}
    hold_periods(session, wanted | {(employment.employee_id, start): True for start in alone})


def _settle(
    session: Session, employment: Employment, period: Period, outages: Sequence[Interval], *, now: datetime
) -> dict[UUID, list[datetime]]:
    """Bring the period lines of this month and of earlier ones with late facts to where they stand; return the months by version."""
    months = {(one.period_start, one.contract_version_id) for one in touched_periods(session, employment.employee_id, period)}
    months |= {(period.start, one.contract_version_id) for one in employment.governing(period)}
    for start, version_id in sorted(months):
        settle_period(session, version_id, start, is_final=True, now=now, outages=outages if start == period.start else None)
    return {version: [start for start, one in months if one == version] for _, version in months}


def _closed(session: Session, employee_id: UUID, period: Period) -> Statement | None:
    query = select(Statement).where(Statement.tenant_id == tenant_of(session), Statement.employee_id == employee_id)
    return session.scalar(query.where(Statement.period_start == period.start))


def _answer(statement: Statement, *, is_new: bool) -> ClosedStatement:
    return ClosedStatement(
        statement.statement_id, statement.period_name, statement.root, statement.line_count, statement.payable_minor,
        statement.carried_minor, is_new,
    )  # fmt: skip


def _event(statement: Statement) -> StatementClosed:
    return StatementClosed(
        statement_id=statement.statement_id, employee_id=statement.employee_id, number=statement.number,
        period_name=statement.period_name, period_start=statement.period_start, period_end=statement.period_end,
        currency=statement.currency, payable_minor=statement.payable_minor, carried_minor=statement.carried_minor,
        line_count=statement.line_count, root=statement.root,
    )  # fmt: skip
