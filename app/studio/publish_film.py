"""From draft to approved to published, and back: what somebody has seen may be approved, what is approved and whole may be published.

A published film has a page that anybody may open by its address, which nobody can guess.
"""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.studio.errors import FilmRefused, FilmUnknown
from app.studio.films import PAGE_KIND, FilmView, film, locked_film
from app.studio.greeting_films import PAGE_KIND as GREETING_PAGE
from app.studio.greeting_films import greeting_page
from app.studio.likeness import LikenessNotAllowed, must_be_allowed
from app.studio.release_gate import must_be_released
from app.studio.renders import RenderView, current_sha256, newest_done, render, renders_of
from app.studio.tables import FilmRender
from avatar_pipeline.shoot import names_in
from tenants.audit import note
from tenants.database import Database, tenant_of
from tenants.directory import list_key, look_up, remove_key
from tenants.employee import EmployeeView, employee_view
from tenants.identifiers import to_public
from tenants.tenant import tenant_view

KEY_BYTES: Final = 12
KEY_LENGTH_MAX: Final = 40


@dataclass(frozen=True)
class Showing:
    """A published film as a stranger may see it; `origins` are the shop's own pages, which may show it inside theirs."""

    tenant_id: UUID
    shop_name: str
    employee: EmployeeView
    title: str
    shape: str
    target_url: str
    render: RenderView
    published_at: datetime
    film_id: UUID
    origins: tuple[str, ...]


def approve_film(session: Session, *, film_id: UUID, by: str, now: datetime) -> None:
    """Approve a draft. Raises FilmRefused until this version of it has been made, so that somebody can have seen it; FilmUnknown."""
    row = locked_film(session, film_id)
    if newest_done(renders_of(session, film_id), sha256=current_sha256(session, row.script)) is None:
        raise FilmRefused("Make a preview of this version first, so that it can be seen before it is approved.")
    if row.state == "draft":
        row.state = "approved"
        note(session, by, "film.approved", to_public("wrk", film_id), {"version": row.version}, now=now)
        session.flush()


def publish_film(session: Session, *, film_id: UUID, by: str, now: datetime) -> str:
    """Publish an approved film and return its page's key. Raises FilmRefused unless approved, whole and inspected; FilmUnknown."""
    row = locked_film(session, film_id)
    if row.state == "draft":
        raise FilmRefused("Approve the film first.")
    if names_in(row.script):
        raise FilmRefused("This film has names to fill in. Hand in a table, and it is made for each of its rows.")
    whole = newest_done(renders_of(session, film_id), kind="full", sha256=current_sha256(session, row.script))
    if whole is None:
        raise FilmRefused("Make the film in full size first: what is published is what you have seen.")
    must_be_released(session, whole.render_id)
    _must_be_consented(session, whole.render_id, row.employee_id, now)
    if row.public_key is None:
        row.public_key = secrets.token_urlsafe(KEY_BYTES)
        list_key(session, kind=PAGE_KIND, key=row.public_key, subject_id=film_id, now=now)
    row.state, row.published_render_id, row.published_at = "published", whole.render_id, now
    note(session, by, "film.published", to_public("wrk", film_id), {"version": row.version}, now=now)
    session.flush()
    return row.public_key


def _must_be_consented(session: Session, render_id: UUID, employee_id: UUID, now: datetime) -> None:
    """Pass a film whose face may be shown in films now: a consent can be taken back after the film was made. Raises FilmRefused."""
    made = session.get_one(FilmRender, (tenant_of(session), render_id))
    try:
        must_be_allowed(session, face_id=made.face_id or employee_view(session, employee_id).face_id, channel="films", now=now)
    except LikenessNotAllowed as refusal:
        raise FilmRefused(str(refusal)) from None


def withdraw_film(session: Session, *, film_id: UUID, by: str, now: datetime) -> None:
    """Take a film's page away. The film itself is as it was; published again, it gets another address. Raises FilmUnknown."""
    row = locked_film(session, film_id)
    if row.public_key is None:
        return
    remove_key(session, kind=PAGE_KIND, key=row.public_key, now=now)
    row.public_key = row.published_render_id = row.published_at = None
    row.state = "approved" if row.state == "published" else row.state
    note(session, by, "film.withdrawn", to_public("wrk", film_id), {"version": row.version}, now=now)
    session.flush()


def showing_of(database: Database, key: str) -> Showing | None:
    """The film behind a page's key, published or made for one person; None when there is none, or its shop is closed."""
    if len(key) > KEY_LENGTH_MAX:
        return None
    hit = look_up(database, PAGE_KIND, key)
    if hit is not None:
        with database.tenant_session(hit.tenant_id) as session:
            one = film(session, hit.subject_id)
            if one.published_render_id is None or one.published_at is None:
                return None
            return _showing(session, one, (one.title, one.published_render_id, one.published_at))
    hit = look_up(database, GREETING_PAGE, key)
    if hit is None:
        return None
    with database.tenant_session(hit.tenant_id) as session, suppress(FilmUnknown):  # its film or its table was thrown away
        greeting = greeting_page(session, hit.subject_id)
        return _showing(session, film(session, greeting.film_id), (greeting.headline, greeting.render_id, greeting.asked_at))
    return None


def _showing(session: Session, one: FilmView, shows: tuple[str, UUID, datetime]) -> Showing | None:
    """`shows` are the title, the render and since when."""
    shop = tenant_view(session)
    if shop.is_closed:
        return None
    (title, render_id, since), employee = shows, employee_view(session, one.employee_id)
    shape = one.script.get("shape", "16:9")
    return Showing(
        tenant_of(session), shop.name, employee, title, shape, one.target_url, render(session, render_id), since, one.film_id,
        shop.allowed_origins,
    )  # fmt: skip
