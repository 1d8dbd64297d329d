"""What was sent to the shopper's panel, kept as rows, so that a dropped line or a restarted server loses and doubles nothing; and the
shop's list of how its own names are said."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class TalkStream(TenantOwned, Base):
    """The line to one panel. Its row lock puts the events of a conversation in one order, whichever process writes them.

    `active_turn_id` is the turn being answered; only that turn may add events. `lease_until` says until when its process is
    believed alive: later, any process may take the turn over. `reader` counts the readers so far; the newest one wins.
    `seen_at` is about when the shopper's page was last on the line. `waiting_since` and `waiting_turn_id` stand while the shopper
    has been told that a person of the shop is coming.
    """

    __tablename__ = "talk_stream"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["employee.tenant_id", "employee.employee_id"]),
        {"info": access(app="SELECT, INSERT, UPDATE")},
    )
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    visitor_id: Mapped[UUID]
    language: Mapped[str]
    greeting_turn_id: Mapped[UUID]
    active_turn_id: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    last_sequence: Mapped[int]
    reader: Mapped[int]
    opened_at: Mapped[datetime]
    is_interview: Mapped[bool] = mapped_column(server_default=text("false"))
    seen_at: Mapped[datetime | None]
    waiting_since: Mapped[datetime | None]
    waiting_turn_id: Mapped[UUID | None]


class TalkEvent(TenantOwned, Base):
    """One event of the stream. The sound and the score stay in the audio store; the row holds their key."""

    __tablename__ = "talk_event"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "conversation_id"], ["talk_stream.tenant_id", "talk_stream.conversation_id"]),
        Index("ix_talk_event_card", "tenant_id", "recorded_at", postgresql_where=text("kind = 'card'")),
        {"info": access(app="SELECT, INSERT, DELETE")},
    )
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    turn_id: Mapped[UUID]
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime]


class Pronunciation(TenantOwned, Base):
    """How one of the shop's names is said. `folded` is it in small letters: of one name there is one way to say it."""

    __tablename__ = "pronunciation"
    __table_args__ = ({"info": access(app="SELECT, INSERT, UPDATE, DELETE")},)
    folded: Mapped[str] = mapped_column(primary_key=True)
    written: Mapped[str]
    said: Mapped[str]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]
