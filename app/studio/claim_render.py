"""Which render is next: one worker takes one, across shops, and a shop with many films does not keep another one waiting.

A render whose worker died is taken again; its finished sentences are kept, so it goes on where it was.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import aliased

from app.studio.tables import FilmRender
from tenants.database import Database

TRIES_MAX: Final = 3
SILENT_SECONDS: Final = 90
"""A render that has not been touched for so long has lost its worker."""
LATELY: Final = timedelta(minutes=10)
"""What was made for a shop in these last minutes lets others go before."""


@dataclass(frozen=True)
class ClaimedRender:
    """One render: whose, which, and the how many-th try this is."""

    tenant_id: UUID
    render_id: UUID
    tries: int

    @property
    def is_last_straw(self) -> bool:
        """Whether it was tried often enough: it kills its workers and is given up instead."""
        return self.tries > TRIES_MAX


def claim_render(database: Database, now: datetime) -> ClaimedRender | None:
    """Take the oldest render of the shop that had the least made lately; None when nothing waits."""
    other, silent_since = aliased(FilmRender), now - timedelta(seconds=SILENT_SECONDS)
    is_at_work = (other.state == "running") & (other.touched_at >= silent_since)
    had_lately = (
        select(func.count())
        .where(other.tenant_id == FilmRender.tenant_id, or_(is_at_work, other.finished_at > now - LATELY))
        .correlate(FilmRender)
        .scalar_subquery()
    )
    is_orphaned = (FilmRender.state == "running") & (FilmRender.touched_at < silent_since)
    due = (
        select(FilmRender.tenant_id, FilmRender.render_id, FilmRender.tries)
        .where(or_(FilmRender.state == "waiting", is_orphaned))
        .order_by(had_lately, FilmRender.asked_at, FilmRender.render_id)
        .limit(1)
        .with_for_update(skip_locked=True, of=FilmRender)
    )
    with database.intake_session() as session:
        row = session.execute(due).first()
        if row is None:
            return None
        this = FilmRender.tenant_id == row.tenant_id, FilmRender.render_id == row.render_id
        session.execute(update(FilmRender).where(*this).values(state="running", tries=row.tries + 1, claimed_at=now, touched_at=now))
        return ClaimedRender(row.tenant_id, row.render_id, row.tries + 1)
