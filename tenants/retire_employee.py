"""Letting an employee go: their widget key stops working, their past earnings stay."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from tenants.database import tenant_of
from tenants.directory import remove_key
from tenants.errors import EmployeeNotAtWork
from tenants.reservation import release_likeness
from tenants.tables import Employee


def retire_employee(session: Session, *, employee_id: UUID, now: datetime, keeps_likeness: bool = False) -> None:
    """Take an employee off the shop floor now, and free their face, voice and name unless they are coming back.

    Idempotent; raises EmployeeNotAtWork when there is no such employee.
    """
    row = session.get(Employee, (tenant_of(session), employee_id), with_for_update=True)
    if row is None:
        raise EmployeeNotAtWork("There is no such employee to retire.")
    if row.retired_at is None:
        row.retired_at = now
        remove_key(session, kind="widget_key", key=row.widget_key, now=now)
        if not keeps_likeness:
            release_likeness(session, employee_id=employee_id, now=now)
