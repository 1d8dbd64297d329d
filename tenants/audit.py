"""The audit log: every change of the shop's own arrangements, by whom and when. Written once, changed never.

An actor is `per_...` for a person (`person_actor`), or a plain word for what is no person: `operator`, `worker`. Names and addresses
stay out of it, so that the log need not be changed when a person is forgotten; the page puts names to the ids that are still known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants.database import tenant_of
from tenants.identifiers import new_id, to_public
from tenants.tables import AuditLog


@dataclass(frozen=True)
class AuditEntry:
    """One line: who did what to what, when, and the particulars."""

    entry_id: UUID
    recorded_at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class AuditFilter:
    """Which lines are wanted; an empty word means all. `before` continues a list after its last line."""

    actor: str = ""
    action: str = ""
    start: datetime | None = None
    end: datetime | None = None
    before: UUID | None = None


def person_actor(person_id: UUID) -> str:
    """How a person is named in the log."""
    return to_public("per", person_id)


def note(session: Session, actor: str, action: str, subject: str, detail: Mapping[str, Any], *, now: datetime) -> None:
    """Write one line in the caller's transaction. `action` is dotted and in past tense: "member.invited"; no personal data in `detail`."""
    session.add(
        AuditLog(
            tenant_id=tenant_of(session),
            entry_id=new_id(now),
            recorded_at=now,
            actor=actor,
            action=action,
            subject=subject,
            detail=dict(detail),
        )
    )


def audit_entries(session: Session, wanted: AuditFilter, *, limit: int) -> list[AuditEntry]:
    """The newest lines first, at most `limit`."""
    found = select(AuditLog).where(AuditLog.tenant_id == tenant_of(session)).order_by(AuditLog.entry_id.desc()).limit(limit)
    if wanted.actor:
        found = found.where(AuditLog.actor == wanted.actor)
    if wanted.action:
        found = found.where(AuditLog.action == wanted.action)
    if wanted.start is not None:
        found = found.where(AuditLog.recorded_at >= wanted.start)
    if wanted.end is not None:
        found = found.where(AuditLog.recorded_at < wanted.end)
    if wanted.before is not None:
        found = found.where(AuditLog.entry_id < wanted.before)
    rows = session.scalars(found)
    return [AuditEntry(row.entry_id, row.recorded_at, row.actor, row.action, row.subject, row.detail) for row in rows]


def audit_words(session: Session) -> tuple[list[str], list[str]]:
    """The actors and the actions that occur in the shop's log, for a filter's choices."""
    mine = AuditLog.tenant_id == tenant_of(session)
    actors = session.scalars(select(AuditLog.actor).where(mine).distinct().order_by(AuditLog.actor))
    actions = session.scalars(select(AuditLog.action).where(mine).distinct().order_by(AuditLog.action))
    return list(actors), list(actions)
