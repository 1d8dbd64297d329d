"""What can be heard of a conversation, for whoever draws the mouth elsewhere: stretches of speech and ends of turns, as they come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.speaking.tables import TalkEvent

KINDS: Final = ("sentence", "turn:end")
READ_MAX: Final = 100


@dataclass(frozen=True)
class Sounding:
    """A stretch of speech (`audio` is its name in the store, None when it is only shown), or the end of a turn (`n` is -1)."""

    sequence: int
    turn_id: UUID
    n: int
    audio: str | None
    is_cut: bool
    since: datetime


def sounding_after(session: Session, *, conversation_id: UUID, after: int) -> list[Sounding]:
    """What followed event `after`, in order, at most READ_MAX of it."""
    mine = TalkEvent.conversation_id == conversation_id, TalkEvent.sequence > after, TalkEvent.kind.in_(KINDS)
    rows = session.scalars(select(TalkEvent).where(*mine).order_by(TalkEvent.sequence).limit(READ_MAX))
    return [
        Sounding(
            row.sequence, row.turn_id, row.payload.get("n", -1) if row.kind == "sentence" else -1, row.payload.get("audio"),
            bool(row.payload.get("interrupted")), row.recorded_at,
        )
        for row in rows
    ]  # fmt: skip
