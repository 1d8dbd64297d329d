"""Greeting films that shoppers order in a talk: put in line within the shop's limits, watched, shown by their own address, erased.

Each is a row of a table of the shop's approved film, so the fair line, the kept sentences and the release gate serve it as they are. It
has a page of its own that nobody can guess; what it sells is credited to the film's work. The name goes with the row.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.speaking.pronunciations import own_sayings
from app.studio.batch_rows import judge_rows
from app.studio.batch_tables import FilmBatch, FilmBatchRow
from app.studio.batches import put_in_line
from app.studio.errors import FilmRefused
from app.studio.films import film
from app.studio.greeting_tables import Greeting, GreetingFilm
from app.studio.greetings import NAME, ready_occasions
from app.studio.likeness import LikenessNotAllowed, must_be_allowed
from app.studio.release_gate import must_be_released
from app.studio.renders import IN_HAND
from app.studio.resolve_script import resolved
from app.studio.tables import FilmRender
from tenants.database import Database, tenant_of
from tenants.directory import list_key, remove_key
from tenants.employee import employee_view
from tenants.identifiers import new_id

PAGE_KIND: Final = "greeting_page"
ASKED_IN_CHAT: Final = "chat"
"""Who asked for the render, and the name of the film's table that such rows stand in."""
KEY_BYTES: Final = 12
PERCENT_STEP: Final = 20
OVER: Final = ("done", "failed", "gone")
DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Ordered:
    """What was asked for: in which turn of whose talk, for which occasion and name, and the words over its card."""

    employee_id: UUID
    conversation_id: UUID
    turn_id: UUID
    visitor_id: UUID
    occasion: str
    name: str
    headline: str


@dataclass(frozen=True)
class Progress:
    """How far a film is. `state` is waiting, making, done, failed or gone; `key` is its page's when it is done."""

    conversation_id: UUID
    turn_id: UUID
    headline: str
    state: str
    percent: int
    key: str = ""


@dataclass(frozen=True)
class GreetingPage:
    """A finished film: of which film it is a making, its render, the words over it, and its page's key."""

    film_id: UUID
    render_id: UUID
    headline: str
    asked_at: datetime
    key: str


class VisitorHadEnough(FilmRefused):
    """This visitor had as many films as one may have in a day."""


class ShopHadEnough(FilmRefused):
    """The shop had as many films made as it wants in a day."""


def order_greeting(session: Session, one: Ordered, *, now: datetime) -> None:
    """Put the film in line, once per turn. Raises VisitorHadEnough, ShopHadEnough, FilmRefused (not made now, or not with that name)."""
    tenant_id = tenant_of(session)
    greeting = session.get(Greeting, (tenant_id, one.employee_id, one.occasion), with_for_update=True)
    if session.get(GreetingFilm, (tenant_id, one.turn_id)) is not None:
        return
    if greeting is None or one.occasion not in ready_occasions(session, one.employee_id):
        raise FilmRefused("No film is made for that now.")
    _must_be_within(session, greeting, one.visitor_id, now)
    batch = _table_of(session, greeting.film_id, now)
    known = [said.written for said in own_sayings(session)]
    (judged,) = judge_rows(batch.script, [NAME], [[one.name]], {NAME: 0}, one.visitor_id, header_row=_rows_in(session, batch), known=known)
    render_id = None if judged.problem else put_in_line(session, batch, judged, by=ASKED_IN_CHAT, now=now)
    if render_id is None:
        raise FilmRefused(judged.problem)
    session.add(
        GreetingFilm(
            tenant_id=tenant_id, turn_id=one.turn_id, conversation_id=one.conversation_id, visitor_id=one.visitor_id,
            employee_id=one.employee_id, film_id=greeting.film_id, batch_id=batch.batch_id, render_id=render_id, headline=one.headline,
            told="waiting", asked_at=now, expires_at=now + timedelta(days=greeting.kept_days),
        )
    )  # fmt: skip
    session.flush()


def shops_with_open_greetings(database: Database) -> list[UUID]:
    """The shops in which a talk still waits to hear of a film."""
    with database.intake_session() as session:
        return list(session.scalars(select(GreetingFilm.tenant_id).where(GreetingFilm.told.not_in(OVER)).distinct()))


def news_of_greetings(session: Session, *, now: datetime) -> list[Progress]:
    """What the talks have not heard yet; it counts as told from now on. A finished film gets its page here, if it may be shown."""
    mine = GreetingFilm.tenant_id == tenant_of(session), GreetingFilm.told.not_in(OVER)
    news = []
    for row in session.scalars(select(GreetingFilm).where(*mine).with_for_update(skip_locked=True)):
        progress = _progress(session, row, now)
        told = progress.state if progress.state != "making" else f"making {progress.percent}"
        if told != row.told:
            row.told = told
            news.append(progress)
    session.flush()
    return news


def forget_greetings(session: Session, *, visitor_id: UUID, now: datetime) -> int:
    """Erase a visitor's films at once: their pages, names and renders; the files go with the next round. Return how many."""
    mine = GreetingFilm.tenant_id == tenant_of(session), GreetingFilm.visitor_id == visitor_id, GreetingFilm.over_at.is_(None)
    return _end(session, list(session.scalars(select(GreetingFilm).where(*mine).with_for_update())), now)


def end_expired(session: Session, *, now: datetime) -> int:
    """The same of every film of the shop whose days are over."""
    mine = GreetingFilm.tenant_id == tenant_of(session), GreetingFilm.expires_at <= now, GreetingFilm.over_at.is_(None)
    return _end(session, list(session.scalars(select(GreetingFilm).where(*mine).with_for_update(skip_locked=True))), now)


def files_to_drop(session: Session, *, now: datetime) -> list[tuple[UUID, UUID]]:
    """Film and render of what is over. A row is kept for a day, as long as limits count it, and then goes, its files with it again."""
    over = list(
        session.scalars(select(GreetingFilm).where(GreetingFilm.tenant_id == tenant_of(session), GreetingFilm.over_at.is_not(None)))
    )
    for row in over:
        if row.asked_at < now - DAY:
            session.delete(row)
    return [(row.film_id, row.render_id) for row in over]


def greeting_of_turn(session: Session, *, conversation_id: UUID, turn_id: UUID) -> GreetingPage | None:
    """The finished film that was ordered in a turn of this conversation; None without one."""
    row = session.get(GreetingFilm, (tenant_of(session), turn_id))
    is_theirs = row is not None and row.conversation_id == conversation_id and row.public_key
    return _page(row) if row is not None and is_theirs and session.get(FilmRender, (row.tenant_id, row.render_id)) is not None else None


def greeting_page(session: Session, turn_id: UUID) -> GreetingPage:
    """What stands at a film's own address. Raises NoResultFound."""
    return _page(session.get_one(GreetingFilm, (tenant_of(session), turn_id)))


def _page(row: GreetingFilm) -> GreetingPage:
    return GreetingPage(row.film_id, row.render_id, row.headline, row.asked_at, row.public_key or "")


def _must_be_within(session: Session, greeting: Greeting, visitor_id: UUID, now: datetime) -> None:
    asked = select(func.count()).select_from(GreetingFilm).where(
        GreetingFilm.tenant_id == greeting.tenant_id, GreetingFilm.employee_id == greeting.employee_id, GreetingFilm.asked_at > now - DAY,
    )  # fmt: skip
    if (session.scalar(asked.where(GreetingFilm.visitor_id == visitor_id)) or 0) >= greeting.per_visitor:
        raise VisitorHadEnough("This visitor had enough films for a day.")
    if (session.scalar(asked) or 0) >= greeting.per_day:
        raise ShopHadEnough("Enough films were asked for today.")


def _table_of(session: Session, film_id: UUID, now: datetime) -> FilmBatch:
    """The film's table of what is asked for in talks, as it is approved now; a changed film begins another."""
    script, tenant_id = resolved(session, film(session, film_id).script), tenant_of(session)
    mine = FilmBatch.tenant_id == tenant_id, FilmBatch.film_id == film_id, FilmBatch.file_name == ASKED_IN_CHAT, FilmBatch.script == script
    known = session.scalars(select(FilmBatch).where(*mine).limit(1)).first()
    if known is not None:
        return known
    made = FilmBatch(
        tenant_id=tenant_id, batch_id=new_id(now), film_id=film_id, file_name=ASKED_IN_CHAT, state="started", header=[NAME], cells=[],
        header_row=1, alphabet=None, columns={NAME: 0}, script=script, handed_in_by=ASKED_IN_CHAT, handed_in_at=now, started_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def _rows_in(session: Session, batch: FilmBatch) -> int:
    mine = FilmBatchRow.tenant_id == batch.tenant_id, FilmBatchRow.batch_id == batch.batch_id
    return session.scalar(select(func.coalesce(func.max(FilmBatchRow.row_number), 1)).where(*mine)) or 1


def _progress(session: Session, row: GreetingFilm, now: datetime) -> Progress:
    made = session.get(FilmRender, (row.tenant_id, row.render_id))
    if made is None:
        return _said(row, "gone")
    if made.state in IN_HAND:
        percent = made.progress_percent // PERCENT_STEP * PERCENT_STEP
        return _said(row, "waiting" if made.state == "waiting" else "making", percent)
    if made.state != "done" or not _is_released(session, row, now):
        return _said(row, "failed")
    row.public_key = secrets.token_urlsafe(KEY_BYTES)
    list_key(session, kind=PAGE_KIND, key=row.public_key, subject_id=row.turn_id, now=now)
    return _said(row, "done", 100)


def _is_released(session: Session, row: GreetingFilm, now: datetime) -> bool:
    made = session.get_one(FilmRender, (row.tenant_id, row.render_id))
    try:
        must_be_released(session, row.render_id)
        must_be_allowed(session, face_id=made.face_id or employee_view(session, row.employee_id).face_id, channel="films", now=now)
    except (FilmRefused, LikenessNotAllowed):
        return False
    return True


def _said(row: GreetingFilm, state: str, percent: int = 0) -> Progress:
    return Progress(row.conversation_id, row.turn_id, row.headline, state, percent, row.public_key or "")


def _end(session: Session, rows: list[GreetingFilm], now: datetime) -> int:
    for row in rows:
        if row.public_key is not None:
            remove_key(session, kind=PAGE_KIND, key=row.public_key, now=now)
        for table in (FilmBatchRow, FilmRender):
            session.execute(delete(table).where(table.tenant_id == row.tenant_id, table.render_id == row.render_id))
        row.over_at, row.told, row.public_key, row.headline = now, "gone", None, ""
    session.flush()
    return len(rows)
