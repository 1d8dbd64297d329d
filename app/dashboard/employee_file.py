"""An employee's file: everything one page says of one employee, read in one transaction, and what the shop may do next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.conversations.mind import knows_anything
from app.dashboard.routes_hire_contract import job_for
from app.dashboard.standing import Standing, standing_of, started_on
from app.studio.likeness import lost_faces
from billing.contract_terms import changes_between
from billing.offers import OfferView, active_offers
from billing.read_contracts import ContractView, contracts_of
from tenants.employee import EmployeeView, employee_view, employees
from tenants.employment import Leave, NoteView, leaves_of, notes_of
from tenants.jobs import Job
from tenants.reservation import LikenessRequest, likeness_requests


@dataclass(frozen=True)
class EmployeeFile:
    """One employee. `contracts` are all signed versions, the first one first."""

    employee: EmployeeView
    job: Job
    standing: Standing
    contracts: list[ContractView]
    offers: list[OfferView]
    leaves: list[Leave]
    notes: list[NoteView]
    colleagues: Mapping[UUID, EmployeeView]
    requests: list[LikenessRequest]
    is_untaught: bool
    has_lost_face: bool
    """Whoever the face shows consents to chat no more, so shoppers meet an outline."""
    zone: ZoneInfo

    @property
    def started_on(self) -> date | None:
        """First day of the present stretch of work."""
        return started_on(self.contracts, self.zone)

    @property
    def current(self) -> ContractView | None:
        """The version that was signed last."""
        return self.contracts[-1] if self.contracts else None

    def events(self) -> list["Event"]:
        """Their working life, the newest first."""
        found = [*self._signatures(), *self._ends()]
        for leave in self.leaves:
            kind = "leave_called_off" if leave.is_called_off else "leave"
            found.append(Event(leave.starts_on, kind, leave=leave))
        found += [Event(one.effective_on, one.kind, note=one) for one in self.notes]
        return sorted(found, key=lambda one: (one.day, one.recorded_at), reverse=True)

    def events_between(self, first: date, end: date) -> list["Event"]:
        """What happened on the days of [first, end), the earliest first; a leave counts that reaches into them."""
        found = [one for one in self.events() if one.day < end and (one.leave.ends_on if one.leave else one.day) >= first]
        return found[::-1]

    def _signatures(self) -> list["Event"]:
        events = []
        for before, version in zip([None, *self.contracts], self.contracts, strict=False):
            day = version.starts_at.astimezone(self.zone).date()
            if before is None:
                events.append(Event(day, "hired", version=version))
            elif before.ends_at is not None and before.ends_at < version.starts_at:
                events.append(Event(day, "rehired", version=version))
            else:
                events.append(Event(day, "changed", version=version, changes=changes_between(before.terms, version.terms)))
        return events

    def _ends(self) -> list["Event"]:
        starts = {one.starts_at for one in self.contracts}
        ended = [one for one in self.contracts if one.ends_at is not None and one.ends_at not in starts]
        return [Event(one.ends_at.astimezone(self.zone).date(), "ended", version=one) for one in ended if one.ends_at is not None]


@dataclass(frozen=True)
class Event:
    """Something that happened to an employee, or will on its day."""

    day: date
    kind: str
    version: ContractView | None = None
    changes: tuple[str, ...] = ()
    leave: Leave | None = None
    note: NoteView | None = None

    @property
    def recorded_at(self) -> datetime:
        """When it was written down; of one day's events the later one stands above."""
        if self.version is not None:
            return self.version.starts_at if self.kind != "ended" else self.version.ends_at or self.version.starts_at
        written = self.leave or self.note
        assert written is not None  # noqa: S101 - an event is a version, a leave or a note
        return written.recorded_at


def read_file(session: Session, employee_id: UUID, *, now: datetime, zone: ZoneInfo) -> EmployeeFile:
    """Read everything; raises EmployeeNotAtWork for an unknown employee."""
    employee = employee_view(session, employee_id)
    contracts = contracts_of(session, employee_id)
    leaves, notes = leaves_of(session, employee_id), notes_of(session, employee_id)
    return EmployeeFile(
        employee=employee,
        job=job_for(employee),
        standing=standing_of(employee, contracts, leaves, notes, now=now, zone=zone),
        contracts=contracts,
        offers=active_offers(session, employee_id=employee_id, now=now),
        leaves=leaves,
        notes=notes,
        colleagues={one.employee_id: one for one in employees(session) if one.employee_id != employee_id},
        requests=[one for one in likeness_requests(session) if one.employee_id == employee_id and one.is_accepted is None],
        has_lost_face=employee.face_id in lost_faces(session, now),
        is_untaught=not knows_anything(session, employee_id=employee_id),
        zone=zone,
    )
