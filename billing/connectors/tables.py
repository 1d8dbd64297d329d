"""What connections keep besides their deliveries: the key to the other system, what is still to be fetched there, refusals, imports."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned

_OF_CONNECTION = (["tenant_id", "connection_id"], ["merchant_connection.tenant_id", "merchant_connection.connection_id"])


class ConnectionToken(TenantOwned, Base):
    """The key with which we may ask the merchant's system for orders. Readable, because it is sent; nobody but the app may read it."""

    __tablename__ = "connection_token"
    __table_args__ = (ForeignKeyConstraint(*_OF_CONNECTION), {"info": access(app="SELECT, INSERT, UPDATE, DELETE", operator="")})
    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    token: Mapped[str]
    updated_at: Mapped[datetime]


class FetchWish(TenantOwned, Base):
    """Something a delivery pointed at and that is to be fetched; asked for again, it is fetched again."""

    __tablename__ = "fetch_wish"
    __table_args__ = (
        ForeignKeyConstraint(*_OF_CONNECTION),
        Index("ix_fetch_wish_due", "next_try_at", postgresql_where=text("done_at IS NULL")),
        {"info": access(app="SELECT, INSERT, UPDATE", intake="SELECT, UPDATE")},
    )
    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime]
    attempts: Mapped[int]
    next_try_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    reason: Mapped[str | None]


class RefusedDelivery(TenantOwned, Base):
    """One of the last thousand deliveries that were not accepted: why, and its first bytes. Signatures and secrets are never in it."""

    __tablename__ = "refused_delivery"
    __table_args__ = (
        ForeignKeyConstraint(*_OF_CONNECTION),
        Index("ix_refused_delivery_connection", "tenant_id", "connection_id", "refused_at"),
        {"info": access(app="SELECT", intake="SELECT, INSERT, DELETE", operator="")},
    )
    refused_id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID]
    refused_at: Mapped[datetime]
    status: Mapped[int]
    why: Mapped[str]
    headers: Mapped[dict[str, Any]]
    body_head: Mapped[bytes]
    body_length_bytes: Mapped[int]


class OrderImport(TenantOwned, Base):
    """A file of orders: uploaded (draft), read by the chosen columns (done), with what could not be read. Its bytes go when it is done."""

    __tablename__ = "order_import"
    __table_args__ = (ForeignKeyConstraint(*_OF_CONNECTION), {"info": access(app="SELECT, INSERT, UPDATE", operator="")})
    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID]
    file_name: Mapped[str]
    file_sha256: Mapped[str]
    content: Mapped[bytes | None]
    columns: Mapped[dict[str, Any]]
    state: Mapped[str]
    row_count: Mapped[int]
    order_count: Mapped[int]
    repeat_count: Mapped[int]
    problems: Mapped[dict[str, Any]]
    uploaded_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
