"""Connections to merchants' systems: made, listed, given a new secret without a gap, and closed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.connectors.secrets_of_kinds import first_secret
from billing.connectors.tables import ConnectionToken
from billing.connectors.wishes import ask_again
from billing.errors import ConnectionNameMissing, ConnectionUnknown, OrderBookTaken
from billing.inbox.tables import MerchantConnection
from billing.orders.locks import hold
from billing.shop_address import read_shop_address
from tenants.audit import note
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
    kind: str
    settings: Mapping[str, Any]
    reconciled_until: datetime | None
    reconcile_note: str | None


@dataclass(frozen=True)
class ConnectionAccess:
    """What a connection needs besides its name: the kind of system, and what that system gave the shop.

    `secret` signs what it sends (where the system makes it; else we do); `token` lets us ask it for orders; `settings` are its address
    (`address`) and whether it is a trial account (`is_sandbox`).
    """

    kind: str = "generic"
    secret: str = ""
    token: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


PLAIN: Final = ConnectionAccess()


def create_connection(
    session: Session, *, name: str, channel: str, is_order_book: bool, now: datetime, access: ConnectionAccess = PLAIN, by: str = ""
) -> ConnectionMade:  # fmt: skip
    """Make a connection and list it in the directory; `by` is who, for the audit log.

    Raises ConnectionNameMissing, ConnectionKindUnknown, ConnectionSecretRefused, ConnectionAddressRefused, and OrderBookTaken when the
    channel already has its order book.
    """
    if not (0 < len(name.strip()) <= NAME_LENGTH_MAX and 0 < len(channel.strip()) <= NAME_LENGTH_MAX):
        raise ConnectionNameMissing("Give the connection a name and a sales channel, each of at most 100 characters.")
    secret = first_secret(access.kind, access.secret)
    settings = dict(access.settings)
    if settings.get("address"):
        settings["address"] = read_shop_address(access.kind, settings["address"], is_needed=False)
    hold(session, ("channel", channel))
    if is_order_book and _book_of(session, channel):
        raise OrderBookTaken(f"The channel {channel} already has its order book; close that connection first.")
    connection_id, tenant_id = new_id(now), tenant_of(session)
    public_key = to_public(PUBLIC_PREFIX, connection_id)
    session.add(
        MerchantConnection(
            tenant_id=tenant_id, connection_id=connection_id, public_key=public_key, name=name.strip(), channel=channel,
            is_order_book=is_order_book, secret=secret, created_at=now, kind=access.kind, settings=settings,
        )
    )  # fmt: skip
    session.flush()
    if access.token:
        session.add(ConnectionToken(tenant_id=tenant_id, connection_id=connection_id, token=access.token, updated_at=now))
    session.execute(select(func.list_in_directory(DIRECTORY_KIND, public_key, connection_id, now)))
    _note(session, by, "connection.made", public_key, {"name": name.strip(), "kind": access.kind, "channel": channel}, now=now)
    return ConnectionMade(connection_id, public_key, secret)


def rotate_secret(
    session: Session, *, connection_id: UUID, now: datetime, grace: timedelta = ROTATION_GRACE, secret: str = "", by: str = ""
) -> str:  # fmt: skip
    """Give a connection a new secret and return it; the old one is accepted until the grace has passed.

    `secret` is the other system's own new one, where that system makes it; raises ConnectionSecretRefused without.
    """
    connection = _locked(session, connection_id)
    fresh = first_secret(connection.kind, secret)
    if fresh != connection.secret:
        connection.previous_secret, connection.previous_secret_until = connection.secret, now + grace
        connection.secret = fresh
    _note(session, by, "connection.secret_rotated", connection.public_key, {"old_until": (now + grace).isoformat()}, now=now)
    return connection.secret


def set_token(session: Session, *, connection_id: UUID, token: str, now: datetime, by: str = "") -> None:
    """Keep the key with which we ask the merchant's system for orders; an empty one forgets it."""
    connection = _locked(session, connection_id)
    kept = session.get(ConnectionToken, (connection.tenant_id, connection_id))
    if kept is not None:
        session.delete(kept)
        session.flush()
    if token:
        session.add(ConnectionToken(tenant_id=connection.tenant_id, connection_id=connection_id, token=token, updated_at=now))
        ask_again(session, connection_id, now=now)
    _note(session, by, "connection.token_changed", connection.public_key, {"is_kept": bool(token)}, now=now)


def set_address(session: Session, *, connection_id: UUID, address: str, now: datetime, by: str = "") -> None:
    """Tell where the shop is whose orders are asked for; raises ConnectionAddressRefused. What could not be fetched is asked for again."""
    connection = _locked(session, connection_id)
    is_asked = session.get(ConnectionToken, (connection.tenant_id, connection_id)) is not None
    found = read_shop_address(connection.kind, address, is_needed=is_asked)
    connection.settings = {**connection.settings, "address": found}
    if is_asked:
        ask_again(session, connection_id, now=now)
    _note(session, by, "connection.address_changed", connection.public_key, {"address": found}, now=now)


def close_connection(session: Session, *, connection_id: UUID, now: datetime, by: str = "") -> None:
    """Stop accepting deliveries. What it told so far stays."""
    connection = _locked(session, connection_id)
    connection.removed_at = now
    session.execute(select(func.remove_from_directory(DIRECTORY_KIND, connection.public_key, now)))
    _note(session, by, "connection.closed", connection.public_key, {"name": connection.name}, now=now)


def connections(session: Session) -> list[ConnectionView]:
    """Every open connection, oldest first."""
    query = select(MerchantConnection).where(MerchantConnection.tenant_id == tenant_of(session), MerchantConnection.removed_at.is_(None))
    return [_view(row) for row in session.scalars(query.order_by(MerchantConnection.connection_id))]


def connection_view(session: Session, *, connection_id: UUID) -> ConnectionView:
    """One open connection; raises ConnectionUnknown."""
    row = session.get(MerchantConnection, (tenant_of(session), connection_id))
    if row is None or row.removed_at is not None:
        raise ConnectionUnknown("There is no such connection.")
    return _view(row)


def _view(row: MerchantConnection) -> ConnectionView:
    return ConnectionView(
        row.connection_id, row.public_key, row.name, row.channel, row.is_order_book, row.created_at, row.previous_secret_until, row.kind,
        row.settings, row.reconciled_until, row.reconcile_note,
    )  # fmt: skip


def _note(session: Session, by: str, action: str, subject: str, detail: Mapping[str, Any], *, now: datetime) -> None:
    if by:
        note(session, by, action, subject, detail, now=now)


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
