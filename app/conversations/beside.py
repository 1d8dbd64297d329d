"""What an employee has beside their papers when they answer one visitor: own skills, the visitor's memory, a manner of speaking."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.conversations.own_skills import own_skills_of
from app.conversations.remember import Memory, memory_of
from app.conversations.skills.own.describe import OwnSkill
from app.conversations.taste.manner import PLAIN, Manner
from app.conversations.tastes import live_manner


@dataclass(frozen=True)
class Job:
    """What somebody knows before the first lesson: the brief they were given, and the offers they might hand out, in words."""

    brief: str = ""
    offers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Beside:
    """Everything that is theirs or the visitor's rather than a document's."""

    skills: tuple[OwnSkill, ...] = ()
    memory: Memory = field(default_factory=Memory)
    manner: Manner = PLAIN
    job: Job | None = None
    """At an interview only."""


NOTHING_BESIDE = Beside()


def beside_of(session: Session, *, employee_id: UUID, visitor_id: UUID | None, now: datetime) -> Beside:
    """Read it for one turn."""
    return Beside(
        own_skills_of(session, employee_id=employee_id),
        memory_of(session, visitor_id, now=now),
        live_manner(session, employee_id=employee_id),
    )
