"""Which months are closed, and so where a movement is booked: in its own month while that is open, else in the running one."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.ledger.tables import PeriodClosed
from tenants.database import tenant_of


@dataclass(frozen=True, slots=True)
class ClosedMonths:
    """Closed months as (employee, period start), each with its end."""

    ends: Mapping[tuple[UUID, datetime], datetime]

    def __contains__(self, month: object) -> bool:
        return month in self.ends

    def __iter__(self) -> Iterator[tuple[UUID, datetime]]:
        return iter(self.ends)

    def moment_for(self, employee_id: UUID, now: datetime) -> datetime:
        """When a late fact takes effect: now, or the first moment after the last closed month.

        Months close in sequence, so that moment is open. `now` lies before it where a clock is slow, or where a transaction waited for
        the very close; booked then, the movement would stand in no statement, ever.
        """
        return max([now, *(end for (employee, _), end in self.ends.items() if employee == employee_id)])


def closed_periods(session: Session, employee_ids: Collection[UUID]) -> ClosedMonths:
    """The closed months of these employees. The caller holds the months it asks about."""
    query = select(PeriodClosed.employee_id, PeriodClosed.period_start, PeriodClosed.period_end).where(
        PeriodClosed.tenant_id == tenant_of(session), PeriodClosed.employee_id == func.any(list(employee_ids))
    )
    return ClosedMonths({(employee_id, start): end for employee_id, start, end in session.execute(query)})
