"""Reads an employee's payslip for one month of its contract's calendar."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.ledger.entries import entries, moment_is_within
from billing.ledger.tables import Posting
from billing.revenue_share.periods import period_of
from billing.revenue_share.tables import ContractVersion
from billing.revenue_share.versions import terms_of_versions
from billing.statements.payslip import Payslip, PayslipLine, PayslipTotal, line_of, total_lines
from tenants.database import tenant_of

__all__ = ["Payslip", "PayslipLine", "PayslipTotal", "payslip"]


def payslip(session: Session, *, employee_id: UUID, period_start: datetime | None, now: datetime) -> Payslip:
    """The payslip of the month that `period_start` falls into (any moment of it), or of the running month.

    An employee without a contract has an empty payslip of the month in UTC.
    """
    zone = _zone_of(session, employee_id)
    period = period_of(period_start or now, zone)
    found = list(entries(session, Posting.employee_id == employee_id, moment_is_within(period.start, period.end)))
    terms = terms_of_versions(session, sorted({entry.transaction.contract_version_id for entry in found}))
    lines = tuple(line_of(entry, terms[entry.transaction.contract_version_id], now=now) for entry in found)
    return Payslip(employee_id, period, zone, total_lines(lines), lines)


def _zone_of(session: Session, employee_id: UUID) -> str:
    query = select(ContractVersion.terms).where(ContractVersion.tenant_id == tenant_of(session), ContractVersion.employee_id == employee_id)
    terms = session.scalar(query.order_by(ContractVersion.number.desc()).limit(1))
    return str(terms["period_time_zone"]) if terms else "UTC"
