"""Connections to merchants' systems, and every delivery as it came."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKeyConstraint, Index, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class MerchantConnection(TenantOwned, Base):
    """A merchant's system that may write to us: its secret, and whether it is the order book of its sales channel."""

    __tablename__ = "merchant_connection"
    __table_args__ = (
        Index(
            "uq_merchant_connection_book",
            "tenant_id",
            "channel",
            unique=True,
            postgresql_where=text("is_order_book AND removed_at IS NULL"),
        ),
        {"info": access(app="SELECT, INSERT, UPDATE", intake="SELECT")},
    )
    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    public_key: Mapped[str]
    name: Mapped[str]
    channel: Mapped[str]
    is_order_book: Mapped[bool]
    secret: Mapped[str]
    previous_secret: Mapped[str | None]
    previous_secret_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(server_default="generic")
    settings: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    reconciled_until: Mapped[datetime | None]
    reconcile_note: Mapped[str | None]


class InboundEvent(TenantOwned, Base):
    """One delivery: its bytes sealed, their sha256 in the clear, and what became of it (received, handled or set_aside).

    Its connection is no foreign key: the statement that stores it joins the connection's row, and no role may delete one.
    """

    __tablename__ = "inbound_event"
    __table_args__ = (
        UniqueConstraint("tenant_id", "connection_id", "dedupe_key"),
        Index("ix_inbound_event_turn", "tenant_id", "next_try_at", "event_id", postgresql_where=text("state = 'received'")),
        Index("ix_inbound_event_received", "tenant_id", "received_at"),
        Index("ix_inbound_event_import", "tenant_id", "import_id", postgresql_where=text("import_id IS NOT NULL")),
        {"info": access(app="SELECT, INSERT, UPDATE", intake="SELECT, INSERT, UPDATE")},
    )
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID]
    dedupe_key: Mapped[str]
    headers: Mapped[dict[str, Any]]
    body_sealed: Mapped[bytes]
    body_sha256: Mapped[str]
    body_length_bytes: Mapped[int]
    received_at: Mapped[datetime]
    state: Mapped[str]
    reason: Mapped[str | None]
    event_type: Mapped[str | None]
    subject: Mapped[str | None]
    attempts: Mapped[int]
    next_try_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    import_id: Mapped[UUID | None]


class InboxSet(TenantOwned, Base):
    """Deliveries that one worker has in hand, written in one row instead of in each of theirs; gone when it is done with them.

    A set stands with the shop whose delivery comes first in it, and names those of other shops by id alone, so only `intake` reads it.
    One that is older than its lease is that of a worker which died: each of its deliveries has had a try.
    """

    __tablename__ = "inbox_set"
    __table_args__ = ({"info": access(app="", intake="SELECT, INSERT, DELETE", operator="")},)
    set_id: Mapped[UUID] = mapped_column(primary_key=True)
    begun_at: Mapped[datetime]
    tenant_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    event_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))


class RawKey(TenantOwned, Base):
    """The key that opens one delivery's bytes, written with it in one statement. Deleting it erases them; the sha256 stays."""

    __tablename__ = "raw_key"
    __table_args__ = ({"info": access(app="SELECT, INSERT, DELETE", intake="SELECT, INSERT", operator="")},)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[bytes]


class RawErasure(TenantOwned, Base):
    """When one delivery's bytes were erased and at whose wish. The delivery's sha256 stays, so what was computed from it stays provable."""

    __tablename__ = "raw_erasure"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "event_id"], ["inbound_event.tenant_id", "inbound_event.event_id"]),
        {"info": access(app="SELECT, INSERT", append_only=True)},
    )
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime]
    why: Mapped[str]
