"""The days of an employee's contract versions: the latest one, cutting its open end, and what that changes of the month it is cut in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from billing.contract_terms import read_terms
from billing.orders.locks import hold_periods
from billing.revenue_share.periods import period_of
from billing.revenue_share.settle import settle_period
from billing.revenue_share.tables import ContractEffect, ContractVersion
from tenants.database import tenant_of


def latest_version(session: Session, employee_id: UUID) -> ContractVersion | None:
    """The version signed last for an employee; None without one."""
    query = select(ContractVersion).where(ContractVersion.tenant_id == tenant_of(session), ContractVersion.employee_id == employee_id)
    return session.scalar(query.order_by(ContractVersion.number.desc()).limit(1))


def days_of(session: Session, version: ContractVersion) -> ContractEffect:
    """The version's days, their row held until the transaction ends."""
    key = version.tenant_id, version.contract_version_id
    return session.get_one(ContractEffect, key, with_for_update=True, populate_existing=True)


def cut(session: Session, version: ContractVersion, days: ContractEffect, ends_at: datetime, *, now: datetime) -> None:
    """End a version before `ends_at`. A month it now governs in part has lower thresholds, so its lines are settled at once."""
    days.effective = Range(days.effective.lower, ends_at, bounds="[)")
    session.flush()  # before another version's days are written, or the two overlap
    terms = read_terms(version.terms)
    if terms.has_period_lines:
        month = period_of(ends_at, terms.period_time_zone)
        hold_periods(session, {(version.employee_id, month.start): True})
        settle_period(session, version.contract_version_id, month.start, is_final=False, now=now)
