"""The shop's own site as knowledge: a reading is asked for, watched, called off, and its pages are listed. read_site.py does it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conversations.errors import EmployeeUnknown, FieldNotFit, SiteReadingUnknown
from app.conversations.learning_tables import SitePage, SiteReading
from app.conversations.site.pages import start_address
from tenants.audit import note
from tenants.calls_outside import find_place
from tenants.database import tenant_of
from tenants.errors import AddressRefused
from tenants.identifiers import new_id, to_public
from tenants.tables import Employee

PAGES_MAX: Final = 200
READINGS_SHOWN: Final = 5
PAGES_SHOWN: Final = 200
IN_HAND: Final = ("waiting", "reading")


@dataclass(frozen=True)
class ReadingView:
    """One reading. `state` is waiting, reading, done, cancelled or refused; counts are of pages."""

    reading_id: UUID
    employee_id: UUID
    start_url: str
    pages_max: int
    state: str
    asked_at: datetime
    finished_at: datetime | None
    read_count: int
    taught_count: int
    unchanged_count: int
    refused_count: int
    problem: str | None

    @property
    def is_in_hand(self) -> bool:
        """Whether it waits or is going on."""
        return self.state in IN_HAND


@dataclass(frozen=True)
class PageView:
    """A page as it was last read; `document_id` is what was taught of it, `problem` why nothing was."""

    url: str
    document_id: UUID | None
    problem: str | None
    read_at: datetime


def ask_for_reading(
    session: Session, *, employee_id: UUID, start_url: str, pages_max: int, by: str, now: datetime, is_loopback_allowed: bool = False
) -> UUID:  # fmt: skip
    """Ask for the site to be read; the worker does it. Raises FieldNotFit, EmployeeUnknown."""
    address = start_address(start_url)
    try:
        find_place(address, is_loopback_allowed=is_loopback_allowed)
    except AddressRefused as error:
        raise FieldNotFit("start_url", str(error)) from error
    if not 1 <= pages_max <= PAGES_MAX:
        raise FieldNotFit("pages_max", f"Say a number of pages from 1 to {PAGES_MAX}.")
    if session.get(Employee, (tenant_of(session), employee_id), with_for_update=True) is None:
        raise EmployeeUnknown(f"No employee {employee_id} works here.")
    if any(one.is_in_hand for one in readings_of(session, employee_id=employee_id)):
        raise FieldNotFit("start_url", "The site is being read already. Wait until it is done, or call it off.")
    reading_id = new_id(now)
    session.add(
        SiteReading(
            tenant_id=tenant_of(session), reading_id=reading_id, employee_id=employee_id, start_url=address, pages_max=pages_max,
            state="waiting", tries=0, asked_by=by, asked_at=now, touched_at=now, read_count=0, taught_count=0, unchanged_count=0,
            refused_count=0,
        )
    )  # fmt: skip
    session.flush()
    note(session, by, "site.reading_asked", to_public("srd", reading_id), {"start": address, "pages": pages_max}, now=now)
    return reading_id


def call_off(session: Session, *, reading_id: UUID, by: str, now: datetime) -> UUID:
    """Stop a reading; what was taught so far stays. Return whose it was. Raises SiteReadingUnknown."""
    row = session.get(SiteReading, (tenant_of(session), reading_id), with_for_update=True)
    if row is None:
        raise SiteReadingUnknown("There is no such reading.")
    if row.state in IN_HAND:
        row.state, row.finished_at = "cancelled", now
        note(session, by, "site.reading_called_off", to_public("srd", reading_id), {}, now=now)
    return row.employee_id


def readings_of(session: Session, *, employee_id: UUID) -> list[ReadingView]:
    """The last readings, the newest first."""
    wanted = select(SiteReading).where(SiteReading.employee_id == employee_id).order_by(SiteReading.asked_at.desc()).limit(READINGS_SHOWN)
    return [
        ReadingView(
            row.reading_id, row.employee_id, row.start_url, row.pages_max, row.state, row.asked_at, row.finished_at, row.read_count,
            row.taught_count, row.unchanged_count, row.refused_count, row.problem,
        )
        for row in session.scalars(wanted)
    ]  # fmt: skip


def pages_of(session: Session, *, employee_id: UUID) -> list[PageView]:
    """The pages that are known, by address."""
    wanted = select(SitePage).where(SitePage.employee_id == employee_id).order_by(SitePage.url).limit(PAGES_SHOWN)
    return [PageView(row.url, row.document_id, row.problem, row.read_at) for row in session.scalars(wanted)]
