"""What a turn needs to know of the shop's people: whether one holds the conversation, and whether the shopper now waits for one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.conversations.handover import holder, release
from app.conversations.presence import is_absent
from app.conversations.thoughts import WANTS_PERSON_STEP, MessageWanted, Routed, Thought
from app.speaking import wire
from app.speaking.stream import append
from app.speaking.tables import TalkStream
from tenants.identifiers import new_id


def is_for_a_person(session: Session, stream: TalkStream, now: datetime) -> bool:
    """Whether the next question goes to a person. A holder who went away without handing back loses the conversation here."""
    held = holder(session, stream.conversation_id)
    if held is None:
        return False
    if not is_absent(session, person_id=held.person_id, since=held.taken_at, now=now):
        return True
    release(session, conversation_id=stream.conversation_id, person_id=held.person_id, why="absent", now=now)
    append(session, stream, new_id(now), [wire.handover("returned", held.shown_name)], now)
    return False


def note_waiting(session: Session, stream: TalkStream, turn_id: UUID, thoughts: Sequence[Thought], now: datetime) -> None:
    """Say on the line that a person was called, when the turn that ended here called one and asked for no message."""
    called = not stream.is_interview and any(isinstance(one, Routed) and one.step == WANTS_PERSON_STEP for one in thoughts)
    if not called or any(isinstance(one, MessageWanted) for one in thoughts) or holder(session, stream.conversation_id) is not None:
        return
    stream.waiting_since, stream.waiting_turn_id = now, turn_id
    append(session, stream, new_id(now), [wire.handover("waiting", "")], now)
