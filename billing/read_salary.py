"""Reads an employee's salary: what took effect in each of the last twelve months, and what a year at the present pace comes to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, cast, func, literal, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session

from billing.revenue_share.periods import Period, period_of
from billing.statements.contracts import Employment, employment_of
from billing.statements.kept import ledger_kind
from billing.statements.moved import MonthWish, movements_of
from billing.statements.payslip import PayslipState
from billing.statements.tables import Statement
from tenants.database import tenant_of

MONTHS: Final = 12
PACE_MONTHS: Final = 3


@dataclass(frozen=True)
class SalaryMonth:
    """One month in minor units, by kind of movement; `is_whole` says that a contract governed all of it."""

    period: Period
    state: PayslipState
    amount_minor: int
    by_kind: dict[str, int]
    is_whole: bool


@dataclass(frozen=True)
class Salary:
    """The last twelve months, the earliest first, in one currency.

    `year_minor` is the last three whole months that are over (fewer when there are not three), times what makes them a year, rounded to
    the minor unit; None before there is one. `pace_months` says how many it was reckoned from.
    """

    currency: str
    months: tuple[SalaryMonth, ...]
    total_minor: int
    year_minor: int | None
    pace_months: int


def salary(session: Session, *, employee_id: UUID, now: datetime) -> Salary | None:
    """An employee's salary; None without a contract."""
    employment = employment_of(session, employee_id)
    if employment is None:
        return None
    periods = _last_periods(employment, now)
    sums = _sums(session, employment, periods)
    closed = _closed(session, employee_id)
    months = tuple(_month(employment, period, sums.get(period.name, {}), closed, now) for period in periods)
    over = [one.amount_minor for one in months if one.is_whole and one.state != "running"][-PACE_MONTHS:]
    year = round(Fraction(sum(over) * MONTHS, len(over))) if over else None
    return Salary(employment.currency, months, sum(one.amount_minor for one in months), year, len(over))


def _last_periods(employment: Employment, now: datetime) -> list[Period]:
    """The running month and the eleven before it, as far back as the contract goes."""
    found = [period_of(now, employment.time_zone)]
    while len(found) < MONTHS and found[0].start > employment.first_period().start:
        found.insert(0, period_of(found[0].start - timedelta(microseconds=1), employment.time_zone))
    return found


def _sums(session: Session, employment: Employment, periods: list[Period]) -> dict[str, dict[str, int]]:
    """Signed minor units by month's name and kind; what moves between the employee's own accounts counts for nothing."""
    wish = MonthWish(periods[0].start, periods[-1].end, (employment.employee_id,))
    moved = movements_of(session, wish).c
    number = func.width_bucket(moved.effective_at, array([literal(one.start) for one in periods]))
    query = (
        select(number, moved.kind, cast(func.sum(moved.amount_minor), BigInteger))
        .where(moved.currency == employment.currency)
        .group_by(number, moved.kind)
    )
    found: dict[str, dict[str, int]] = {}
    for place, kind, minor in session.execute(query):
        by_kind, own = found.setdefault(periods[place - 1].name, {}), ledger_kind(kind)
        by_kind[own] = by_kind.get(own, 0) + minor
    return found


def _closed(session: Session, employee_id: UUID) -> frozenset[datetime]:
    query = select(Statement.period_start).where(Statement.tenant_id == tenant_of(session), Statement.employee_id == employee_id)
    return frozenset(session.scalars(query))


def _month(employment: Employment, period: Period, by_kind: dict[str, int], closed: frozenset[datetime], now: datetime) -> SalaryMonth:
    state: PayslipState = "closed" if period.start in closed else "soft" if now >= period.end else "running"
    governed = sum((_governed(one.starts_at, one.ends_at, period) for one in employment.versions), timedelta())
    return SalaryMonth(period, state, sum(by_kind.values()), by_kind, governed == period.end - period.start)


def _governed(starts_at: datetime, ends_at: datetime | None, period: Period) -> timedelta:
    until = period.end if ends_at is None else min(period.end, ends_at)
    return max(until - max(period.start, starts_at), timedelta())
