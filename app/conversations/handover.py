"""A person of the shop takes a conversation into their own hands, writes, and gives it back.

These verbs keep the record. The line to the shopper is app/speaking/handover.py, which locks it before it calls them: nobody calls
`hold`, `release` or `write_down` without that lock.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conversations.errors import ConversationHeld, ConversationNotHeld, ConversationUnknown, TextMissing
from app.conversations.guardrails.personal_data import mask_numbers
from app.conversations.guardrails.plain_text import clean
from app.conversations.handover_tables import Handover, PersonMessage
from app.conversations.skills.frames import phrase
from app.conversations.tables import Conversation, ShopperMessage, Turn
from tenants.database import tenant_of
from tenants.identifiers import new_id

TEXT_LENGTH_MAX: Final = 2000
SHOWN_NAME_LENGTH_MAX: Final = 40
KEY_LENGTH_MAX: Final = 100


@dataclass(frozen=True)
class Holder:
    """Who holds a conversation, under the name the shopper sees, and since when."""

    person_id: UUID
    shown_name: str
    taken_at: datetime


@dataclass(frozen=True)
class Written:
    """What a person wrote to the shopper."""

    message_id: UUID
    shown_name: str
    text: str


def shown_name(display_name: str) -> str:
    """The name a shopper sees: the first word of the member's own, so that no shopper learns a full name."""
    return (clean(display_name).split() or ["?"])[0][:SHOWN_NAME_LENGTH_MAX]


def plain_lines(text: str) -> str:
    """What a member wrote, line by line, plain, bounded and without card numbers; at most one empty line between two paragraphs."""
    lines = [clean(line) for line in mask_numbers(text[:TEXT_LENGTH_MAX]).splitlines()]
    return "\n".join(line for place, line in enumerate(lines) if line or (place and lines[place - 1])).strip()


def holder(session: Session, conversation_id: UUID) -> Holder | None:
    """Who holds a conversation now; None when its employee answers."""
    row = _open(session, conversation_id)
    return Holder(row.person_id, row.shown_name, row.taken_at) if row else None


def hold(session: Session, *, conversation_id: UUID, person_id: UUID, name: str, instead_of: UUID | None = None, now: datetime) -> bool:
    """Take a conversation into one's hands; False when this person holds it already.

    `instead_of` names the holder one means to relieve. Raises ConversationHeld when anybody else holds it, ConversationUnknown.
    """
    conversation = _locked(session, conversation_id)
    held = _open(session, conversation_id)
    if held is not None and held.person_id == person_id:
        return False
    if held is not None and held.person_id != instead_of:
        raise ConversationHeld(f"{held.shown_name} holds this conversation; two people cannot write at once. Nothing was changed.")
    if held is not None:
        held.returned_at, held.returned_why = now, "relieved"
        session.flush()  # the index allows the next holder only after this one is gone
    session.add(
        Handover(
            tenant_id=tenant_of(session), handover_id=new_id(now), conversation_id=conversation_id, person_id=person_id,
            shown_name=shown_name(name), taken_at=now,
        )
    )  # fmt: skip
    conversation.wanted_at = None
    session.flush()
    return True


def release(session: Session, *, conversation_id: UUID, person_id: UUID | None, why: str, now: datetime) -> Holder:
    """Give a conversation back to its employee; `person_id` None releases whoever holds it. Raises ConversationNotHeld."""
    _locked(session, conversation_id)
    held = _open(session, conversation_id)
    if held is None or person_id not in (None, held.person_id):
        raise ConversationNotHeld("You do not hold this conversation any more. Nothing was changed.")
    held.returned_at, held.returned_why = now, why
    session.flush()
    return Holder(held.person_id, held.shown_name, held.taken_at)


def write_down(session: Session, *, conversation_id: UUID, person_id: UUID, message_key: str, text: str, now: datetime) -> Written | None:
    """Record what the holder writes to the shopper; None when this key was recorded before (a form sent twice).

    Raises ConversationNotHeld unless this very person holds the conversation, and TextMissing.
    """
    conversation = _locked(session, conversation_id)
    key, kept = clean(message_key)[:KEY_LENGTH_MAX], plain_lines(text)
    same = select(PersonMessage.message_id).where(PersonMessage.conversation_id == conversation_id, PersonMessage.message_key == key)
    if session.scalar(same) is not None:
        return None
    held = _open(session, conversation_id)
    if held is None or held.person_id != person_id:
        whose = f"{held.shown_name} holds it now" if held else "its employee answers again"
        raise ConversationNotHeld(f"You do not hold this conversation any more: {whose}. Your message was not sent.")
    if not kept:
        raise TextMissing("Write at least one character. Nothing was sent.")
    written = Written(new_id(now), held.shown_name, kept)
    session.add(
        PersonMessage(
            tenant_id=tenant_of(session), message_id=written.message_id, conversation_id=conversation_id, person_id=person_id,
            shown_name=written.shown_name, message_key=key, text=kept, written_at=now,
        )
    )  # fmt: skip
    conversation.last_turn_at = now
    session.flush()
    return written


def settle(session: Session, *, conversation_id: UUID, now: datetime) -> bool:
    """Nobody is owed to the shopper any more: the wish for a person is dealt with and messages are read. False when nothing waited."""
    conversation = _locked(session, conversation_id)
    unread = select(ShopperMessage).where(ShopperMessage.conversation_id == conversation_id, ShopperMessage.read_at.is_(None))
    messages = session.scalars(unread).all()
    for message in messages:
        message.read_at = now
    has_waited = conversation.wanted_at is not None or bool(messages)
    conversation.wanted_at = None
    session.flush()
    return has_waited


def ask_for_message(session: Session, *, turn_id: UUID) -> None:
    """Remember that a message was asked for after a turn, so that an address in the next one is taken for the answer to it."""
    turn = session.get_one(Turn, (tenant_of(session), turn_id), with_for_update=True)
    turn.answer = turn.answer | {"message_wanted": True}


def words_when_nobody_came(language: str) -> str:
    """What the shopper is asked when a person was called and none was free: for a message, honestly."""
    return phrase("nobody_came", language)


def _locked(session: Session, conversation_id: UUID) -> Conversation:
    row = session.get(Conversation, (tenant_of(session), conversation_id), with_for_update=True, populate_existing=True)
    if row is None:
        raise ConversationUnknown(f"No conversation {conversation_id} is recorded here.")
    return row


def _open(session: Session, conversation_id: UUID) -> Handover | None:
    wanted = select(Handover).where(Handover.conversation_id == conversation_id, Handover.returned_at.is_(None))
    return session.scalar(wanted)
