"""What a shop's page told about a conversation: what the shopper looks at, what they did, what the page had the employee say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.installation.errors import HappeningsTooMany
from app.installation.tables import PageHappening
from tenants.database import tenant_of
from tenants.identifiers import new_id

HAPPENINGS_MAX: Final = 200
"""Kept per conversation; what comes later is refused, for a page that tells so much tells nothing."""

ACTS_SHOWN_MAX: Final = 12


@dataclass(frozen=True)
class Happening:
    """One thing a page told. `kind` is "context", "track" or "say"."""

    kind: str
    name: str
    facts: dict[str, Any]
    recorded_at: datetime


@dataclass(frozen=True)
class ToldByPage:
    """What the shopper looks at now, the last things they did (newest first), and how many came before those."""

    context: dict[str, Any]
    acts: tuple[Happening, ...]
    older: int


def note_happening(session: Session, *, conversation_id: UUID, kind: str, name: str, facts: Mapping[str, Any], now: datetime) -> None:
    """Keep one; raises HappeningsTooMany."""
    mine = (PageHappening.tenant_id == tenant_of(session)) & (PageHappening.conversation_id == conversation_id)
    if (session.scalar(select(func.count()).where(mine)) or 0) >= HAPPENINGS_MAX:
        raise HappeningsTooMany(f"At most {HAPPENINGS_MAX} things are kept about a conversation.")
    session.add(
        PageHappening(
            tenant_id=tenant_of(session),
            conversation_id=conversation_id,
            happening_id=new_id(now),
            kind=kind,
            name=name,
            facts=dict(facts),
            recorded_at=now,
        )
    )
    session.flush()


def latest_context(session: Session, conversation_id: UUID) -> dict[str, Any]:
    """What the page last said the shopper looks at; empty where it said nothing. It is what a page wrote: data, and no more."""
    mine = (PageHappening.tenant_id == tenant_of(session)) & (PageHappening.conversation_id == conversation_id)
    wanted = select(PageHappening.facts).where(mine & (PageHappening.kind == "context"))
    return session.scalar(wanted.order_by(PageHappening.happening_id.desc()).limit(1)) or {}


def told_by_page(session: Session, conversation_id: UUID) -> ToldByPage:
    """What stands beside a conversation for the shop's people."""
    told = happenings_of(session, conversation_id)
    contexts, acts = ([one for one in told if (one.kind == "context") is is_context] for is_context in (True, False))
    shown = acts[-ACTS_SHOWN_MAX:]
    return ToldByPage(contexts[-1].facts if contexts else {}, tuple(reversed(shown)), len(acts) - len(shown))


def happenings_of(session: Session, conversation_id: UUID) -> list[Happening]:
    """All of a conversation, in order."""
    mine = (PageHappening.tenant_id == tenant_of(session)) & (PageHappening.conversation_id == conversation_id)
    rows = session.scalars(select(PageHappening).where(mine).order_by(PageHappening.happening_id))
    return [Happening(row.kind, row.name, row.facts, row.recorded_at) for row in rows]
