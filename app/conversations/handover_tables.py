"""The tables of the shop's own people in a conversation: who holds it, what they wrote, their notes, and the answers they reviewed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned

READ_ADD = access(app="SELECT, INSERT")
READ_ADD_CHANGE = access(app="SELECT, INSERT, UPDATE")


class Handover(TenantOwned, Base):
    """A person of the shop holds a conversation, from `taken_at` until `returned_at`; the index lets nobody else hold it meanwhile.

    `returned_why` is "handed_back", "relieved" (another member took it) or "absent" (the holder was away when the shopper wrote).
    """

    __tablename__ = "handover"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "conversation_id"], ["conversation.tenant_id", "conversation.conversation_id"]),
        Index("uq_handover_open", "tenant_id", "conversation_id", unique=True, postgresql_where=text("returned_at IS NULL")),
        Index("ix_handover_conversation", "tenant_id", "conversation_id"),
        {"info": READ_ADD_CHANGE},
    )
    handover_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID]
    person_id: Mapped[UUID]
    shown_name: Mapped[str]
    taken_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]
    returned_why: Mapped[str | None]


class PersonMessage(TenantOwned, Base):
    """What a person of the shop wrote to the shopper, under the name the shopper saw. One row per form sent, by `message_key`."""

    __tablename__ = "person_message"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "conversation_id"], ["conversation.tenant_id", "conversation.conversation_id"]),
        UniqueConstraint("tenant_id", "conversation_id", "message_key"),
        {"info": READ_ADD},
    )
    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID]
    person_id: Mapped[UUID]
    shown_name: Mapped[str]
    message_key: Mapped[str]
    text: Mapped[str]
    written_at: Mapped[datetime]


class StaffNote(TenantOwned, Base):
    """A note of the staff about a conversation, for the staff alone: it is in no stream and no mind reads it."""

    __tablename__ = "staff_note"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "conversation_id"], ["conversation.tenant_id", "conversation.conversation_id"]),
        Index("ix_staff_note_conversation", "tenant_id", "conversation_id"),
        {"info": READ_ADD_CHANGE},
    )
    note_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID]
    person_id: Mapped[UUID]
    text: Mapped[str]
    written_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class DeskWatch(TenantOwned, Base):
    """When a member who may take over last had the conversations open: whether a shopper may be told that somebody is there."""

    __tablename__ = "desk_watch"
    __table_args__ = ({"info": READ_ADD_CHANGE},)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]


class CallSetting(TenantOwned, Base):
    """Whom the shop calls by letter when a shopper waits, after how long and in which hours; handover_setting.py says what it holds."""

    __tablename__ = "call_setting"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]), {"info": READ_ADD_CHANGE})
    setting: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]


class DeskCall(TenantOwned, Base):
    """When the staff was last written to about a conversation, and what they were told of: the newest message, and the wait since when."""

    __tablename__ = "desk_call"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "conversation_id"], ["conversation.tenant_id", "conversation.conversation_id"]),
        {"info": READ_ADD_CHANGE},
    )
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    called_at: Mapped[datetime]
    told_message_at: Mapped[datetime | None]
    told_wanted_at: Mapped[datetime | None]


class TurnVerdict(TenantOwned, Base):
    """What a member thinks of an answer: good or not; taken back by deleting it."""

    __tablename__ = "turn_verdict"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "turn_id"], ["turn.tenant_id", "turn.turn_id"]),
        {"info": access(app="SELECT, INSERT, UPDATE, DELETE")},
    )
    turn_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    is_good: Mapped[bool]
    told_at: Mapped[datetime]


class ReviewedAnswer(TenantOwned, Base):
    """A better answer a member wrote to a question. After a second look it is taught as a document of its own, and cited.

    Proposed, then approved or declined; an approved one can be withdrawn and brought back. `document_id` is what was taught.
    """

    __tablename__ = "reviewed_answer"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["employee.tenant_id", "employee.employee_id"]),
        ForeignKeyConstraint(["tenant_id", "turn_id"], ["turn.tenant_id", "turn.turn_id"]),
        ForeignKeyConstraint(["tenant_id", "document_id"], ["document.tenant_id", "document.document_id"]),
        Index("ix_reviewed_answer_turn", "tenant_id", "turn_id"),
        Index("ix_reviewed_answer_document", "tenant_id", "document_id"),
        {"info": READ_ADD_CHANGE},
    )
    answer_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    turn_id: Mapped[UUID]
    question: Mapped[str]
    text: Mapped[str]
    state: Mapped[str]
    proposed_by: Mapped[UUID]
    proposed_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    document_id: Mapped[UUID | None]
