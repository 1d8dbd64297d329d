"""Renders: asked for, stopped, looked at. The worker takes them one at a time, see render_films.py.

A preview is half the size and a quarter of the work. Whatever was rendered before is found again sentence by sentence, so a small change
is a small render.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.studio.batch_rows import sampled
from app.studio.batch_tables import FilmBatch
from app.studio.choose_engine import engine_for
from app.studio.errors import FilmRefused, FilmUnknown
from app.studio.films import locked_film
from app.studio.resolve_script import resolved
from app.studio.tables import Film, FilmRender
from avatar_pipeline.shoot import ScriptUnreadable, names_in
from tenants.audit import note
from tenants.database import tenant_of
from tenants.identifiers import new_id, to_public

Kind = Literal["preview", "full"]
SCALES: Final[Mapping[str, float]] = {"preview": 0.5, "full": 1.0}
WAITING_MAX: Final = 6
"""Renders one shop may have in hand at once."""
IN_HAND: Final = ("waiting", "running")
UNHEARD: Final = timedelta(seconds=30)
"""Whoever makes a film touches its row every few seconds; after so long people who watch are told that it stands still."""
LONG_WAIT: Final = timedelta(minutes=1)
_NEWEST: Final = (FilmRender.asked_at.desc(), FilmRender.touched_at.desc(), FilmRender.render_id.desc())
"""Two that were asked for in one moment: the one that was worked at last."""


@dataclass(frozen=True)
class ShotView:
    """One sentence of a finished render. `key` names all that decides its pictures and sound, `sha256` the pictures as they lie there.

    `was_kept` says that it was made before; `is_same` that the film's render before this one had it, byte for byte.
    `mouth` names the engine and weights that drew it, "" for the rig and for renders from before it was noted.
    """

    text: str
    scene_number: int
    start_s: float
    duration_s: float
    key: str
    sha256: str
    was_kept: bool
    is_same: bool | None
    mouth: str = ""


@dataclass(frozen=True)
class RenderView:
    """One render. `takes_kept` of all its takes were there already."""

    render_id: UUID
    film_id: UUID
    kind: str
    script_sha256: str
    state: str
    progress_percent: int
    takes_made: int
    takes_kept: int
    duration_ms: int | None
    problem: str
    asked_at: datetime
    touched_at: datetime
    is_being_stopped: bool
    batch_id: UUID | None
    shot: tuple[ShotView, ...]
    drawn_by: str | None
    needs_engine: str | None

    @property
    def is_in_hand(self) -> bool:
        """Whether it waits or is being worked on."""
        return self.state in IN_HAND

    def is_unheard(self, now: datetime) -> bool:
        """Whether its worker says nothing of it any more; another one takes it over after `work_line.SILENT_SECONDS`."""
        return self.state == "running" and now - self.touched_at > UNHEARD

    def has_waited_long(self, now: datetime) -> bool:
        """Whether it stands in line so long that somebody who looks wants to know why."""
        return self.state == "waiting" and now - max(self.asked_at, self.touched_at) > LONG_WAIT

    @property
    def takes(self) -> int:
        """How many sentences the film has."""
        return self.takes_made + self.takes_kept


def fingerprint_of(script: Mapping[str, Any]) -> str:
    """The sha256 of a script, whatever order its fields stand in."""
    return hashlib.sha256(json.dumps(script, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def ask_render(session: Session, *, film_id: UUID, kind: Kind, by: str, now: datetime) -> UUID:
    """Put a film in line to be made. The same one in line twice is one. Raises FilmUnknown, FilmRefused when too many wait."""
    film = locked_film(session, film_id)
    script = _as_made(session, film.script)
    sha256 = fingerprint_of(script)
    mine = FilmRender.tenant_id == film.tenant_id, FilmRender.batch_id.is_(None), FilmRender.state.in_(IN_HAND)
    in_hand = session.scalars(select(FilmRender).where(*mine)).all()
    for row in in_hand:
        if (row.film_id, row.kind, row.script_sha256, row.cancel_asked_at) == (film_id, kind, sha256, None):
            return row.render_id
    if len(in_hand) >= WAITING_MAX:
        raise FilmRefused(f"{WAITING_MAX} films are in line already. Wait until one is made, or stop one.")
    render_id = new_id(now)
    session.add(
        FilmRender(
            tenant_id=film.tenant_id, render_id=render_id, film_id=film_id, kind=kind, script_sha256=sha256,
            script=_with_sample(session, film_id, script), needs_engine=engine_for(session, film.employee_id, now),
            state="waiting", progress_percent=0, takes_made=0, takes_kept=0, tries=0, asked_by=by, asked_at=now, touched_at=now,
        )
    )  # fmt: skip
    session.flush()
    note(session, by, "film.render_asked", to_public("wrk", film_id), {"kind": kind, "version": film.version}, now=now)
    return render_id


def cancel_render(session: Session, *, render_id: UUID, by: str, now: datetime) -> None:
    """Stop a render: at once while it waits, else within about a second of film. Its finished takes stay kept. Raises FilmUnknown."""
    row = session.get(FilmRender, (tenant_of(session), render_id), with_for_update=True)
    if row is None:
        raise FilmUnknown("There is no such render.")
    if row.state not in IN_HAND:
        return
    row.cancel_asked_at = now
    if row.state == "waiting":
        row.state, row.finished_at = "cancelled", now
    note(session, by, "film.render_stopped", to_public("wrk", row.film_id), {"kind": row.kind}, now=now)
    session.flush()


def renders_of(session: Session, film_id: UUID) -> list[RenderView]:
    """A film's own renders, the newest first; those of its tables' rows are read with their table."""
    mine = FilmRender.tenant_id == tenant_of(session), FilmRender.film_id == film_id, FilmRender.batch_id.is_(None)
    return [view_of(row) for row in session.scalars(select(FilmRender).where(*mine).order_by(*_NEWEST))]


def renders_by_film(session: Session) -> dict[UUID, list[RenderView]]:
    """The same of every film of the shop that has any, read at once: a list of films would else ask for each."""
    mine = FilmRender.tenant_id == tenant_of(session), FilmRender.batch_id.is_(None)
    found: dict[UUID, list[RenderView]] = {}
    for row in session.scalars(select(FilmRender).where(*mine).order_by(*_NEWEST)):
        found.setdefault(row.film_id, []).append(view_of(row))
    return found


def render(session: Session, render_id: UUID) -> RenderView:
    """One render; raises FilmUnknown."""
    row = session.get(FilmRender, (tenant_of(session), render_id))
    if row is None:
        raise FilmUnknown("There is no such render.")
    return view_of(row)


def in_line_before(session: Session) -> int:
    """How many of the shop's own renders are in hand."""
    return session.scalar(select(func.count()).select_from(FilmRender).where(FilmRender.state.in_(IN_HAND))) or 0


def newest_done(renders: list[RenderView], *, kind: str = "", sha256: str = "") -> RenderView | None:
    """The newest finished render, perhaps only of a kind, perhaps only of a script."""
    return next((one for one in renders if one.state == "done" and kind in ("", one.kind) and sha256 in ("", one.script_sha256)), None)


def film_folder(data_folder: Path, tenant_id: UUID, film_id: UUID) -> Path:
    """Where a film's files lie."""
    return data_folder / "films" / str(tenant_id) / str(film_id)


def media_path(data_folder: Path, tenant_id: UUID, one: RenderView | FilmRender) -> Path:
    """A render's file, called as its film is; captions lie beside it (.vtt and .srt)."""
    return film_folder(data_folder, tenant_id, one.film_id) / str(one.render_id) / f"{to_public('wrk', one.film_id)}.mp4"


def pictures_folder(data_folder: Path, tenant_id: UUID) -> Path:
    """Where the pictures that a shop's scripts show are laid out for the studio."""
    return data_folder / "pictures" / str(tenant_id)


def takes_folder(data_folder: Path, tenant_id: UUID) -> Path:
    """Where a shop's finished sentences are kept."""
    return data_folder / "takes" / str(tenant_id)


def current_sha256(session: Session, script: Mapping[str, Any]) -> str:
    """The fingerprint of a script as it would be made now, with what its named concepts say now."""
    try:
        return fingerprint_of(resolved(session, script))
    except ScriptUnreadable:
        return fingerprint_of(script)


def script_to_make(session: Session, film_id: UUID) -> dict[str, Any]:
    """The film's script as the studio would be given it now. Raises FilmRefused, FilmUnknown."""
    row = session.get(Film, (tenant_of(session), film_id))
    if row is None:
        raise FilmUnknown("There is no such film.")
    return _with_sample(session, film_id, _as_made(session, row.script))


def _as_made(session: Session, script: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return resolved(session, script)
    except ScriptUnreadable as error:
        raise FilmRefused(str(error)) from error


def _with_sample(session: Session, film_id: UUID, script: dict[str, Any]) -> dict[str, Any]:
    """A film for many is seen with the first row of its newest table."""
    if not names_in(script):
        return script
    mine = FilmBatch.tenant_id == tenant_of(session), FilmBatch.film_id == film_id
    table = session.scalars(select(FilmBatch).where(*mine).order_by(FilmBatch.batch_id.desc()).limit(1)).first()
    return sampled(script, table.header, next(filter(None, table.cells), [])) if table else sampled(script)


def view_of(row: FilmRender) -> RenderView:
    """A render's row, as others see it."""
    return RenderView(
        row.render_id, row.film_id, row.kind, row.script_sha256, row.state, row.progress_percent, row.takes_made, row.takes_kept,
        row.duration_ms, row.problem or "", row.asked_at, row.touched_at, row.cancel_asked_at is not None, row.batch_id,
        tuple(ShotView(**told) for told in row.takes or ()), row.drawn_by, row.needs_engine,
    )  # fmt: skip
