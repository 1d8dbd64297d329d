"""Turns on the line: one is asked, answered event by event, and ended, by the employee's last word or by the shopper cutting in.

Every verb takes the stream's lock first. Only the active turn may add events, so nothing of an old turn ever follows its
`turn:end`, whichever process is still busy with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.conversations.cut_answer import cut_answer, keep_words_heard
from app.conversations.read import question_of
from app.conversations.record import open_conversation, record_answer, record_question
from app.conversations.thoughts import PERSON_STEP, Routed
from app.speaking import wire
from app.speaking.errors import OfferNotOfConversation, TurnNotOfConversation
from app.speaking.people import is_for_a_person, note_waiting
from app.speaking.stream import Draft, StreamEvent, append, events_of_turn, events_with_code, forget_oldest, lock_stream, open_stream
from app.speaking.tables import TalkStream
from tenants.identifiers import new_id

LEASE_SECONDS: Final = 20
"""A turn that adds nothing for so long lost its process; another may take it over."""


class TurnOver(Exception):
    """The turn ended meanwhile: the shopper cut in, or another process took it over."""


@dataclass(frozen=True)
class Errand:
    """A turn to be answered. `question` is None for the greeting; `sent` are events a process before us already sent."""

    tenant_id: UUID
    conversation_id: UUID
    turn_id: UUID
    employee_id: UUID
    visitor_id: UUID
    language: str
    question: str | None
    sent: tuple[StreamEvent, ...] = ()
    is_interview: bool = False


def open_talk(
    session: Session, *, employee_id: UUID, visitor_id: UUID, page_url: str, language: str, now: datetime, is_interview: bool = False
) -> Errand:
    """Open a conversation with its line and start the greeting; raises EmployeeUnknown."""
    conversation_id = open_conversation(
        session, employee_id=employee_id, visitor_id=visitor_id, page_url=page_url, language=language, now=now,
        is_interview=is_interview,
    )  # fmt: skip
    greeting = new_id(now)
    open_stream(
        session, conversation_id=conversation_id, employee_id=employee_id, visitor_id=visitor_id, language=language,
        greeting_turn_id=greeting, now=now, is_interview=is_interview,
    )  # fmt: skip
    stream = lock_stream(session, conversation_id)
    _start(session, stream, greeting, wire.turn_started(None, None), now)
    return _errand(stream, greeting, None)


def ask(session: Session, *, conversation_id: UUID, message_key: str, text: str, now: datetime) -> tuple[UUID, Errand | None]:
    """Record a question and make its turn the active one; what the employee was saying ends here.

    Returns the turn's id, and the errand when the employee is to answer: the same key gives the same turn and no second answer, and while a
    person of the shop holds the conversation the employee is silent. Raises ConversationUnknown, ConversationFull, TurnsTooFast.
    """
    stream = lock_stream(session, conversation_id)
    turn_id = record_question(session, conversation_id=conversation_id, message_key=message_key, text=text, now=now)
    if events_of_turn(session, conversation_id=conversation_id, turn_id=turn_id):
        return turn_id, None
    if stream.active_turn_id is not None:
        cut_off(session, stream, stream.active_turn_id, None, now)
    forget_oldest(session, stream)
    question = question_of(session, turn_id)  # as it is kept: card numbers masked
    _start(session, stream, turn_id, wire.turn_started(question, message_key), now)
    if is_for_a_person(session, stream, now):
        _leave_to_person(session, stream, turn_id, now)
        return turn_id, None
    return turn_id, _errand(stream, turn_id, question)


def add_to_turn(session: Session, *, conversation_id: UUID, turn_id: UUID, drafts: Sequence[Draft], now: datetime) -> None:
    """Send events of the active turn and renew its lease; raises TurnOver when it is no longer active."""
    stream = _active(session, conversation_id, turn_id)
    append(session, stream, turn_id, drafts, now)
    stream.lease_until = now + timedelta(seconds=LEASE_SECONDS)


def end_turn(session: Session, *, conversation_id: UUID, turn_id: UUID, drafts: Sequence[Draft], now: datetime) -> None:
    """Send the last events and `turn:end`, and record the answer, in one transaction; raises TurnOver."""
    stream = _active(session, conversation_id, turn_id)
    append(session, stream, turn_id, drafts, now)
    _finish(session, stream, turn_id, None, now)


def interrupt_turn(
    session: Session, *, conversation_id: UUID, turn_id: UUID, heard_sentence: int, heard_ms: int, now: datetime,
    heard_length: int | None = None,
) -> None:  # fmt: skip
    """The shopper stopped the employee while sentence `heard_sentence` (counted from 0) had sounded for `heard_ms`.

    An answer that is still being made ends; one that was complete is cut in the record to what was heard, the sentence itself to its
    first `heard_length` characters where the panel told them. Repeating it changes nothing. Raises ConversationUnknown,
    TurnNotOfConversation.
    """
    stream = lock_stream(session, conversation_id)
    events = events_of_turn(session, conversation_id=conversation_id, turn_id=turn_id)
    if not events:
        raise TurnNotOfConversation("This conversation has no such turn.")
    heard = wire.saids_heard(events, heard_sentence=heard_sentence, heard_ms=heard_ms)
    if stream.active_turn_id == turn_id:
        cut_off(session, stream, turn_id, heard, now)
    elif turn_id != stream.greeting_turn_id and heard < wire.saids_sent(events):
        cut_answer(session, turn_id=turn_id, sentences_heard=heard)
    if heard_length is not None and turn_id != stream.greeting_turn_id:
        cut = wire.words_heard(events, heard_sentence=heard_sentence, heard_length=heard_length)
        if cut is not None:
            keep_words_heard(session, turn_id=turn_id, sentence=cut[0], text=cut[1])


def claim_offer(session: Session, *, conversation_id: UUID, code: str, now: datetime) -> None:
    """Note that the shopper copied a coupon of this conversation, once; raises OfferNotOfConversation."""
    stream = lock_stream(session, conversation_id)
    events = events_with_code(session, conversation_id=conversation_id, code=code)
    if not events:
        raise OfferNotOfConversation("No coupon with this code was handed out in this conversation.")
    if all(event.kind != "offer:claimed" for event in events):
        append(session, stream, events[0].turn_id, [wire.offer_claimed(code)], now)


def take_over(session: Session, *, conversation_id: UUID, now: datetime) -> Errand | None:
    """Take over an answer whose process is gone; None when nothing lies abandoned (any more)."""
    stream = lock_stream(session, conversation_id)
    turn_id = stream.active_turn_id
    if turn_id is None or (stream.lease_until is not None and stream.lease_until >= now):
        return None
    stream.lease_until = now + timedelta(seconds=LEASE_SECONDS)
    events = events_of_turn(session, conversation_id=conversation_id, turn_id=turn_id)
    question = next((event.payload["question"] for event in events if event.kind == "turn:start"), None)
    return _errand(stream, turn_id, question, events)


def let_go(session: Session, *, conversation_id: UUID, turn_id: UUID) -> None:
    """This process stops before the turn is done: any other may go on with it at once."""
    stream = lock_stream(session, conversation_id)
    if stream.active_turn_id == turn_id:
        stream.lease_until = None


def _leave_to_person(session: Session, stream: TalkStream, turn_id: UUID, now: datetime) -> None:
    """The question is recorded as one to a person; the employee's turn ends with nothing said."""
    silence = wire.route([Routed(PERSON_STEP, 1_000_000, "a person of the shop holds the conversation", 0)])
    append(session, stream, turn_id, [silence], now)
    _finish(session, stream, turn_id, None, now)


def _active(session: Session, conversation_id: UUID, turn_id: UUID) -> TalkStream:
    stream = lock_stream(session, conversation_id)
    if stream.active_turn_id != turn_id:
        raise TurnOver
    return stream


def _start(session: Session, stream: TalkStream, turn_id: UUID, started: Draft, now: datetime) -> None:
    append(session, stream, turn_id, [started], now)
    stream.active_turn_id, stream.lease_until = turn_id, now + timedelta(seconds=LEASE_SECONDS)


def cut_off(session: Session, stream: TalkStream, turn_id: UUID, heard: int | None, now: datetime) -> None:
    """End the active turn early; without a report of what was heard, everything sent so far counts as heard."""
    events = events_of_turn(session, conversation_id=stream.conversation_id, turn_id=turn_id)
    _finish(session, stream, turn_id, wire.saids_sent(events) if heard is None else heard, now)


def _finish(session: Session, stream: TalkStream, turn_id: UUID, heard: int | None, now: datetime) -> None:
    """Write `turn:end` and the record. The greeting is no answer and is not recorded."""
    events = events_of_turn(session, conversation_id=stream.conversation_id, turn_id=turn_id)
    sentences = sum(event.kind == "sentence" for event in events)
    append(session, stream, turn_id, [wire.turn_ended(sentences, is_interrupted=heard is not None)], now)
    stream.active_turn_id = stream.lease_until = None
    if turn_id != stream.greeting_turn_id:
        record_answer(session, turn_id=turn_id, thoughts=wire.thoughts_of(events), interrupted_after=heard, now=now)
        note_waiting(session, stream, turn_id, wire.thoughts_of(events), now)


def _errand(stream: TalkStream, turn_id: UUID, question: str | None, sent: tuple[StreamEvent, ...] = ()) -> Errand:
    return Errand(
        tenant_id=stream.tenant_id,
        conversation_id=stream.conversation_id,
        turn_id=turn_id,
        employee_id=stream.employee_id,
        visitor_id=stream.visitor_id,
        language=stream.language,
        question=question,
        sent=sent,
        is_interview=stream.is_interview,
    )
