"""Which render is next: one worker takes one, across shops, and a shop with many films does not keep another one waiting.

A render whose worker died is taken again; its finished sentences are kept, so it goes on where it was.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from app.studio.choose_engine import NEEDS_MB, cards_at_work, engines_large_enough
from app.studio.greeting_films import ASKED_IN_CHAT
from app.studio.tables import FilmRender
from tenants.database import Database
from tenants.work_line import SILENT_SECONDS, Claimed, WorkLine

RENDERS: Final = WorkLine(
    FilmRender, FilmRender.render_id, FilmRender.asked_at,
    after=(FilmRender.batch_id.is_not(None) & (FilmRender.asked_by != ASKED_IN_CHAT),),
)  # fmt: skip
"""A shop's films for many come after its other ones; one that a shopper waits for in a talk does not."""


def claim_render(database: Database, now: datetime, engines: Sequence[str] = (), room_mb: int | None = None) -> Claimed | None:
    """Take the render that is next; None when nothing waits.

    A worker with `engines` takes the films that need one of them and fit into `room_mb` of its card (None: whatever they take), and no
    others, so a graphics card is never kept busy by a film that any machine can make. A film that needs a card waits for it as long as
    one that is large enough is there; when none is, any machine makes it with the rig.
    """
    if engines:
        fitting = [engine for engine in engines if room_mb is None or NEEDS_MB.get(engine, 0) <= room_mb]
        return RENDERS.claim(database, now, FilmRender.needs_engine.in_(fitting)) if fitting else None
    with database.intake_session() as session:
        waited_for = engines_large_enough(cards_at_work(session, now))
    is_for_anybody = FilmRender.needs_engine.is_(None) | FilmRender.needs_engine.not_in(waited_for)
    return RENDERS.claim(database, now, is_for_anybody)


def engines_waited_for(database: Database, now: datetime) -> frozenset[str]:
    """The engines that films in line ask for, those of a worker that died among them."""
    silent_since = now - timedelta(seconds=SILENT_SECONDS)
    is_due = (FilmRender.state == "waiting") | ((FilmRender.state == "running") & (FilmRender.touched_at < silent_since))
    with database.intake_session() as session:
        found = session.scalars(select(FilmRender.needs_engine).where(is_due, FilmRender.needs_engine.is_not(None)).distinct())
        return frozenset(engine for engine in found if engine is not None)
