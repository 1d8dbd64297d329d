"""An employee as the other rooms see one: who they are, how they look and sounds, and whether they are at work."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants.database import tenant_of
from tenants.errors import EmployeeNotAtWork, ShopClosed
from tenants.tables import Employee
from tenants.tenant import tenant_view

PICTURE_QUALITIES: Final = ("browser", "neural")


@dataclass(frozen=True)
class EmployeeView:
    """What the other rooms may know of an employee. `hired_on` is a day in the tenant's zone; None until a contract is signed."""

    employee_id: UUID
    name: str
    job_title: str
    face_id: str
    voice_id: str
    greeting: str
    brief: str
    widget_key: str
    hired_on: date | None
    contract_id: UUID | None
    is_retired: bool
    job_id: str | None = None
    skills: tuple[str, ...] | None = None
    picture_quality: str = "browser"

    def can(self, skill: str) -> bool:
        """Whether they have a skill of jobs.toml; an employee of whom nothing is said has them all."""
        return self.skills is None or skill in self.skills

    @property
    def is_applicant(self) -> bool:
        """Written down and not hired yet; nor withdrawn."""
        return self.hired_on is None and not self.is_retired


def employee_at_work(session: Session, employee_id: UUID, now: datetime) -> EmployeeView:
    """Read an employee who may talk to shoppers now; raises EmployeeNotAtWork without a contract in force, ShopClosed."""
    employee, shop = employee_view(session, employee_id), tenant_view(session)
    if shop.is_closed:
        raise ShopClosed("This shop is closed, and so is its counter. Take the widget off the page.")
    today = now.astimezone(ZoneInfo(shop.time_zone)).date()
    if employee.hired_on is None or employee.hired_on > today or employee.is_retired:
        raise EmployeeNotAtWork(f"{employee.name} is not at work today.")
    return employee


def employee_view(session: Session, employee_id: UUID) -> EmployeeView:
    """Read an employee, at work or not; raises EmployeeNotAtWork when the tenant has no such employee."""
    row = session.get(Employee, (tenant_of(session), employee_id))
    if row is None:
        raise EmployeeNotAtWork("There is no such employee.")
    return view_of(row)


def employees(session: Session) -> list[EmployeeView]:
    """All employees of the tenant, the first hired first."""
    rows = session.scalars(select(Employee).where(Employee.tenant_id == tenant_of(session)).order_by(Employee.employee_id))
    return [view_of(row) for row in rows]


@dataclass(frozen=True)
class Manner:
    """What a shop may change of an employee at any time: title, first words, what they are told to be like, what they may do."""

    job_title: str
    greeting: str
    brief: str
    skills: tuple[str, ...]


def change_manner(session: Session, employee_id: UUID, manner: Manner) -> tuple[str, ...]:
    """Write it down, from the next conversation on; return the names of what differs from before. Raises EmployeeNotAtWork."""
    row = session.get(Employee, (tenant_of(session), employee_id), with_for_update=True)
    if row is None:
        raise EmployeeNotAtWork("There is no such employee.")
    wanted = {"job_title": manner.job_title, "greeting": manner.greeting, "brief": manner.brief, "skills": list(manner.skills)}
    changed = tuple(name for name, value in wanted.items() if getattr(row, name) != value)
    for name in changed:
        setattr(row, name, wanted[name])
    return changed


def change_picture_quality(session: Session, employee_id: UUID, quality: str) -> bool:
    """Who draws their mouth, from the next conversation on: "browser" or "neural". False when it was so. Raises EmployeeNotAtWork."""
    if quality not in PICTURE_QUALITIES:
        raise ValueError(f"There is no picture quality {quality!r}.")
    row = session.get(Employee, (tenant_of(session), employee_id), with_for_update=True)
    if row is None:
        raise EmployeeNotAtWork("There is no such employee.")
    is_new, row.picture_quality = row.picture_quality != quality, quality
    return is_new


def change_face(session: Session, employee_id: UUID, face_id: str) -> str:
    """Which face they wear, from the next conversation and the next film on; gives the one before. Raises EmployeeNotAtWork.

    Whether there is such a face and whether it may be shown is for the caller to know, and holding it is `reserve_likeness`'s.
    """
    row = session.get(Employee, (tenant_of(session), employee_id), with_for_update=True)
    if row is None:
        raise EmployeeNotAtWork("There is no such employee.")
    before, row.face_id = row.face_id, face_id
    return before


def change_voice(session: Session, employee_id: UUID, voice_id: str) -> bool:
    """Which voice they speak with, from the next answer on. False when it was so. Raises EmployeeNotAtWork.

    Whether there is such a voice is for the caller to know: voices are the theatre's.
    """
    row = session.get(Employee, (tenant_of(session), employee_id), with_for_update=True)
    if row is None:
        raise EmployeeNotAtWork("There is no such employee.")
    is_new, row.voice_id = row.voice_id != voice_id, voice_id
    return is_new


def view_of(row: Employee) -> EmployeeView:
    """Turn a row into the view."""
    return EmployeeView(
        employee_id=row.employee_id,
        name=row.name,
        job_title=row.job_title,
        face_id=row.face_id,
        voice_id=row.voice_id,
        greeting=row.greeting,
        brief=row.brief,
        widget_key=row.widget_key,
        hired_on=row.hired_on,
        contract_id=row.contract_id,
        is_retired=row.retired_at is not None,
        job_id=row.job_id,
        skills=None if row.skills is None else tuple(row.skills),
        picture_quality=row.picture_quality,
    )
