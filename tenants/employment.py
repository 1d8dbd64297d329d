"""Life at work: days off and who steps in, reviews, the verdict on a probation. Each takes effect on its day and stays on record."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants.audit import note
from tenants.database import tenant_of
from tenants.employee import EmployeeView, employee_at_work, employee_view
from tenants.employment_tables import EmployeeLeave, EmploymentNote
from tenants.errors import EmployeeNotAtWork, LeaveRefused, NoteRefused
from tenants.identifiers import new_id, to_public
from tenants.tables import Employee
from tenants.tenant import tenant_view

LEAVE_DAYS_MAX: Final = 366
WORDS_LENGTH_MAX: Final = 4_000
NOTE_KINDS: Final = ("interview", "review", "kept", "parted")
VERDICTS: Final = ("kept", "parted")
"""What was found in an interview; a review; a probation that ended with staying; one that ended with going."""


@dataclass(frozen=True)
class Leave:
    """Days off, the first and the last included. `stand_in_id` is the colleague who steps in; None: shoppers are told of it."""

    leave_id: UUID
    employee_id: UUID
    starts_on: date
    ends_on: date
    stand_in_id: UUID | None
    recorded_at: datetime
    is_called_off: bool

    def covers(self, day: date) -> bool:
        """Whether they are away on that day."""
        return self.starts_on <= day <= self.ends_on and not self.is_called_off


@dataclass(frozen=True)
class NoteView:
    """One note of employment, and who wrote it (an actor's public id, as in the audit log)."""

    note_id: UUID
    kind: str
    effective_on: date
    words: str
    written_by: str
    recorded_at: datetime


@dataclass(frozen=True)
class Serving:
    """Who receives a shopper: the employee or who steps in. `away_until` is their last day off when nobody does."""

    employee: EmployeeView
    away_until: date | None = None


def grant_leave(
    session: Session, employee_id: UUID, *, starts_on: date, ends_on: date, stand_in_id: UUID | None, actor: str, now: datetime
) -> UUID:
    """Give days off; return the leave's id. Raises LeaveRefused with a sentence, EmployeeNotAtWork for an unknown employee."""
    employee = _held(session, employee_id)
    today = _today(session, now)
    if ends_on < starts_on:
        raise LeaveRefused("The last day off lies before the first.")
    if starts_on < today:
        raise LeaveRefused("A leave begins today or later: the days before were worked.")
    if (ends_on - starts_on).days >= LEAVE_DAYS_MAX:
        raise LeaveRefused(f"A leave lasts at most {LEAVE_DAYS_MAX} days.")
    if any(one.starts_on <= ends_on and starts_on <= one.ends_on for one in leaves_of(session, employee_id) if not one.is_called_off):
        raise LeaveRefused("Some of these days are days off already; call that leave off first.")
    if stand_in_id is not None:
        _check_stand_in(session, employee, stand_in_id, starts_on, ends_on)
    leave_id = new_id(now)
    session.add(
        EmployeeLeave(
            tenant_id=tenant_of(session), leave_id=leave_id, employee_id=employee_id, starts_on=starts_on, ends_on=ends_on,
            stand_in_id=stand_in_id, recorded_at=now,
        )
    )  # fmt: skip
    session.flush()
    detail = {"from": starts_on.isoformat(), "to": ends_on.isoformat()}
    detail |= {"stand_in": to_public("emp", stand_in_id)} if stand_in_id else {}
    note(session, actor, "employee.leave_granted", to_public("emp", employee_id), detail, now=now)
    return leave_id


def call_off_leave(session: Session, employee_id: UUID, leave_id: UUID, *, actor: str, now: datetime) -> None:
    """They are back at work from now on, or never go. Raises LeaveRefused when there is no such leave, or it is over."""
    row = session.get(EmployeeLeave, (tenant_of(session), leave_id), with_for_update=True)
    if row is None or row.employee_id != employee_id or row.called_off_at is not None or row.ends_on < _today(session, now):
        raise LeaveRefused("There is no such leave that could be called off.")
    row.called_off_at = now
    note(session, actor, "employee.leave_called_off", to_public("emp", employee_id), {"from": row.starts_on.isoformat()}, now=now)


def leaves_of(session: Session, employee_id: UUID) -> list[Leave]:
    """Every leave of an employee, the earliest first, those called off included."""
    mine = EmployeeLeave.tenant_id == tenant_of(session), EmployeeLeave.employee_id == employee_id
    return [_leave(row) for row in session.scalars(select(EmployeeLeave).where(*mine).order_by(EmployeeLeave.starts_on))]


def serving(session: Session, employee_id: UUID, now: datetime) -> Serving:
    """Who receives a shopper that comes to this employee now; raises EmployeeNotAtWork when they are not employed today."""
    employee = employee_at_work(session, employee_id, now)
    today = _today(session, now)
    leave = leave_on(session, employee_id, today)
    if leave is None:
        return Serving(employee)
    if leave.stand_in_id is not None and leave_on(session, leave.stand_in_id, today) is None:
        try:
            return Serving(employee_at_work(session, leave.stand_in_id, now))
        except EmployeeNotAtWork:
            return Serving(employee, leave.ends_on)  # the colleague has left meanwhile
    return Serving(employee, leave.ends_on)


def away_today(session: Session, employee_id: UUID, now: datetime) -> date | None:
    """Their last day off when today, in the shop's zone, is one; None when they are at work."""
    leave = leave_on(session, employee_id, _today(session, now))
    return leave.ends_on if leave else None


def leave_on(session: Session, employee_id: UUID, day: date) -> Leave | None:
    """The leave that covers a day; None when they are not away."""
    return next((one for one in leaves_of(session, employee_id) if one.covers(day)), None)


def write_note(session: Session, employee_id: UUID, *, kind: str, words: str, effective_on: date, actor: str, now: datetime) -> UUID:
    """Keep a review or a verdict; return its id. The words stay out of the audit log. Raises NoteRefused, EmployeeNotAtWork."""
    _held(session, employee_id)
    kept = words.strip()
    if kind not in NOTE_KINDS:
        raise NoteRefused(f"There is no note of the kind {kind[:20]!r}.")
    if not kept or len(kept) > WORDS_LENGTH_MAX:
        raise NoteRefused(f"Write what you found, in at most {WORDS_LENGTH_MAX} characters.")
    if kind in VERDICTS and any(one.kind in VERDICTS for one in notes_of(session, employee_id) if one.effective_on == effective_on):
        raise NoteRefused("The verdict on this probation was given already.")
    note_id = new_id(now)
    session.add(
        EmploymentNote(
            tenant_id=tenant_of(session), note_id=note_id, employee_id=employee_id, kind=kind, effective_on=effective_on, words=kept,
            written_by=actor, recorded_at=now,
        )
    )  # fmt: skip
    session.flush()
    action = {"interview": "employee.interviewed", "review": "employee.reviewed"}.get(kind, "employee.probation_decided")
    detail = {"note": to_public("nte", note_id), "verdict": kind, "on": effective_on.isoformat()}
    note(session, actor, action, to_public("emp", employee_id), detail, now=now)
    return note_id


def notes_of(session: Session, employee_id: UUID) -> list[NoteView]:
    """Every note of an employee, the newest first."""
    mine = EmploymentNote.tenant_id == tenant_of(session), EmploymentNote.employee_id == employee_id
    rows = session.scalars(select(EmploymentNote).where(*mine).order_by(EmploymentNote.note_id.desc()))
    return [NoteView(row.note_id, row.kind, row.effective_on, row.words, row.written_by, row.recorded_at) for row in rows]


def _held(session: Session, employee_id: UUID) -> EmployeeView:
    """The employee, their row held: of two members who give the same days off one is told."""
    session.get(Employee, (tenant_of(session), employee_id), with_for_update=True)
    return employee_view(session, employee_id)


def _check_stand_in(session: Session, employee: EmployeeView, stand_in_id: UUID, starts_on: date, ends_on: date) -> None:
    stand_in = employee_view(session, stand_in_id)
    if stand_in_id == employee.employee_id:
        raise LeaveRefused(f"{employee.name} is the one who is away and cannot step in.")
    if stand_in.is_retired or stand_in.hired_on is None or stand_in.hired_on > starts_on:
        raise LeaveRefused(f"{stand_in.name} is not at work on these days.")
    if any(one.starts_on <= ends_on and starts_on <= one.ends_on for one in leaves_of(session, stand_in_id) if not one.is_called_off):
        raise LeaveRefused(f"{stand_in.name} is away on some of these days too.")


def _today(session: Session, now: datetime) -> date:
    return now.astimezone(ZoneInfo(tenant_view(session).time_zone)).date()


def _leave(row: EmployeeLeave) -> Leave:
    return Leave(row.leave_id, row.employee_id, row.starts_on, row.ends_on, row.stand_in_id, row.recorded_at, row.called_off_at is not None)
