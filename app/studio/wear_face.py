"""Another face for an employee: held in the market like at the hire, worn from the next conversation on, undone by choosing the old one.

Films that were made keep the face they were made with, and so does the list of films that a revoked consent concerns.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.studio.likeness import must_be_covered
from app.studio.tables import Film, FilmRender
from tenants.audit import note
from tenants.database import tenant_of
from tenants.employee import change_face, employee_view
from tenants.identifiers import to_public
from tenants.reservation import Likeness, reserve_likeness

DRAWN_STATES = ("running", "done", "failed", "cancelled")
"""A render that waits is drawn with the new face."""


def wear_face(
    session: Session, *, employee_id: UUID, face_id: str, market: str, by: str, now: datetime, until: datetime | None = None
) -> bool:  # fmt: skip
    """Let an employee wear a face that exists; False when they wear it already. `until` ends the hold of somebody not hired yet.

    Voice, name, contract and all that was taught stay. Raises EmployeeNotAtWork, LikenessNotAllowed for a person's face without consent,
    and LikenessTaken where another shop of the market has somebody who looks, sounds and is called the same.
    """
    employee = employee_view(session, employee_id)
    must_be_covered(session, face_id, now)
    if employee.face_id == face_id:
        return False
    likeness = Likeness(face_id, employee.voice_id, employee.name, market)
    reserve_likeness(session, employee_id=employee_id, likeness=likeness, now=now, until=until)
    before = change_face(session, employee_id, face_id)
    _remember_drawn(session, employee_id, before)
    note(session, by, "employee.face_changed", to_public("emp", employee_id), {"from": before, "to": face_id}, now=now)
    return True


def _remember_drawn(session: Session, employee_id: UUID, face_id: str) -> None:
    """What was made without its face being written down was made with the one that is taken off now."""
    theirs = select(Film.film_id).where(Film.tenant_id == tenant_of(session), Film.employee_id == employee_id)
    made = FilmRender.film_id.in_(theirs), FilmRender.face_id.is_(None), FilmRender.state.in_(DRAWN_STATES)
    session.execute(update(FilmRender).where(FilmRender.tenant_id == tenant_of(session), *made).values(face_id=face_id))
