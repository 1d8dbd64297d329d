"""Who draws the mouth in a film: the employee's quality asks for a card, and a machine with one has reported in; else the rig."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tenants.employee import employee_view

FILM_ENGINE: Final = "musetalk"
SILENT: Final = timedelta(minutes=1)
"""A machine that was not heard for so long is gone."""


def engine_for(session: Session, employee_id: UUID, now: datetime) -> str | None:
    """The engine a film of this employee asks for now; None for the rig."""
    if employee_view(session, employee_id).picture_quality != "neural":
        return None
    there = func.film_engines_at_work(now - SILENT).table_valued("engine").render_derived(name="there")
    return FILM_ENGINE if FILM_ENGINE in session.scalars(select(there.c.engine)).all() else None
