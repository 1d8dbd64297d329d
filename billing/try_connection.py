"""Sends a test event through a connection: signed with its secret, checked as any other, read by the worker, and booked nowhere."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from billing.connectors.connector import Attempt
from billing.connectors.kinds import connector_of
from billing.connectors.samples import sample_of
from billing.errors import ConnectionUnknown
from billing.inbox.reading import TEST
from billing.inbox.storing import Incoming, store
from billing.inbox.tables import MerchantConnection
from tenants.audit import note
from tenants.database import tenant_of
from tenants.identifiers import new_id


def try_connection(session: Session, *, connection_id: UUID, url: str, now: datetime, by: str = "") -> UUID:
    """Send one test event and return its delivery; `url` is the connection's address. Raises ConnectionUnknown.

    What it proves: the secret that is kept signs and verifies, the address is the one that is signed, and an order in this system's
    words can be read. What only the other system can prove, that it uses the same secret, its own test button proves.
    """
    connection = session.get(MerchantConnection, (tenant_of(session), connection_id))
    if connection is None or connection.removed_at is not None or connection.kind == "csv":
        raise ConnectionUnknown("There is no such connection that takes messages.")
    connector, name = connector_of(connection.kind), f"test-{new_id(now)}"
    unsigned = Attempt({"webhook-id": name}, sample_of(connection.kind, now=now), (connection.secret,), url, now)
    signed = connector.verify(Attempt(connector.sign(unsigned), unsigned.body, unsigned.secrets, url, now))
    stored = store(session, connection, Incoming(name, {**signed.headers, TEST: 1}, unsigned.body, "repeat"), now=now)
    if by:
        note(session, by, "connection.tried", connection.public_key, {}, now=now)
    return stored.event_id
