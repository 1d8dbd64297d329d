"""Where the widget was seen: each page's origin that asked for an employee, when first and when last, allowed or not."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.installation.tables import WidgetSighting
from tenants.database import tenant_of

EXACT_SECONDS: Final = 5
"""A page that was seen so recently is not written again: a busy shop costs one write in five seconds."""
REFUSED_MAX: Final = 20
"""Refused origins kept per shop; anybody can copy a snippet, and their pages shall not fill the list."""
ORIGIN_LENGTH_MAX: Final = 200


@dataclass(frozen=True)
class Sighting:
    """A place and when an employee was asked for there."""

    origin: str
    employee_id: UUID
    is_allowed: bool
    first_seen_at: datetime
    last_seen_at: datetime


def note_sighting(session: Session, *, origin: str, employee_id: UUID, is_allowed: bool, now: datetime) -> None:
    """Keep that a page asked for the employee. Of refused pages only the first `REFUSED_MAX` are kept, until they are cleared."""
    if len(origin) > ORIGIN_LENGTH_MAX or (not is_allowed and _is_full(session, origin)):
        return
    row = {"tenant_id": tenant_of(session), "origin": origin, "employee_id": employee_id, "is_allowed": is_allowed}
    seen = insert(WidgetSighting).values(**row, first_seen_at=now, last_seen_at=now)
    is_old = WidgetSighting.last_seen_at < now - timedelta(seconds=EXACT_SECONDS)
    has_changed = WidgetSighting.is_allowed != is_allowed
    session.execute(
        seen.on_conflict_do_update(
            index_elements=["tenant_id", "origin", "employee_id"],
            set_={"last_seen_at": now, "is_allowed": is_allowed},
            where=is_old | has_changed,
        )
    )


def sightings(session: Session) -> list[Sighting]:
    """Every place, the one seen last first."""
    rows = session.scalars(
        select(WidgetSighting).where(WidgetSighting.tenant_id == tenant_of(session)).order_by(WidgetSighting.last_seen_at.desc())
    )
    return [Sighting(row.origin, row.employee_id, row.is_allowed, row.first_seen_at, row.last_seen_at) for row in rows]


def forget_refused(session: Session) -> None:
    """Clear the list of refused places."""
    session.execute(delete(WidgetSighting).where(WidgetSighting.tenant_id == tenant_of(session), WidgetSighting.is_allowed.is_(False)))


def _is_full(session: Session, origin: str) -> bool:
    refused = (WidgetSighting.tenant_id == tenant_of(session)) & WidgetSighting.is_allowed.is_(False)
    count = session.scalar(select(func.count()).where(refused & (WidgetSighting.origin != origin))) or 0
    return count >= REFUSED_MAX
