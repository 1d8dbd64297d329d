"""Where the shop wants to be told, what it is told, and what came back each time."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class OutgoingEndpoint(TenantOwned, Base):
    """An address of the shop's. `topics` is {"topics": [...]}; `book_place` how far the book was told, {"segment", "position", "number"}.

    The secrets are readable, because they sign; nobody but the app may read them. `is_loopback` may only be set where the settings
    allow development.
    """

    __tablename__ = "outgoing_endpoint"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]),
        {"info": access(app="SELECT, INSERT, UPDATE", intake="SELECT", operator="")},
    )
    endpoint_id: Mapped[UUID] = mapped_column(primary_key=True)
    url: Mapped[str]
    topics: Mapped[dict[str, Any]]
    secret: Mapped[str]
    previous_secret: Mapped[str | None]
    previous_secret_until: Mapped[datetime | None]
    is_loopback: Mapped[bool] = mapped_column(server_default=text("false"))
    book_place: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    failing_since: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_why: Mapped[str | None]
    removed_at: Mapped[datetime | None]


class OutgoingMessage(TenantOwned, Base):
    """One message for one endpoint: waiting, delivered, given_up, or held while its endpoint is switched off."""

    __tablename__ = "outgoing_message"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "endpoint_id"], ["outgoing_endpoint.tenant_id", "outgoing_endpoint.endpoint_id"]),
        Index("ix_outgoing_message_due", "next_try_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_outgoing_message_newest", "tenant_id", "endpoint_id", "written_at"),
        {"info": access(app="SELECT, INSERT, UPDATE, DELETE", intake="SELECT, UPDATE", operator="")},
    )
    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    endpoint_id: Mapped[UUID]
    topic: Mapped[str]
    body: Mapped[bytes]
    written_at: Mapped[datetime]
    state: Mapped[str]
    attempts: Mapped[int]
    next_try_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]


class OutgoingAttempt(TenantOwned, Base):
    """One try: the request's and the answer's first bytes. Without a status nothing came back, and `why` says what went wrong."""

    __tablename__ = "outgoing_attempt"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "message_id"], ["outgoing_message.tenant_id", "outgoing_message.message_id"], ondelete="CASCADE"
        ),
        Index("ix_outgoing_attempt_message", "tenant_id", "message_id", "tried_at"),
        {"info": access(app="SELECT, INSERT, DELETE", operator="")},
    )
    attempt_id: Mapped[UUID] = mapped_column(primary_key=True)
    message_id: Mapped[UUID]
    tried_at: Mapped[datetime]
    status: Mapped[int | None]
    why: Mapped[str | None]
    request_head: Mapped[bytes]
    answer_head: Mapped[bytes]
