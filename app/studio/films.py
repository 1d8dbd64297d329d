"""Films in scenes: written, changed, talked about, and thrown away.

A film is a work from its first word on, so that its links and its mark lead back to whoever appears in it. Changing the script makes it
a draft again; what is published stays what it was until the new one is published.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.studio.batch_tables import FilmBatch, FilmBatchRow
from app.studio.check_script import FILM_LINK, faults_of, is_web_address
from app.studio.errors import FilmRefused, FilmUnknown, ScriptFaulty
from app.studio.film_offers import OfferingFilm, with_offer_codes
from app.studio.resolve_script import concepts_of, lacking_in, resolved
from app.studio.tables import Film, FilmComment, FilmRender, Work
from app.studio.works import TITLE_CHARACTERS_MAX, begin_work
from avatar_pipeline.shoot import concepts_in
from tenants.audit import note
from tenants.database import tenant_of
from tenants.directory import remove_key
from tenants.employee import employee_view
from tenants.identifiers import new_id, to_public

PAGE_KIND: Final = "film_page"
FILMS_MAX: Final = 500
COMMENTS_MAX: Final = 200
COMMENT_LETTERS_MAX: Final = 1_000


@dataclass(frozen=True)
class Draft:
    """A film as somebody writes it. `target_url` is where it leads; "" is nowhere."""

    title: str
    employee_id: UUID
    script: Mapping[str, Any]
    target_url: str = ""


@dataclass(frozen=True)
class FilmView:
    """A film of the shop. `link_slug` is its tracked link's, `public_key` its page's; None while there is none."""

    film_id: UUID
    employee_id: UUID
    title: str
    script: Mapping[str, Any]
    version: int
    state: str
    target_url: str
    link_slug: str | None
    public_key: str | None
    published_render_id: UUID | None
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class CommentView:
    """One comment; `version` is the script's it was written about."""

    comment_id: UUID
    body: str
    version: int
    written_by: str
    written_at: datetime


def create_film(session: Session, draft: Draft, *, by: str, now: datetime) -> UUID:
    """Keep a new film and return its id. Raises ScriptFaulty, FilmRefused (too many), EmployeeNotAtWork."""
    title = _checked(session, draft)
    if (session.scalar(select(func.count()).select_from(Film)) or 0) >= FILMS_MAX:
        raise FilmRefused(f"A shop has at most {FILMS_MAX} films. Delete one that is not needed any more.")
    work = begin_work(session, employee_id=draft.employee_id, title=title, now=now)
    script = with_offer_codes(session, OfferingFilm(work.work_id, draft.employee_id, now), draft.script)
    row = Film(
        tenant_id=tenant_of(session), film_id=work.work_id, employee_id=draft.employee_id, title=title, script=script,
        version=1, state="draft", target_url=draft.target_url or None, created_by=by, created_at=now, updated_by=by, updated_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    note(session, by, "film.written", to_public("wrk", row.film_id), {"scenes": len(draft.script["scenes"])}, now=now)
    return row.film_id


def change_film(session: Session, *, film_id: UUID, draft: Draft, seen_version: int, by: str, now: datetime) -> int:
    """Keep a changed film and return its version. Raises ScriptFaulty, FilmUnknown, FilmRefused when somebody else changed it meanwhile."""
    row = locked_film(session, film_id)
    title = _checked(session, draft)
    if row.version != seen_version:
        raise FilmRefused("Somebody else changed this film meanwhile. Open it again and repeat what you did.")
    if row.employee_id != draft.employee_id:
        raise FilmRefused("A film stays with whoever appears in it, for it earns for them. Make a new film for somebody else.")
    row.version, row.state, row.updated_by, row.updated_at = row.version + 1, "draft", by, now
    row.title, row.script = title, with_offer_codes(session, OfferingFilm(film_id, draft.employee_id, now), draft.script)
    if row.target_url != (draft.target_url or None):
        row.target_url, row.link_slug = draft.target_url or None, None
    session.get_one(Work, (tenant_of(session), film_id)).title = title
    note(session, by, "film.changed", to_public("wrk", film_id), {"version": row.version}, now=now)
    session.flush()
    return row.version


def note_link(session: Session, *, film_id: UUID, slug: str, address: str) -> None:
    """Write down the film's tracked link, and put its address where coupons lead to it."""
    row = locked_film(session, film_id)
    row.link_slug, row.script = slug, {**row.script, "scenes": [_linked(scene, address) for scene in row.script["scenes"]]}
    session.flush()


def film(session: Session, film_id: UUID) -> FilmView:
    """One film; raises FilmUnknown."""
    row = session.get(Film, (tenant_of(session), film_id))
    if row is None:
        raise FilmUnknown("There is no such film.")
    return _view(row)


def films(session: Session) -> list[FilmView]:
    """The shop's films, the last changed first."""
    return [_view(row) for row in session.scalars(select(Film).order_by(Film.updated_at.desc(), Film.film_id))]


def delete_film(session: Session, *, film_id: UUID, by: str, now: datetime) -> None:
    """Throw a film away with its renders and comments. Its work stays in the books, and so does what it sold. Raises FilmUnknown."""
    row = locked_film(session, film_id)
    if row.public_key is not None:
        remove_key(session, kind=PAGE_KIND, key=row.public_key, now=now)
    tables = select(FilmBatch.batch_id).where(FilmBatch.tenant_id == row.tenant_id, FilmBatch.film_id == film_id)
    session.execute(delete(FilmBatchRow).where(FilmBatchRow.tenant_id == row.tenant_id, FilmBatchRow.batch_id.in_(tables)))
    for table in (FilmComment, FilmRender, FilmBatch):
        session.execute(delete(table).where(table.tenant_id == row.tenant_id, table.film_id == film_id))
    session.delete(row)
    note(session, by, "film.deleted", to_public("wrk", film_id), {}, now=now)
    session.flush()


def add_comment(session: Session, *, film_id: UUID, body: str, by: str, now: datetime) -> None:
    """Keep a comment. Raises FilmRefused for an empty or long one, FilmUnknown."""
    row, body = locked_film(session, film_id), body.strip()
    if not body:
        raise FilmRefused("Write a comment first.")
    if len(body) > COMMENT_LETTERS_MAX or "\x00" in body:
        raise FilmRefused(f"A comment has at most {COMMENT_LETTERS_MAX} letters.")
    if len(comments_of(session, film_id)) >= COMMENTS_MAX:
        raise FilmRefused(f"A film has at most {COMMENTS_MAX} comments. Delete the film or make a new one.")
    ids = {"tenant_id": tenant_of(session), "film_id": film_id, "comment_id": new_id(now)}
    session.add(FilmComment(**ids, body=body, version=row.version, written_by=by, written_at=now))
    note(session, by, "film.commented", to_public("wrk", film_id), {"version": row.version}, now=now)
    session.flush()


def comments_of(session: Session, film_id: UUID) -> list[CommentView]:
    """A film's comments, the first first."""
    mine = FilmComment.tenant_id == tenant_of(session), FilmComment.film_id == film_id
    rows = session.scalars(select(FilmComment).where(*mine).order_by(FilmComment.written_at, FilmComment.comment_id))
    return [CommentView(row.comment_id, row.body, row.version, row.written_by, row.written_at) for row in rows]


def locked_film(session: Session, film_id: UUID) -> Film:
    """A film's row, held until the transaction ends; raises FilmUnknown."""
    row = session.get(Film, (tenant_of(session), film_id), with_for_update=True)
    if row is None:
        raise FilmUnknown("There is no such film.")
    return row


def _checked(session: Session, draft: Draft) -> str:
    title = " ".join(draft.title.split())
    faults = _faults_of_script(session, draft.script)
    if not title or len(title) > TITLE_CHARACTERS_MAX or not title.isprintable():
        faults["title"] = f"Give the film a title of at most {TITLE_CHARACTERS_MAX} characters."
    if draft.target_url and not is_web_address(draft.target_url):
        faults["target_url"] = "Write a web address that starts with https:// and has at most 300 letters."
    if not draft.target_url and _leads_to_film(draft.script):
        faults["target_url"] = "Write where the film leads: the square code on a coupon needs it."
    if employee_view(session, draft.employee_id).is_retired:
        faults["employee"] = "Choose somebody who works here."
    if faults:
        raise ScriptFaulty(faults)
    return title


def _faults_of_script(session: Session, script: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with what is said and shown; a name nobody made is told first, for nothing else can be judged without it."""
    concepts = concepts_of(session) if concepts_in(script) else {}
    unknown = {f"{number} text": lacking for number, scene in enumerate(script["scenes"]) if (lacking := lacking_in(scene, concepts))}
    if unknown:
        return {
            place: f"Nothing is called @{names[0]} here. Make it among the named things, or write it without the @."
            for place, names in unknown.items()
        }
    return faults_of(resolved(session, script))


def _linked(scene: Mapping[str, Any], address: str) -> dict[str, Any]:
    coupon = scene.get("coupon")
    return {**scene, "coupon": {**coupon, "link": address}} if coupon and coupon.get("link") == FILM_LINK else dict(scene)


def _leads_to_film(script: Mapping[str, Any]) -> bool:
    return any((scene.get("coupon") or {}).get("link") == FILM_LINK for scene in script["scenes"])


def _view(row: Film) -> FilmView:
    return FilmView(
        row.film_id, row.employee_id, row.title, row.script, row.version, row.state, row.target_url or "", row.link_slug, row.public_key,
        row.published_render_id, row.published_at, row.created_at, row.updated_at,
    )  # fmt: skip
