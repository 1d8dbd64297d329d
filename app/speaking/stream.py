"""The line to the panel: events with rising numbers, written under the stream's row lock and read from any number onwards."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.conversations.errors import ConversationUnknown
from app.speaking.errors import EventNumberUnknown
from app.speaking.tables import TalkEvent, TalkStream
from tenants.database import tenant_of

EVENTS_KEPT_MAX: Final = 2_000
"""Events one conversation keeps; the oldest go first, so a panel that resumes after very long misses only its distant past."""
EVENTS_PER_READ_MAX: Final = 100
SEEN_SECONDS: Final = 15
"""How exact the moment is at which the shopper's page was last on the line; a reader that looks every second need not write."""
WAIT_SECONDS_MAX: Final = 90
"""A shopper who was told that a person is coming waits so long; then a message is asked for."""


@dataclass(frozen=True)
class Draft:
    """An event before it has a number. `payload` is JSON; app/speaking/wire.py says what each kind holds."""

    kind: str
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StreamEvent:
    """An event as it was sent."""

    sequence: int
    turn_id: UUID
    kind: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class Glance:
    """What a reader sees when it looks: new events, whether a newer reader took the line, whether an answer lies abandoned.

    `has_waited_long` says that the shopper was told a person would come, and none has.
    """

    events: tuple[StreamEvent, ...]
    is_replaced: bool
    is_abandoned: bool
    has_waited_long: bool = False


def open_stream(
    session: Session, *, conversation_id: UUID, employee_id: UUID, visitor_id: UUID, language: str, greeting_turn_id: UUID, now: datetime,
    is_interview: bool = False,
) -> None:  # fmt: skip
    """Lay the line for a new conversation; nothing has been sent and nobody reads yet."""
    session.add(
        TalkStream(
            tenant_id=tenant_of(session),
            conversation_id=conversation_id,
            employee_id=employee_id,
            visitor_id=visitor_id,
            language=language,
            greeting_turn_id=greeting_turn_id,
            last_sequence=0,
            reader=0,
            opened_at=now,
            is_interview=is_interview,
        )
    )
    session.flush()


def lock_stream(session: Session, conversation_id: UUID) -> TalkStream:
    """Take the stream's row for this transaction (always before any row of the conversation itself); raises ConversationUnknown."""
    stream = session.get(TalkStream, (tenant_of(session), conversation_id), with_for_update=True, populate_existing=True)
    if stream is None:
        raise ConversationUnknown("There is no such conversation. Start a new one.")
    return stream


def append(session: Session, stream: TalkStream, turn_id: UUID, drafts: Sequence[Draft], now: datetime) -> None:
    """Number the drafts and write them; the caller holds the lock, so numbers become visible in order and without gaps."""
    for draft in drafts:
        stream.last_sequence += 1
        session.add(
            TalkEvent(
                tenant_id=stream.tenant_id,
                conversation_id=stream.conversation_id,
                sequence=stream.last_sequence,
                turn_id=turn_id,
                kind=draft.kind,
                payload=draft.payload,
                recorded_at=now,
            )
        )
    session.flush()


def forget_oldest(session: Session, stream: TalkStream) -> None:
    """Keep at most EVENTS_KEPT_MAX events of a conversation."""
    floor = stream.last_sequence - EVENTS_KEPT_MAX
    if floor > 0:
        session.execute(delete(TalkEvent).where(TalkEvent.conversation_id == stream.conversation_id, TalkEvent.sequence <= floor))


def take_line(session: Session, *, conversation_id: UUID, after: int) -> int:
    """Become the conversation's reader and return the reader's number; the one before learns of it when it looks next.

    Raises ConversationUnknown, and EventNumberUnknown when `after` was never sent.
    """
    stream = lock_stream(session, conversation_id)
    if after > stream.last_sequence:
        raise EventNumberUnknown(f"Last-Event-ID {after} was never sent; the last event is {stream.last_sequence}. Leave the header out.")
    stream.reader += 1
    return stream.reader


def glance(session: Session, *, conversation_id: UUID, reader: int, after: int, now: datetime) -> Glance:
    """Read what follows event `after`, at most EVENTS_PER_READ_MAX events, in order."""
    stream = session.get_one(TalkStream, (tenant_of(session), conversation_id))
    wanted = select(TalkEvent).where(TalkEvent.conversation_id == conversation_id, TalkEvent.sequence > after)
    rows = session.scalars(wanted.order_by(TalkEvent.sequence).limit(EVENTS_PER_READ_MAX)).all()
    is_abandoned = stream.active_turn_id is not None and (stream.lease_until is None or stream.lease_until < now)
    has_waited_long = stream.waiting_since is not None and stream.waiting_since < now - timedelta(seconds=WAIT_SECONDS_MAX)
    _note_seen(session, stream, now)
    return Glance(tuple(map(_event, rows)), stream.reader != reader, is_abandoned, has_waited_long)


def _note_seen(session: Session, stream: TalkStream, now: datetime) -> None:
    """Keep that the shopper's page is on the line; left for the next look when somebody else is writing on the row."""
    if stream.seen_at is not None and stream.seen_at > now - timedelta(seconds=SEEN_SECONDS):
        return
    mine = select(TalkStream).where(TalkStream.conversation_id == stream.conversation_id)
    row = session.scalar(mine.with_for_update(skip_locked=True))
    if row is not None:
        row.seen_at = now


def events_of_turn(session: Session, *, conversation_id: UUID, turn_id: UUID) -> tuple[StreamEvent, ...]:
    """All events of one turn, in order."""
    wanted = select(TalkEvent).where(TalkEvent.conversation_id == conversation_id, TalkEvent.turn_id == turn_id)
    return tuple(map(_event, session.scalars(wanted.order_by(TalkEvent.sequence))))


def events_with_code(session: Session, *, conversation_id: UUID, code: str) -> tuple[StreamEvent, ...]:
    """The events about one coupon: handed over, copied."""
    kinds = TalkEvent.kind.in_(["offer", "offer:claimed"])
    wanted = select(TalkEvent).where(TalkEvent.conversation_id == conversation_id, kinds, TalkEvent.payload["code"].astext == code)
    return tuple(map(_event, session.scalars(wanted.order_by(TalkEvent.sequence))))


def last_number(session: Session, *, conversation_id: UUID) -> int:
    """Number of the newest event; raises ConversationUnknown."""
    return lock_stream(session, conversation_id).last_sequence


def _event(row: TalkEvent) -> StreamEvent:
    return StreamEvent(row.sequence, row.turn_id, row.kind, row.payload)
