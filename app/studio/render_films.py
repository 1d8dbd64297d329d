"""The studio at work: take a render that waits, make its film sentence by sentence, and say how far it is.

No transaction waits for any of it.
"""

import hashlib
import logging
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.casting.film_steps import FILM_LOOP, LOOP_FILM
from app.casting.own_faces import is_filmed, must_exist, reserved_prints
from app.costs.meter import Meter
from app.costs.note_cost import Spent, note_cost
from app.speaking.pronunciations import own_sayings, with_sayings
from app.studio.choose_engine import FILM_ENGINE, cards_at_work
from app.studio.claim_render import RENDERS, claim_render
from app.studio.errors import FilmRefused
from app.studio.film_offers import with_own_code
from app.studio.inspect_render import Papers, inspect_papers, inspect_shot
from app.studio.likeness import must_be_allowed
from app.studio.pictures import lay_pictures
from app.studio.release_gate import Inspected, has_passed, is_worth_another_try, keep_inspection
from app.studio.renders import IN_HAND, SCALES, media_path, pictures_folder, takes_folder
from app.studio.shots import told_takes
from app.studio.tables import Film, FilmRender, Work
from app.studio.works import finish_work
from avatar_pipeline.catalogue import FilmableFace
from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.film import FilmNotWritten
from avatar_pipeline.inspect_film import Check
from avatar_pipeline.shoot import FilmPapers, Mouth, Shoot, ShootCancelled, Shot, TakeStore, read_script, shoot
from avatar_pipeline.voice import Voice
from tenants.database import Database
from tenants.employee import employee_view
from tenants.errors import WorkLost
from tenants.identifiers import to_public
from tenants.work_line import Claimed, WorkInHand

RIG: Final = "rig"
FILMED: Final = "musetalk_film"
"""The networks' mouth over the film that the face was made from; without a film it is the engine's own name that is kept."""
RIG_INSTEAD: Final = "rig_instead"
RIG_FOR_MEMORY: Final = "rig_for_memory"
TRIES_TO_PASS: Final = 2
SIGN_SECONDS: Final = 20
UNUSED_TAKES_KEPT: Final = timedelta(days=60)
"""Sentences that no film used for so long are forgotten; a film that needs one makes it again."""
GAVE_UP: Final = "It could not be made: three tries ended before their time. Shorten the film, or write to us."
PROBLEM_LENGTH_MAX: Final = 500
FILM_ELSEWHERE: Final = "The film that this face was made from is not on this machine. Try again, or write to us."


@dataclass(frozen=True)
class Studio:
    """What the studio works with. `papers` gives a film's papers by its mark and its work's id."""

    database: Database
    data_folder: Path
    voice: Callable[[str], Voice]
    papers: Callable[[int, str], FilmPapers]
    clock: Callable[[], datetime]
    is_closing: Callable[[], bool] = lambda: False
    share: Callable[[Path], None] = lambda _: None
    """Lets other machines have a finished film's folder, before anybody is told that it is there."""
    fetch: Callable[[Path], bool] = Path.is_file
    """Has a shop's own face in this machine's folder."""
    engines: tuple[str, ...] = ()
    """The engines of this machine's graphics card; with any, only films that need one of them are made here."""
    room_mb: Callable[[], int | None] = lambda: None
    """How much of the card's memory a film could have now; None: nobody measures it."""
    mouth: Callable[[str], Mouth | None] = lambda _: None
    """The loaded engine of that name."""
    inspect: Callable[[Shot, Papers], tuple[Check, ...]] = inspect_shot
    """Watches and hears a finished film."""


@dataclass(frozen=True)
class _Job:
    tenant_id: UUID
    film_id: UUID
    kind: str
    script: dict[str, Any]
    face: FilmableFace
    voice_id: str
    papers: Papers
    out_path: Path
    engine: str | None
    loop: Path | None = None
    """The film that the face was made from, which an engine shows in the rig's place."""


Hand = WorkInHand[FilmRender]


log = logging.getLogger(__name__)


def render_next(studio: Studio) -> int:
    """Make the film that is next; return 1, or 0 when none waits. A refusal is kept with its reason."""
    claimed = claim_render(studio.database, studio.clock(), studio.engines, studio.room_mb())
    if claimed is None:
        return 0
    hand = WorkInHand(RENDERS, studio, claimed)
    if claimed.is_last_straw:
        hand.end("failed", problem=GAVE_UP)
        return 1
    cpu_ns, wall_ns, meter = time.process_time_ns(), time.monotonic_ns(), Meter()
    try:
        _work_on(studio, hand, meter)
    finally:
        cpu_ms, wall_ms = (time.process_time_ns() - cpu_ns) // 10**6, (time.monotonic_ns() - wall_ns) // 10**6
        _note_cost(studio, claimed, Spent(gpu_ms=wall_ms if studio.engines else 0, cpu_ms=cpu_ms, characters=meter.characters))
    return 1


def _work_on(studio: Studio, hand: Hand, meter: Meter) -> None:
    try:
        job = _job_of(studio, hand.claimed)
        _finish(studio, hand, job, _released(studio, hand, job, meter))
    except WorkLost:
        return  # whoever has it now, or threw it away, has the last word
    except ShootCancelled:
        hand.end_stopped("cancelled")  # or another worker goes on from the kept sentences
    except (OSError, FilmNotWritten) as failure:  # the theatre names the folder on this machine; a shop is told why alone
        error = failure.__cause__ if isinstance(failure, FilmNotWritten) else failure
        strerror = (error.strerror if isinstance(error, OSError) else None) or "the disk refuses"
        log.warning("film_not_kept", exc_info=failure)  # a store elsewhere tells its reason only there
        hand.end("failed", problem=f"The film cannot be written: {strerror}.")
    except (StageRefusal, FilmRefused) as refusal:
        hand.end("failed", problem=str(refusal)[:PROBLEM_LENGTH_MAX])


def _note_cost(studio: Studio, claimed: Claimed, spent: Spent) -> None:
    """What this try took, however it ended; a card counts as taken all the while. A film that was thrown away has no employee any more."""
    with studio.database.tenant_session(claimed.tenant_id) as session:
        row = session.get(FilmRender, (claimed.tenant_id, claimed.key))
        film = session.get(Film, (claimed.tenant_id, row.film_id)) if row is not None else None
        if film is not None:
            note_cost(
                session, kind="film", cause_id=claimed.key, employee_id=film.employee_id, spent=spent, now=studio.clock()
            )  # fmt: skip


def _job_of(studio: Studio, claimed: Claimed) -> _Job:
    with studio.database.tenant_session(claimed.tenant_id) as session:
        row = session.get_one(FilmRender, (claimed.tenant_id, claimed.key))
        row.script = with_own_code(session, row, studio.clock()) if row.batch_id else row.script
        film = session.get_one(Film, (claimed.tenant_id, row.film_id))
        work = session.get_one(Work, (claimed.tenant_id, row.film_id))
        who, path = employee_view(session, film.employee_id), media_path(studio.data_folder, claimed.tenant_id, row)
        must_be_allowed(session, face_id=who.face_id, channel="films", now=studio.clock())
        language = studio.voice(who.voice_id).language
        others, names = _others(studio, claimed), own_sayings(session)
        papers = Papers(film.employee_id, who.face_id, work.mark_id, row.script, language, others, names)
        lay_pictures(session, row.script, pictures_folder(studio.data_folder, claimed.tenant_id))
        row.face_id = who.face_id
        worn = must_exist(session, who.face_id, studio.data_folder)
        engine = row.needs_engine if row.needs_engine in studio.engines else None
        loop = worn.film_rig_path.with_name(LOOP_FILM) if engine and is_filmed(session, who.face_id) else None
        row.drawn_by = (FILMED if loop else engine) or (_rig_for_want(session, studio.clock()) if who.picture_quality == "neural" else RIG)
        return _Job(row.tenant_id, row.film_id, row.kind, row.script, worn, who.voice_id, papers, path, engine, loop)


def _rig_for_want(session: Session, now: datetime) -> str:
    """What was wanting: a card at all, or one that is large enough."""
    return RIG_FOR_MEMORY if any(card.engine == FILM_ENGINE for card in cards_at_work(session, now)) else RIG_INSTEAD


def _others(studio: Studio, claimed: Claimed) -> Mapping[str, Any]:
    """The fingerprints of other shops' own faces, which this film must not show."""
    with studio.database.intake_session() as session:
        return reserved_prints(session, claimed.tenant_id)


def _make(studio: Studio, hand: Hand, job: _Job, meter: Meter, *, seed_step: int = 0) -> Shot:
    """Make the film. Every sentence is kept by its fingerprint, so what was made before is not made again. Another seed moves otherwise."""
    papers = studio.papers(job.papers.mark_id, to_public("wrk", job.film_id))
    mouth = studio.mouth(job.engine) if job.engine else None
    store = TakeStore(takes_folder(studio.data_folder, job.tenant_id))
    how = Shoot(store, papers, hand.made, hand.is_unwanted, mouth, lambda count: meter.add(characters=count))
    script = read_script(job.script, pictures_folder(studio.data_folder, job.tenant_id), scale=SCALES[job.kind])
    script = replace(script, seed=script.seed + seed_step)
    studio.fetch(job.face.film_rig_path)
    if job.loop and not studio.fetch(job.loop):  # without it the face's drawn picture would be shown, and nobody told
        raise FilmRefused(FILM_ELSEWHERE)
    if job.loop:
        studio.fetch(job.loop.with_name(FILM_LOOP))  # as large as it was filmed; old faces have none
    if mouth:
        with _still_at_work(studio, hand):  # a face is prepared once, and that may take a minute
            mouth.on(job.face.film_rig_path)
    return shoot(script, job.face, with_sayings(studio.voice(job.voice_id), job.papers.own_sayings), job.out_path, how)


def _released(studio: Studio, hand: Hand, job: _Job, meter: Meter) -> Shot:
    """Make the film and, in full size, inspect it; what another making may mend is made once more, with other movements and breath."""
    shot = _make(studio, hand, job, meter)
    if job.kind != "full":
        return shot
    for try_number in range(1, TRIES_TO_PASS + 1):
        with _still_at_work(studio, hand):
            checks = studio.inspect(shot, job.papers)
        with studio.database.tenant_session(job.tenant_id) as session:
            checks += inspect_papers(session, job.papers, studio.clock())
            RENDERS.own_row(session, hand.claimed).touched_at = studio.clock()
            inspected = Inspected(job.film_id, hand.claimed.key, try_number, checks)
            keep_inspection(session, inspected, now=studio.clock())
        if has_passed(checks) or not is_worth_another_try(checks) or try_number == TRIES_TO_PASS:
            break
        shot = _make(studio, hand, job, meter, seed_step=try_number)
    return shot


@contextmanager
def _still_at_work(studio: Studio, hand: Hand) -> Iterator[None]:
    """Says so now and then while a film is watched and heard, which takes longer than a silent worker is believed in."""
    is_over = Event()

    def say() -> None:
        with suppress(WorkLost):
            while not is_over.wait(SIGN_SECONDS):
                with hand.row() as row:
                    row.touched_at = studio.clock()

    saying = Thread(target=say, daemon=True)
    saying.start()
    try:
        yield
    finally:
        is_over.set()
        saying.join()


def _finish(studio: Studio, hand: Hand, job: _Job, shot: Shot) -> None:
    studio.share(shot.path.parent)
    with shot.path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").digest()
    now, kept = studio.clock(), sum(take.was_kept for take in shot.takes)
    with studio.database.tenant_session(job.tenant_id) as session:
        row = RENDERS.own_row(session, hand.claimed)
        row.state, row.progress_percent, row.finished_at, row.touched_at = "done", 100, now, now
        row.takes_kept, row.takes_made, row.duration_ms = kept, len(shot.takes) - kept, round(shot.duration_s * 1000)
        if job.kind == "full" and row.batch_id is None:
            finish_work(session, work_id=job.film_id, duration_s=shot.duration_s, sha256=sha256, now=now)
        row.takes = told_takes(session, row, shot.takes)
        session.flush()
        old = _without_older(session, row) if row.batch_id is None else []
    TakeStore(takes_folder(studio.data_folder, job.tenant_id)).forget_unused(now - UNUSED_TAKES_KEPT)
    for render_id in old:
        shutil.rmtree(job.out_path.parents[1] / str(render_id), ignore_errors=True)


def _without_older(session: Session, row: FilmRender) -> list[UUID]:
    """Take the film's earlier renders of the same kind off the list, except what is published; their files may go."""
    published_id = session.get_one(Film, (row.tenant_id, row.film_id)).published_render_id
    mine = FilmRender.tenant_id == row.tenant_id, FilmRender.film_id == row.film_id, FilmRender.batch_id.is_(None)
    over = select(FilmRender).where(
        *mine, FilmRender.kind == row.kind, FilmRender.render_id < row.render_id, FilmRender.state.not_in(IN_HAND)
    )
    old = [one for one in session.scalars(over) if one.render_id != published_id]
    for one in old:
        session.delete(one)
    return [one.render_id for one in old]
