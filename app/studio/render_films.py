"""The studio at work: take a render that waits, make its film sentence by sentence, and say how far it is.

No transaction waits for any of it.
"""

import hashlib
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.studio.claim_render import ClaimedRender, claim_render
from app.studio.likeness import must_be_allowed
from app.studio.renders import IN_HAND, SCALES, media_path, takes_folder
from app.studio.tables import Film, FilmRender, Work
from app.studio.works import finish_work
from avatar_pipeline.catalogue import face
from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.shoot import FilmPapers, Shoot, ShootCancelled, Shot, TakeStore, read_script, shoot
from avatar_pipeline.voice import Voice
from tenants.database import Database
from tenants.employee import employee_view
from tenants.identifiers import to_public

TOUCH: Final = timedelta(seconds=1)
"""Progress is written, and the wish to stop is read, at most this often."""
NEARLY: Final = 99
GAVE_UP: Final = "It could not be made: three tries ended before their time. Shorten the film, or write to us."
PROBLEM_LENGTH_MAX: Final = 500


@dataclass(frozen=True)
class Studio:
    """What the studio works with. `papers` gives a film's papers by its mark and its work's id."""

    database: Database
    data_folder: Path
    voice: Callable[[str], Voice]
    papers: Callable[[int, str], FilmPapers]
    clock: Callable[[], datetime]
    is_closing: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class _Job:
    tenant_id: UUID
    film_id: UUID
    kind: str
    script: dict[str, Any]
    face_id: str
    voice_id: str
    mark_id: int
    out_path: Path


class _Lost(StageRefusal):
    """Another worker has taken this render over, or its film was thrown away."""


def render_next(studio: Studio) -> int:
    """Make the film that is next; return 1, or 0 when none waits. A refusal is kept with its reason."""
    claimed = claim_render(studio.database, studio.clock())
    if claimed is None:
        return 0
    if claimed.is_last_straw:
        _failed(studio, claimed, GAVE_UP)
        return 1
    try:
        job = _job_of(studio, claimed)
        progress = Progress(studio, claimed)
        _finish(studio, claimed, job, _make(studio, job, progress))
    except _Lost:
        return 1  # whoever has it now, or threw it away, has the last word
    except ShootCancelled:
        _stopped(studio, claimed)
    except StageRefusal as error:
        _failed(studio, claimed, str(error))
    except OSError as error:
        _failed(studio, claimed, f"The film cannot be written: {error.strerror}.")
    return 1


class Progress:
    """How far one film is, written to its row now and then. The page reads it, and other workers see that somebody is at work."""

    def __init__(self, studio: Studio, claimed: ClaimedRender) -> None:
        self._studio, self._claimed = studio, claimed
        self._next, self._is_stopped, self._percent = studio.clock(), False, 0

    def made(self, fraction: float) -> None:
        """So much of the film is made, 0..1."""
        self._percent = min(NEARLY, int(fraction * 100))
        self._touch()

    def is_cancelled(self) -> bool:
        """Whether somebody wants it to stop."""
        self._touch()
        return self._is_stopped or self._studio.is_closing()

    def _touch(self) -> None:
        """Write and read, when the time has come. Raises _Lost."""
        now = self._studio.clock()
        if now < self._next:
            return
        self._next = now + TOUCH
        with self._studio.database.tenant_session(self._claimed.tenant_id) as session:
            row = _own_row(session, self._claimed)
            row.progress_percent, row.touched_at = self._percent, now
            self._is_stopped = row.cancel_asked_at is not None


def _job_of(studio: Studio, claimed: ClaimedRender) -> _Job:
    with studio.database.tenant_session(claimed.tenant_id) as session:
        row = session.get_one(FilmRender, (claimed.tenant_id, claimed.render_id))
        film = session.get_one(Film, (claimed.tenant_id, row.film_id))
        work = session.get_one(Work, (claimed.tenant_id, row.film_id))
        who, path = employee_view(session, film.employee_id), media_path(studio.data_folder, claimed.tenant_id, row)
        must_be_allowed(session, face_id=who.face_id, channel="films", now=studio.clock())
        return _Job(row.tenant_id, row.film_id, row.kind, row.script, who.face_id, who.voice_id, work.mark_id, path)


def _make(studio: Studio, job: _Job, progress: Progress) -> Shot:
    """Make the film. Every sentence is kept by its fingerprint, so what was made before is not made again."""
    papers = studio.papers(job.mark_id, to_public("wrk", job.film_id))
    how = Shoot(TakeStore(takes_folder(studio.data_folder, job.tenant_id)), papers, progress.made, progress.is_cancelled)
    script = read_script(job.script, job.out_path.parent, scale=SCALES[job.kind])
    return shoot(script, face(job.face_id), studio.voice(job.voice_id), job.out_path, how)


def _finish(studio: Studio, claimed: ClaimedRender, job: _Job, shot: Shot) -> None:
    with shot.path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").digest()
    now, kept = studio.clock(), sum(take.was_kept for take in shot.takes)
    with studio.database.tenant_session(claimed.tenant_id) as session:
        row = _own_row(session, claimed)
        row.state, row.progress_percent, row.finished_at, row.touched_at = "done", 100, now, now
        row.takes_kept, row.takes_made, row.duration_ms = kept, len(shot.takes) - kept, round(shot.duration_s * 1000)
        if job.kind == "full":
            finish_work(session, work_id=job.film_id, duration_s=shot.duration_s, sha256=sha256, now=now)
        session.flush()
        old = _without_older(session, row)
    for render_id in old:
        shutil.rmtree(job.out_path.parents[1] / str(render_id), ignore_errors=True)


def _without_older(session: Session, row: FilmRender) -> list[UUID]:
    """Take the film's earlier renders of the same kind off the list, except what is published; their files may go."""
    published_id = session.get_one(Film, (row.tenant_id, row.film_id)).published_render_id
    mine = FilmRender.tenant_id == row.tenant_id, FilmRender.film_id == row.film_id, FilmRender.kind == row.kind
    over = select(FilmRender).where(*mine, FilmRender.render_id < row.render_id, FilmRender.state.not_in(IN_HAND))
    old = [one for one in session.scalars(over) if one.render_id != published_id]
    for one in old:
        session.delete(one)
    return [one.render_id for one in old]


def _stopped(studio: Studio, claimed: ClaimedRender) -> None:
    """Somebody stopped it; or this worker goes home, and another one goes on from the kept sentences."""
    with suppress(_Lost), studio.database.tenant_session(claimed.tenant_id) as session:
        row = _own_row(session, claimed)
        if row.cancel_asked_at is None:
            row.state, row.tries = "waiting", row.tries - 1
        else:
            row.state, row.finished_at = "cancelled", studio.clock()


def _failed(studio: Studio, claimed: ClaimedRender, problem: str) -> None:
    with suppress(_Lost), studio.database.tenant_session(claimed.tenant_id) as session:
        row = _own_row(session, claimed)
        row.state, row.problem, row.finished_at = "failed", problem[:PROBLEM_LENGTH_MAX], studio.clock()


def _own_row(session: Session, claimed: ClaimedRender) -> FilmRender:
    """The render's row, as long as this try is the one at work. Raises _Lost."""
    row = session.get(FilmRender, (claimed.tenant_id, claimed.render_id), with_for_update=True)
    if row is None or row.tries != claimed.tries or row.state != "running":
        raise _Lost("Somebody else makes this film now, or it was thrown away.")
    return row
