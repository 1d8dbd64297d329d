"""Which render is next: one worker takes one, across shops, and a shop with many films does not keep another one waiting.

A render whose worker died is taken again; its finished sentences are kept, so it goes on where it was.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from app.studio.choose_engine import SILENT
from app.studio.tables import FilmRender
from tenants.database import Database
from tenants.work_line import Claimed, WorkLine

RENDERS: Final = WorkLine(
    FilmRender, FilmRender.render_id, FilmRender.asked_at, after=(FilmRender.batch_id.is_not(None),)
)  # fmt: skip
"""A shop's films for many come after its other ones."""


def claim_render(database: Database, now: datetime, engines: Sequence[str] = ()) -> Claimed | None:
    """Take the render that is next; None when nothing waits.

    A worker with `engines` takes the films that need one of them and no others, so a graphics card is never kept busy by a film that any
    machine can make. A film that needs a card waits for it as long as one is there; when none is, any machine makes it with the rig.
    """
    there = func.film_engines_at_work(now - SILENT).table_valued("engine").render_derived(name="there")
    is_for_anybody = FilmRender.needs_engine.is_(None) | FilmRender.needs_engine.not_in(select(there.c.engine))
    return RENDERS.claim(database, now, FilmRender.needs_engine.in_(engines) if engines else is_for_anybody)
