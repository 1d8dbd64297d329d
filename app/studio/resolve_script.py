"""A script as it is made: what it calls by name is put in its place. A concept that changes changes every film that speaks of it."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.studio.concept_tables import FilmConcept
from app.studio.picture_names import picture_file
from avatar_pipeline.shoot import ScriptUnreadable, concepts_in, fill_script, known_name
from tenants.database import tenant_of

FORMS: Final[Mapping[str, Mapping[str, str]]] = {
    "person": {"name": "title", "title": "detail", "say": "say"},
    "product": {"title": "title", "price": "detail", "note": "note", "say": "say", "picture": "picture"},
    "place": {"picture": "picture", "say": "say"},
    "logo": {"title": "title", "picture": "picture", "say": "say"},
}
"""What of a concept fills which field of a script; a phrase is nothing but words."""


def concepts_of(session: Session) -> dict[str, Any]:
    """The shop's concepts by their names, as a script wants them."""
    rows = session.scalars(select(FilmConcept).where(FilmConcept.tenant_id == tenant_of(session)))
    return {row.name: _as_script(row) for row in rows}


def resolved(session: Session, script: Mapping[str, Any]) -> dict[str, Any]:
    """The script with everything it calls by name in its place; names in braces stay. Raises ScriptUnreadable for a name nobody made."""
    if not concepts_in(script):
        return dict(script)
    concepts = concepts_of(session)
    lacking = lacking_in(script, concepts)
    if lacking:
        raise ScriptUnreadable(f"Nothing is called @{lacking[0]} here any more. Make it under that name, or change the script.")
    return fill_script({**script, "concepts": concepts})


def lacking_in(part: object, concepts: Mapping[str, Any]) -> list[str]:
    """The names that are called and that nobody made, in alphabetical sequence."""
    return sorted(called for called in concepts_in(part) if known_name(called, concepts) is None)


def _as_script(row: FilmConcept) -> Any:
    said = row.say or row.title
    if row.kind == "phrase":
        return said
    held = {"title": row.title, "detail": row.detail, "note": row.note, "say": said}
    held["picture"] = picture_file(row.picture_id) if row.picture_id else ""
    return {field: held[source] for field, source in FORMS[row.kind].items()}
