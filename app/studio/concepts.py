"""Named things a script may call by an @: people, products, logos, places and phrases, written once and right everywhere.

A film that was approved before a thing in it changed is a draft again: what is approved is what was seen.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.studio.check_script import LENGTHS
from app.studio.concept_tables import FilmConcept, FilmPicture
from app.studio.errors import FilmRefused, FilmUnknown, ScriptFaulty
from app.studio.tables import Film
from avatar_pipeline.shoot import concepts_in, known_name
from tenants.audit import note
from tenants.database import tenant_of
from tenants.identifiers import new_id, to_public

KINDS: Final = ("person", "product", "logo", "place", "phrase")
CONCEPTS_MAX: Final = 300
SAID_LETTERS_MAX: Final = 300
_NAME: Final = re.compile(r"\w[\w-]{0,39}")


@dataclass(frozen=True)
class ConceptDraft:
    """A thing as somebody writes it down. `detail` is a product's price, or what stands beneath a person's name."""

    name: str
    kind: str
    title: str
    say: str = ""
    detail: str = ""
    note: str = ""
    picture_id: UUID | None = None


@dataclass(frozen=True)
class ConceptView(ConceptDraft):
    """A thing that is kept, and the titles of the films that call it."""

    concept_id: UUID | None = None
    used_in: tuple[str, ...] = ()


def keep_concept(session: Session, draft: ConceptDraft, *, concept_id: UUID | None, by: str, now: datetime) -> UUID:
    """Keep a new thing, or a changed one; films that call it are drafts again. Raises ScriptFaulty, FilmRefused, FilmUnknown."""
    faults = dict(_faults(session, draft))
    if faults:
        raise ScriptFaulty(faults)
    row = _row(session, concept_id) if concept_id else _new(session, now)
    if concept_id and row.name != draft.name and (used := _films_with(session, row.name)):
        raise FilmRefused(f"The film {used[0].title} calls it @{row.name}, so it keeps that name. Change the film first.")
    row.name, row.kind, row.title, row.say = draft.name, draft.kind, draft.title, draft.say
    row.detail, row.note, row.picture_id, row.changed_by, row.changed_at = draft.detail, draft.note, draft.picture_id, by, now
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise ScriptFaulty({"name": f"Something is called @{draft.name} already. Choose another name."}) from error
    for one in _films_with(session, row.name):
        one.state, one.version = "draft", one.version + 1
    session.flush()
    note(session, by, "film.concept_kept", to_public("cpt", row.concept_id), {"name": row.name, "kind": row.kind}, now=now)
    return row.concept_id


def concepts(session: Session) -> list[ConceptView]:
    """The shop's named things by name, each with the films that call it."""
    rows = session.scalars(select(FilmConcept).where(FilmConcept.tenant_id == tenant_of(session)).order_by(FilmConcept.name)).all()
    called = {one.title: concepts_in(one.script) for one in session.scalars(select(Film))} if rows else {}
    names = {row.name: None for row in rows}
    used = {title: {known_name(name, names) for name in found} for title, found in called.items()}
    return [_view(row, tuple(title for title, found in used.items() if row.name in found)) for row in rows]


def concept(session: Session, concept_id: UUID) -> ConceptView:
    """One named thing. Raises FilmUnknown."""
    row = _row(session, concept_id)
    return _view(row, tuple(one.title for one in _films_with(session, row.name)))


def delete_concept(session: Session, *, concept_id: UUID, by: str, now: datetime) -> None:
    """Forget a thing that no film calls. Raises FilmRefused with the film that does, FilmUnknown."""
    row = _row(session, concept_id)
    used = _films_with(session, row.name)
    if used:
        raise FilmRefused(f"The film {used[0].title} calls it @{row.name}. Change the film first.")
    session.delete(row)
    session.flush()
    note(session, by, "film.concept_deleted", to_public("cpt", concept_id), {"name": row.name}, now=now)


def _faults(session: Session, draft: ConceptDraft) -> Iterator[tuple[str, str]]:
    if not _NAME.fullmatch(draft.name):
        yield "name", "A name is one word of letters, digits, - and _, at most 40 of them."
    if draft.kind not in KINDS:
        yield "kind", "Choose what it is."
    for field, place in (("title", "product_title"), ("detail", "strap_title"), ("note", "product_note")):
        if len(getattr(draft, field)) > LENGTHS[place]:
            yield field, f"There is room for {LENGTHS[place]} letters; these are {len(getattr(draft, field))}."
    if not draft.title:
        yield "title", "Write it as it should be read."
    if len(draft.say) > SAID_LETTERS_MAX:
        yield "say", f"There is room for {SAID_LETTERS_MAX} letters; these are {len(draft.say)}."
    if any(sign in text for text in (draft.title, draft.say, draft.detail, draft.note) for sign in "@{}"):
        yield "say", "Named things hold plain words: no @ and no braces."
    has_picture = draft.picture_id and session.get(FilmPicture, (tenant_of(session), draft.picture_id))
    if draft.kind in ("logo", "place") and not has_picture:
        yield "picture", "Choose its picture."


def _films_with(session: Session, name: str) -> list[Film]:
    """The films that call a thing."""
    names = dict.fromkeys(session.scalars(select(FilmConcept.name).where(FilmConcept.tenant_id == tenant_of(session))))
    return [one for one in session.scalars(select(Film)) if name in {known_name(called, names) for called in concepts_in(one.script)}]


def _new(session: Session, now: datetime) -> FilmConcept:
    if len(session.scalars(select(FilmConcept.concept_id)).all()) >= CONCEPTS_MAX:
        raise FilmRefused(f"A shop names at most {CONCEPTS_MAX} things. Delete one that no film calls any more.")
    return FilmConcept(tenant_id=tenant_of(session), concept_id=new_id(now))


def _row(session: Session, concept_id: UUID) -> FilmConcept:
    row = session.get(FilmConcept, (tenant_of(session), concept_id), with_for_update=True)
    if row is None:
        raise FilmUnknown("There is no such named thing.")
    return row


def _view(row: FilmConcept, used_in: tuple[str, ...]) -> ConceptView:
    return ConceptView(row.name, row.kind, row.title, row.say, row.detail, row.note, row.picture_id, row.concept_id, used_in)
