"""Takes a delivery at the door: verify, store, commit, and only then let the edge answer 2xx. Reading it comes later.

This verb opens its own session because it must have committed before it returns: a delivery acknowledged before its commit is a
lost order.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.connections import DIRECTORY_KIND
from billing.errors import BodyTooLarge, ConnectionUnknown, DeliveryContentChanged
from billing.inbox.sealing import seal
from billing.inbox.signature import SignedHeaders, verify
from billing.inbox.tables import InboundEvent, MerchantConnection, RawKey
from tenants.database import Database
from tenants.identifiers import new_id

BODY_BYTES_MAX: Final = 1_000_000
DOORBELL_CHANNEL: Final = "tillhand_inbox"
_KEY_LENGTH_MAX: Final = 64


@dataclass(frozen=True)
class Received:
    """The stored delivery. A repeat names the first one's row, and counts once."""

    event_id: UUID
    is_repeat: bool


def receive_webhook(database: Database, *, connection_key: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Received:
    """Verify and keep one delivery of the generic webhook (Standard Webhooks 1.0.0); committed on return.

    `connection_key` is the address's last part (`con_...`); `body` the raw bytes. Raises BodyTooLarge, ConnectionUnknown,
    SignatureInvalid, TimestampOutsideTolerance, and DeliveryContentChanged for a known id with other bytes; then nothing is stored.
    """
    if len(body) > BODY_BYTES_MAX:
        raise BodyTooLarge(f"A delivery may have {BODY_BYTES_MAX} bytes; this one has {len(body)}.")
    with database.intake_session() as session:
        connection = _find_connection(session, connection_key)
        signed = verify(headers, body, _accepted_secrets(connection, now), now=now)
        return _store(session, connection, signed, body, now)


def _find_connection(session: Session, connection_key: str) -> MerchantConnection:
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


def _store(session: Session, connection: MerchantConnection, signed: SignedHeaders, body: bytes, now: datetime) -> Received:
    event_id, sha256 = new_id(now), hashlib.sha256(body).hexdigest()
    sealed, key = seal(body, bound_to=str(event_id))
    added = insert(InboundEvent).values(
        tenant_id=connection.tenant_id, event_id=event_id, connection_id=connection.connection_id, dedupe_key=signed.delivery_id,
        headers={"webhook-id": signed.delivery_id, "webhook-timestamp": signed.timestamp}, body_sealed=sealed, body_sha256=sha256,
        body_length_bytes=len(body), received_at=now, state="received", attempts=0, next_try_at=now,
    )  # fmt: skip
    if session.scalar(added.on_conflict_do_nothing().returning(InboundEvent.event_id)) is None:
        return _repeat(session, connection, signed, sha256)
    session.execute(insert(RawKey).values(tenant_id=connection.tenant_id, event_id=event_id, key=key))
    session.execute(select(func.pg_notify(DOORBELL_CHANNEL, "")))
    return Received(event_id, False)


def _repeat(session: Session, connection: MerchantConnection, signed: SignedHeaders, sha256: str) -> Received:
    first = session.execute(
        select(InboundEvent.event_id, InboundEvent.body_sha256).where(
            InboundEvent.tenant_id == connection.tenant_id, InboundEvent.connection_id == connection.connection_id,
            InboundEvent.dedupe_key == signed.delivery_id,
        )
    ).one()  # fmt: skip
    if first.body_sha256 != sha256:
        raise DeliveryContentChanged(f"The delivery {signed.delivery_id} came before with other bytes; a new event needs a new webhook-id.")
    return Received(first.event_id, True)
