"""Hiring: an applicant is written down first, and is at work once a contract with the shop is signed."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from tenants.database import tenant_of
from tenants.directory import list_key, take_up_key
from tenants.employee import EmployeeView, view_of
from tenants.errors import EmployeeNotAtWork
from tenants.identifiers import new_id
from tenants.tables import Employee
from tenants.tenant import tenant_view


@dataclass(frozen=True)
class Applicant:
    """Who is to be hired: a name, a job, a face and a voice from the catalogue, and the first words to a shopper."""

    name: str
    job_title: str
    face_id: str
    voice_id: str
    greeting: str
    brief: str
    job_id: str | None = None
    skills: tuple[str, ...] | None = None


def add_applicant(session: Session, applicant: Applicant, *, now: datetime) -> EmployeeView:
    """Write an applicant down and give them a widget key. They are not at work before `hire_employee`."""
    tenant_id, employee_id, key = tenant_of(session), new_id(now), f"wk_{secrets.token_urlsafe(18)}"
    row = Employee(
        tenant_id=tenant_id,
        employee_id=employee_id,
        name=applicant.name,
        job_title=applicant.job_title,
        face_id=applicant.face_id,
        voice_id=applicant.voice_id,
        greeting=applicant.greeting,
        brief=applicant.brief,
        widget_key=key,
        created_at=now,
        job_id=applicant.job_id,
        skills=None if applicant.skills is None else list(applicant.skills),
    )
    session.add(row)
    list_key(session, kind="widget_key", key=key, subject_id=employee_id, now=now)
    session.flush()
    return view_of(row)


def hire_employee(session: Session, *, employee_id: UUID, contract_id: UUID, starts_at: datetime, now: datetime | None = None) -> None:
    """Put an applicant to work under a signed contract, from the day `starts_at` falls on in the shop's zone. Idempotent.

    Somebody who had left comes back: the key that still stands on the shop's pages works again, from that day on. Whoever is at work
    stays at work: a further version of the contract changes nothing here.
    """
    row = session.get(Employee, (tenant_of(session), employee_id), with_for_update=True)
    if row is None:
        raise EmployeeNotAtWork("There is no such employee to hire.")
    has_left = row.retired_at is not None
    if row.contract_id == contract_id and not has_left:
        return
    row.contract_id = contract_id
    row.hired_on = starts_at.astimezone(ZoneInfo(tenant_view(session).time_zone)).date()
    if has_left:
        row.retired_at = None
        take_up_key(session, kind="widget_key", key=row.widget_key, now=now or starts_at)
