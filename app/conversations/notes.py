"""Notes of the staff about a conversation, for the staff alone. They are in no stream and no mind reads them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conversations.errors import ConversationUnknown, NoteUnknown, TextMissing
from app.conversations.handover import plain_lines
from app.conversations.handover_tables import StaffNote
from app.conversations.tables import Conversation
from tenants.database import tenant_of
from tenants.identifiers import new_id

NOTES_SHOWN_MAX: Final = 100


@dataclass(frozen=True)
class NoteView:
    """One note as it stands beside a conversation."""

    note_id: UUID
    person_id: UUID
    text: str
    written_at: datetime


def write_note(session: Session, *, conversation_id: UUID, person_id: UUID, text: str, now: datetime) -> UUID:
    """Keep a note; return its id. Raises ConversationUnknown and TextMissing."""
    if session.get(Conversation, (tenant_of(session), conversation_id)) is None:
        raise ConversationUnknown(f"No conversation {conversation_id} is recorded here.")
    kept = plain_lines(text)
    if not kept:
        raise TextMissing("Write at least one character. No note was kept.")
    row = StaffNote(
        tenant_id=tenant_of(session), note_id=new_id(now), conversation_id=conversation_id, person_id=person_id, text=kept, written_at=now
    )
    session.add(row)
    session.flush()
    return row.note_id


def remove_note(session: Session, *, conversation_id: UUID, note_id: UUID, now: datetime) -> None:
    """Take a note away; `bring_note_back` undoes it. Raises NoteUnknown."""
    _note(session, conversation_id, note_id).removed_at = now


def bring_note_back(session: Session, *, conversation_id: UUID, note_id: UUID) -> None:
    """Undo the removal of a note. Raises NoteUnknown."""
    _note(session, conversation_id, note_id).removed_at = None


def notes_of(session: Session, conversation_id: UUID) -> list[NoteView]:
    """The notes that stand beside a conversation, oldest first."""
    wanted = select(StaffNote).where(StaffNote.conversation_id == conversation_id, StaffNote.removed_at.is_(None))
    rows = session.scalars(wanted.order_by(StaffNote.written_at, StaffNote.note_id).limit(NOTES_SHOWN_MAX))
    return [NoteView(row.note_id, row.person_id, row.text, row.written_at) for row in rows]


def _note(session: Session, conversation_id: UUID, note_id: UUID) -> StaffNote:
    row = session.get(StaffNote, (tenant_of(session), note_id))
    if row is None or row.conversation_id != conversation_id:
        raise NoteUnknown("There is no such note beside this conversation.")
    return row
