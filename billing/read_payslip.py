"""Reads an employee's payslip for one month of its contract's calendar."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from billing.ledger.entries import entries, moment_is_within
from billing.ledger.tables import Posting
from billing.read_statement import statement_of_period
from billing.revenue_share.period_lines import PeriodLine
from billing.revenue_share.periods import period_of
from billing.revenue_share.settle import expected_lines
from billing.revenue_share.versions import terms_of_versions
from billing.statements.contracts import Employment, employment_of
from billing.statements.payslip import Payslip, PayslipLine, PayslipState, PayslipTotal, line_of, total_lines

__all__ = ["Payslip", "PayslipLine", "PayslipTotal", "payslip"]


def payslip(session: Session, *, employee_id: UUID, period_start: datetime | None, now: datetime) -> Payslip:
    """The payslip of the month that `period_start` falls into (any moment of it), or of the running month.

    An employee without a contract has an empty payslip of the month in UTC.
    """
    employment = employment_of(session, employee_id)
    zone = employment.time_zone if employment else "UTC"
    period = period_of(period_start or now, zone)
    statement = statement_of_period(session, employee_id=employee_id, period_start=period.start)
    found = list(entries(session, Posting.employee_id == employee_id, moment_is_within(period.start, period.end)))
    terms = terms_of_versions(session, sorted({entry.transaction.contract_version_id for entry in found}))
    lines = tuple(line_of(entry, terms[entry.transaction.contract_version_id], now=now, is_closed=statement is not None) for entry in found)
    slip = Payslip(employee_id, period, zone, total_lines(lines), lines, statement=statement)
    if employment is None:
        return slip
    return replace(
        slip, state=_state(slip, now), closes_at=employment.closes_at(period), expected=_expected(session, employment, slip, now)
    )


def _state(slip: Payslip, now: datetime) -> PayslipState:
    if slip.statement is not None:
        return "closed"
    return "soft" if now >= slip.period.end else "running"


def _expected(session: Session, employment: Employment, slip: Payslip, now: datetime) -> tuple[PeriodLine, ...]:
    """What each version in force would add to the month were it closed now; nothing once it is closed, or before it began."""
    if slip.statement is not None or now < slip.period.start or not employment.is_governed(slip.period):
        return ()
    return tuple(
        line
        for one in employment.governing(slip.period)
        for line in expected_lines(session, one.contract_version_id, slip.period.start, now=now)
    )
