"""Connections to merchants' systems: made, listed, given a new secret without a gap, and closed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.errors import ConnectionNameMissing, ConnectionUnknown, OrderBookTaken
from billing.inbox.signature import new_secret
from billing.inbox.tables import MerchantConnection
from billing.orders.locks import hold
from tenants.database import tenant_of
from tenants.identifiers import new_id, to_public

DIRECTORY_KIND: Final = "connection"
PUBLIC_PREFIX: Final = "con"
ROTATION_GRACE: Final = timedelta(hours=24)
NAME_LENGTH_MAX: Final = 100


@dataclass(frozen=True)
class ConnectionMade:
    """A new connection. The secret is shown this once; `public_key` is the last part of the webhook's address."""

    connection_id: UUID
    public_key: str
    secret: str


@dataclass(frozen=True)
class ConnectionView:
    """A connection as a page shows it, without its secret."""

    connection_id: UUID
    public_key: str
    name: str
    channel: str
    is_order_book: bool
    created_at: datetime
    previous_secret_until: datetime | None


def create_connection(session: Session, *, name: str, channel: str, is_order_book: bool, now: datetime) -> ConnectionMade:
    """Make a connection and list it in the directory.

    Raises ConnectionNameMissing, and OrderBookTaken when the channel already has its order book.
    """
    if not (0 < len(name.strip()) <= NAME_LENGTH_MAX and 0 < len(channel.strip()) <= NAME_LENGTH_MAX):
        raise ConnectionNameMissing("Give the connection a name and a sales channel, each of at most 100 characters.")
    hold(session, ("channel", channel))
    if is_order_book and _book_of(session, channel):
        raise OrderBookTaken(f"The channel {channel} already has its order book; close that connection first.")
    connection_id, secret = new_id(now), new_secret()
    public_key = to_public(PUBLIC_PREFIX, connection_id)
    session.add(
        MerchantConnection(
            tenant_id=tenant_of(session), connection_id=connection_id, public_key=public_key, name=name.strip(), channel=channel,
            is_order_book=is_order_book, secret=secret, created_at=now,
        )
    )  # fmt: skip
    session.flush()
    session.execute(select(func.list_in_directory(DIRECTORY_KIND, public_key, connection_id, now)))
    return ConnectionMade(connection_id, public_key, secret)


def rotate_secret(session: Session, *, connection_id: UUID, now: datetime, grace: timedelta = ROTATION_GRACE) -> str:
    """Give a connection a new secret and return it; the old one is accepted until the grace has passed."""
    connection = _locked(session, connection_id)
    connection.previous_secret, connection.previous_secret_until = connection.secret, now + grace
    connection.secret = new_secret()
    return connection.secret


def close_connection(session: Session, *, connection_id: UUID, now: datetime) -> None:
    """Stop accepting deliveries. What it told so far stays."""
    connection = _locked(session, connection_id)
    connection.removed_at = now
    session.execute(select(func.remove_from_directory(DIRECTORY_KIND, connection.public_key, now)))


def connections(session: Session) -> list[ConnectionView]:
    """Every open connection, oldest first."""
    query = select(MerchantConnection).where(MerchantConnection.tenant_id == tenant_of(session), MerchantConnection.removed_at.is_(None))
    return [
        ConnectionView(
            row.connection_id, row.public_key, row.name, row.channel, row.is_order_book, row.created_at, row.previous_secret_until
        )
        for row in session.scalars(query.order_by(MerchantConnection.connection_id))
    ]


def _locked(session: Session, connection_id: UUID) -> MerchantConnection:
    connection = session.get(MerchantConnection, (tenant_of(session), connection_id), with_for_update=True, populate_existing=True)
    if connection is None or connection.removed_at is not None:
        raise ConnectionUnknown("There is no such connection.")
    return connection


def _book_of(session: Session, channel: str) -> UUID | None:
    query = select(MerchantConnection.connection_id).where(
        MerchantConnection.tenant_id == tenant_of(session), MerchantConnection.channel == channel,
        MerchantConnection.is_order_book, MerchantConnection.removed_at.is_(None),
    )  # fmt: skip
    return session.scalar(query)
