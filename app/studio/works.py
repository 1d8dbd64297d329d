"""Keeps the works: a film is entered before it is made, so that its mark leads back to it, and found again by that mark.

The mark is entered in the directory, which is how somebody who knows no shop finds whose film they look at. It tells them the shop's
name, the employee's name, the title and the day: what a film shows anyway.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.studio.events import FilmFinished
from app.studio.likeness import must_be_allowed
from app.studio.tables import Work
from avatar_pipeline.provenance import draw_film_id, film_name
from tenants.database import Database, tenant_of
from tenants.directory import list_key, look_up
from tenants.employee import employee_view
from tenants.identifiers import new_id
from tenants.outbox import announce
from tenants.tenant import tenant_view

DIRECTORY_KIND: Final = "film_mark"
TITLE_CHARACTERS_MAX: Final = 200
DRAWS_MAX: Final = 5


class WorkTitleUnusable(ValueError):
    """A title must say something, in at most 200 characters."""


@dataclass(frozen=True)
class WorkView:
    """A film of the shop. `film` is its name by the mark: film-0123456789ab."""

    work_id: UUID
    employee_id: UUID
    title: str
    mark_id: int
    begun_at: datetime
    finished_at: datetime | None

    @property
    def film(self) -> str:
        """The film's name by its mark."""
        return film_name(self.mark_id)


@dataclass(frozen=True)
class KnownFilm:
    """What anybody may know of a film whose mark they found."""

    shop: str
    employee: str
    title: str
    begun_at: datetime


def begin_work(session: Session, *, employee_id: UUID, title: str, now: datetime) -> WorkView:
    """Enter a film that is about to be made and draw its mark.

    Raises EmployeeNotAtWork (another shop's too), WorkTitleUnusable, and LikenessNotAllowed for a real person's face without consent.
    """
    title = " ".join(title.split())
    if not title or len(title) > TITLE_CHARACTERS_MAX or not title.isprintable():
        raise WorkTitleUnusable(f"Give the film a title of at most {TITLE_CHARACTERS_MAX} characters.")
    must_be_allowed(session, face_id=employee_view(session, employee_id).face_id, channel="films", now=now)
    work_id = new_id(now)
    mark_id = _listed_mark(session, work_id, now)
    row = Work(work_id=work_id, tenant_id=tenant_of(session), employee_id=employee_id, title=title, mark_id=mark_id, begun_at=now)
    session.add(row)
    session.flush()
    return _view(row)


def finish_work(session: Session, *, work_id: UUID, duration_s: float, sha256: bytes, now: datetime) -> WorkView:
    """Write down and announce that the film lies finished: its length and the fingerprint of its file. Raises NoResultFound."""
    row, duration_ms = session.get_one(Work, (tenant_of(session), work_id)), round(duration_s * 1000)
    row.finished_at, row.duration_ms, row.sha256 = now, duration_ms, sha256
    session.flush()
    announce(session, FilmFinished(work_id, row.employee_id, row.title, duration_ms, sha256.hex(), now), now=now)
    return _view(row)


def works(session: Session) -> list[WorkView]:
    """The shop's films, newest first."""
    return [_view(row) for row in session.scalars(select(Work).order_by(Work.begun_at.desc(), Work.work_id))]


def known_film(database: Database, film: str) -> KnownFilm | None:
    """Find whose film carries a mark, whichever shop's it is; None when no film of this house does."""
    hit = look_up(database, DIRECTORY_KIND, film)
    if hit is None:
        return None
    with database.tenant_session(hit.tenant_id) as session:
        row = session.get_one(Work, (hit.tenant_id, hit.subject_id))
        shop, employee = tenant_view(session).name, employee_view(session, row.employee_id).name
        return KnownFilm(shop, employee, row.title, row.begun_at)


def _listed_mark(session: Session, work_id: UUID, now: datetime) -> int:
    """Draw a number that no film has; two draws in 2**48 meet so rarely that five tries are for a broken generator."""
    for _ in range(DRAWS_MAX - 1):
        mark_id = draw_film_id()
        try:
            with session.begin_nested():
                list_key(session, kind=DIRECTORY_KIND, key=film_name(mark_id), subject_id=work_id, now=now)
        except IntegrityError:
            continue
        return mark_id
    mark_id = draw_film_id()
    list_key(session, kind=DIRECTORY_KIND, key=film_name(mark_id), subject_id=work_id, now=now)
    return mark_id


def _view(row: Work) -> WorkView:
    return WorkView(row.work_id, row.employee_id, row.title, row.mark_id, row.begun_at, row.finished_at)
