"""Which of a shop's films an employee makes in the chat when a shopper asks: chosen, limited, switched off again, and ready or not.

The film is written and approved in the studio like any other, with {name} as its only gap; so what is said is the shop's own text and
one checked name, and approving the film is releasing it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.studio.batch_rows import names_of
from app.studio.errors import FilmRefused
from app.studio.films import FilmView, films
from app.studio.greeting_tables import Greeting
from app.studio.resolve_script import resolved
from avatar_pipeline.shoot import ScriptUnreadable
from tenants.audit import note
from tenants.database import tenant_of
from tenants.identifiers import to_public

OCCASIONS: Final = ("birthday", "thanks", "congratulations", "any")
NAME: Final = "name"
PER_VISITOR_MAX: Final = 5
PER_DAY_MAX: Final = 500
KEPT_DAYS_MAX: Final = 60
APPROVED: Final = ("approved", "published")


@dataclass(frozen=True)
class Limits:
    """How many a visitor and a shop may have made in 24 hours, and for how many days each film is kept."""

    per_visitor: int = 1
    per_day: int = 50
    kept_days: int = 7


@dataclass(frozen=True)
class GreetingView:
    """What an employee makes for an occasion. `is_ready` tells whether it is made now: its film is there, fits and is approved."""

    occasion: str
    film_id: UUID
    title: str
    limits: Limits
    is_ready: bool


def fitting_films(session: Session, employee_id: UUID) -> list[FilmView]:
    """An employee's films that say a name and nothing else of whom they are for, approved or not."""
    return [one for one in films(session) if one.employee_id == employee_id and _fits(session, one)]


def greetings_of(session: Session, employee_id: UUID) -> list[GreetingView]:
    """What an employee makes, in the order of OCCASIONS."""
    mine = Greeting.tenant_id == tenant_of(session), Greeting.employee_id == employee_id
    rows = {row.occasion: row for row in session.scalars(select(Greeting).where(*mine))}
    known = {one.film_id: one for one in fitting_films(session, employee_id)} if rows else {}
    return [_view(rows[one], known.get(rows[one].film_id)) for one in OCCASIONS if one in rows]


def ready_occasions(session: Session, employee_id: UUID) -> tuple[str, ...]:
    """The occasions for which a film can be ordered now."""
    return tuple(one.occasion for one in greetings_of(session, employee_id) if one.is_ready)


def choose_greeting(
    session: Session, chosen: GreetingView, *, employee_id: UUID, by: str, now: datetime
) -> None:  # fmt: skip
    """Let an employee make this film for its occasion. Raises FilmRefused: not theirs, not fitting, not approved, limits out of bounds."""
    _must_be_possible(chosen.limits)
    film = next((one for one in fitting_films(session, employee_id) if one.film_id == chosen.film_id), None)
    if film is None or chosen.occasion not in OCCASIONS:
        raise FilmRefused("Choose a film of theirs whose only name to fill in is {name}.")
    if film.state not in APPROVED:
        raise FilmRefused("Approve the film first: what goes out many times is seen once before.")
    key = tenant_of(session), employee_id, chosen.occasion
    row = session.get(Greeting, key, with_for_update=True) or Greeting(tenant_id=key[0], employee_id=key[1], occasion=key[2])
    row.film_id, row.changed_by, row.changed_at = chosen.film_id, by, now
    row.per_visitor, row.per_day, row.kept_days = chosen.limits.per_visitor, chosen.limits.per_day, chosen.limits.kept_days
    session.add(row)
    note(session, by, "film.greeting_on", to_public("wrk", chosen.film_id), {"occasion": chosen.occasion}, now=now)
    session.flush()


def drop_greeting(session: Session, *, employee_id: UUID, occasion: str, by: str, now: datetime) -> None:
    """Let an employee make none for this occasion any more. Films that were ordered are still made."""
    mine = Greeting.tenant_id == tenant_of(session), Greeting.employee_id == employee_id, Greeting.occasion == occasion
    gone: Sequence[UUID] = session.scalars(delete(Greeting).where(*mine).returning(Greeting.film_id)).all()
    for film_id in gone:
        note(session, by, "film.greeting_off", to_public("wrk", film_id), {"occasion": occasion}, now=now)


def _must_be_possible(limits: Limits) -> None:
    if not (1 <= limits.per_visitor <= PER_VISITOR_MAX and 1 <= limits.per_day <= PER_DAY_MAX):
        raise FilmRefused(f"One shopper may have 1 to {PER_VISITOR_MAX} films in a day, everybody 1 to {PER_DAY_MAX}.")
    if not 1 <= limits.kept_days <= KEPT_DAYS_MAX:
        raise FilmRefused(f"A film is kept for 1 to {KEPT_DAYS_MAX} days.")


def _fits(session: Session, film: FilmView) -> bool:
    try:
        return names_of(resolved(session, film.script)) == [NAME]
    except ScriptUnreadable:
        return False


def _view(row: Greeting, film: FilmView | None) -> GreetingView:
    limits = Limits(row.per_visitor, row.per_day, row.kept_days)
    is_ready = film is not None and film.state in APPROVED
    return GreetingView(row.occasion, row.film_id, film.title if film else "", limits, is_ready)
