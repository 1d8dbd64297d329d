"""A person of the shop on the line: taking a conversation over, writing in it, giving it back; and waiting that ends in a message.

Every verb locks the stream first, as the employee's own turns do. So they are silent from the moment the take-over is committed: what
they were still saying ends there, and nothing of it follows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.conversations.errors import ConversationUnknown
from app.conversations.handover import ask_for_message, hold, holder, release, words_when_nobody_came, write_down
from app.conversations.thoughts import MessageWanted
from app.speaking import wire
from app.speaking.errors import LineClosed
from app.speaking.stream import WAIT_SECONDS_MAX, append, forget_oldest, lock_stream
from app.speaking.tables import TalkStream
from app.speaking.turns import cut_off
from tenants.database import tenant_of
from tenants.identifiers import new_id

ON_LINE_SECONDS: Final = 40
"""A shopper's page seen within so many seconds is believed to be open."""


@dataclass(frozen=True)
class LineView:
    """The line to the shopper: is their page open, when was it last, and have they been told that a person is coming."""

    is_open: bool
    seen_at: datetime | None
    waiting_since: datetime | None


def line_view(session: Session, *, conversation_id: UUID, now: datetime) -> LineView | None:
    """How the line stands; None when the conversation never had one (it was not held in the widget)."""
    stream = session.get(TalkStream, (tenant_of(session), conversation_id))
    if stream is None:
        return None
    is_open = stream.seen_at is not None and stream.seen_at > now - timedelta(seconds=ON_LINE_SECONDS)
    return LineView(is_open, stream.seen_at, stream.waiting_since)


def take_over_talk(
    session: Session, *, conversation_id: UUID, person_id: UUID, name: str, instead_of: UUID | None = None, now: datetime
) -> bool:
    """Take the conversation from its employee, or from the member named by `instead_of`; False when this person holds it already.

    Whatever the employee was saying ends in this transaction. Raises LineClosed, ConversationHeld.
    """
    stream = _line(session, conversation_id)
    if not hold(session, conversation_id=conversation_id, person_id=person_id, name=name, instead_of=instead_of, now=now):
        return False
    held = holder(session, conversation_id)
    assert held is not None  # noqa: S101 - taken just above, under the lock
    stream.waiting_since = None
    append(session, stream, new_id(now), [wire.handover("held", held.shown_name)], now)  # first: the panel then knows why speech stops
    if stream.active_turn_id is not None:
        cut_off(session, stream, stream.active_turn_id, None, now)
    return True


def write_as_person(session: Session, *, conversation_id: UUID, person_id: UUID, message_key: str, text: str, now: datetime) -> bool:
    """Write to the shopper; False when this form was sent before. Raises LineClosed, ConversationNotHeld, TextMissing."""
    stream = _line(session, conversation_id)
    written = write_down(session, conversation_id=conversation_id, person_id=person_id, message_key=message_key, text=text, now=now)
    if written is None:
        return False
    forget_oldest(session, stream)
    append(session, stream, written.message_id, [wire.agent(written.shown_name, written.text)], now)
    return True


def hand_back_talk(session: Session, *, conversation_id: UUID, person_id: UUID, now: datetime) -> None:
    """Give the conversation back to its employee, who answers the next question. Raises LineClosed, ConversationNotHeld."""
    stream = _line(session, conversation_id)
    held = release(session, conversation_id=conversation_id, person_id=person_id, why="handed_back", now=now)
    append(session, stream, new_id(now), [wire.handover("returned", held.shown_name)], now)


def stop_waiting(session: Session, *, conversation_id: UUID, now: datetime) -> bool:
    """Ask for a message, for nobody came; False when somebody did meanwhile, or nobody was waited for."""
    stream = _line(session, conversation_id)
    since, turn_id = stream.waiting_since, stream.waiting_turn_id
    if since is None or turn_id is None or since > now - timedelta(seconds=WAIT_SECONDS_MAX):
        return False
    stream.waiting_since = None
    ask_for_message(session, turn_id=turn_id)
    append(session, stream, turn_id, [wire.message_wanted(MessageWanted(words_when_nobody_came(stream.language)))], now)
    return True


def _line(session: Session, conversation_id: UUID) -> TalkStream:
    try:
        return lock_stream(session, conversation_id)
    except ConversationUnknown:
        raise LineClosed("This conversation has no line to the shopper: it was not held in the widget.") from None
