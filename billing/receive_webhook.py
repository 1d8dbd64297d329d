"""Takes a delivery at the door: verify, store, commit, and only then let the edge answer 2xx. Reading it comes later.

This verb opens its own session because it must have committed before it returns: a delivery acknowledged before its commit is a
lost order.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.connections import DIRECTORY_KIND
from billing.connectors.connector import Attempt
from billing.connectors.kinds import connector_of
from billing.connectors.woocommerce import PING
from billing.errors import BodyTooLarge, ConnectionUnknown
from billing.inbox.storing import DOORBELL_CHANNEL, Incoming, Received, store
from billing.inbox.tables import MerchantConnection
from tenants.database import Database

__all__ = ["BODY_BYTES_MAX", "DOORBELL_CHANNEL", "Received", "answers_ping", "find_connection", "receive_webhook"]

BODY_BYTES_MAX: Final = 1_000_000
_KEY_LENGTH_MAX: Final = 64


def receive_webhook(
    database: Database, *, connection_key: str, headers: Mapping[str, str], body: bytes, now: datetime, url: str = ""
) -> Received:
    """Verify and keep one delivery as its connection's kind signs it; committed on return.

    `connection_key` is the address's last part (`con_...`); `body` the raw bytes; `url` the whole address as the sender was given it,
    which some kinds sign too. Raises BodyTooLarge, ConnectionUnknown, SignatureInvalid, TimestampOutsideTolerance, and
    DeliveryContentChanged for a known id with other bytes where the id is the sender's word; then nothing is stored.
    """
    if len(body) > BODY_BYTES_MAX:
        raise BodyTooLarge(f"A delivery may have {BODY_BYTES_MAX} bytes; this one has {len(body)}.")
    with database.intake_session() as session:
        connection = find_connection(session, connection_key)
        connector, lower = connector_of(connection.kind), {name.lower(): value for name, value in headers.items()}
        signed = connector.verify(Attempt(lower, body, _accepted_secrets(connection, now), url, now))
        return store(session, connection, Incoming(signed.delivery_key, signed.headers, body, connector.other_bytes), now=now)


def answers_ping(database: Database, *, connection_key: str, body: bytes) -> bool:
    """Whether an unsigned form is the question WooCommerce asks when a webhook is saved, at the address of such a connection."""
    if not PING.fullmatch(body):
        return False
    with database.intake_session() as session:
        return find_connection(session, connection_key).kind == "woocommerce"


def find_connection(session: Session, connection_key: str) -> MerchantConnection:
    """The open connection an address names; raises ConnectionUnknown."""
    if len(connection_key) > _KEY_LENGTH_MAX or not connection_key.isascii() or not connection_key.isprintable():
        raise ConnectionUnknown("This address names no connection.")
    look_up = func.look_up(DIRECTORY_KIND, connection_key).table_valued("tenant_id", "subject_id")
    found = session.execute(select(look_up.c.tenant_id, look_up.c.subject_id)).first()
    connection = session.get(MerchantConnection, (found.tenant_id, found.subject_id)) if found else None
    if connection is None or connection.removed_at is not None:
        raise ConnectionUnknown("This address names no connection.")
    return connection


def _accepted_secrets(connection: MerchantConnection, now: datetime) -> list[str]:
    until = connection.previous_secret_until
    previous = connection.previous_secret if until is not None and now < until else None
    return [connection.secret, *([previous] if previous else [])]
