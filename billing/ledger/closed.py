"""Which months are closed, and so where a movement is booked: in its own month while that is open, else in the running one."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.ledger.tables import PeriodClosed
from tenants.database import tenant_of


def closed_periods(session: Session, employee_ids: Collection[UUID]) -> frozenset[tuple[UUID, datetime]]:
    """The closed months of these employees, as (employee, period start). The caller holds the months it asks about."""
    query = select(PeriodClosed.employee_id, PeriodClosed.period_start).where(
        PeriodClosed.tenant_id == tenant_of(session), PeriodClosed.employee_id == func.any(list(employee_ids))
    )
    return frozenset((employee_id, start) for employee_id, start in session.execute(query))
