"""Puts a delivery's bytes away, sealed, under the key by which its repeats are known. Whoever calls it commits."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.connectors.connector import OtherBytes
from billing.inbox.sealing import seal
from billing.inbox.tables import InboundEvent, MerchantConnection, RawKey
from tenants.identifiers import new_id

DOORBELL_CHANNEL: Final = "tillhand_inbox"


@dataclass(frozen=True)
class Received:
    """The stored delivery. A repeat names the first one's row, and counts once."""

    event_id: UUID
    is_repeat: bool


@dataclass(frozen=True, slots=True)
class Incoming:
    """Verified bytes: the key their repeats share, the headers kept beside them, and what a known key with other bytes means."""

    key: str
    headers: Mapping[str, str | int]
    body: bytes
    other_bytes: OtherBytes
    import_id: UUID | None = None


def store(session: Session, connection: MerchantConnection, incoming: Incoming, *, now: datetime) -> Received:
    """Keep what we ourselves fetched or made, and ring the worker's bell; what is known by its key counts as a repeat.

    What came in by the door is stored by `batch.py`, which also tells other bytes under a known key apart.
    """
    event_id, sha256 = new_id(now), hashlib.sha256(incoming.body).hexdigest()
    sealed, key = seal(incoming.body, bound_to=str(event_id))
    row: dict[str, Any] = {
        "tenant_id": connection.tenant_id, "event_id": event_id, "connection_id": connection.connection_id, "dedupe_key": incoming.key,
        "headers": dict(incoming.headers), "body_sealed": sealed, "body_sha256": sha256, "body_length_bytes": len(incoming.body),
        "received_at": now, "state": "received", "attempts": 0, "next_try_at": now, "import_id": incoming.import_id,
    }  # fmt: skip
    if not _added(session, row):
        return Received(_first(session, connection, incoming.key), True)
    session.execute(insert(RawKey).values(tenant_id=connection.tenant_id, event_id=event_id, key=key))
    session.execute(select(func.pg_notify(DOORBELL_CHANNEL, "")))
    return Received(event_id, False)


def _added(session: Session, row: dict[str, Any]) -> bool:
    return session.scalar(insert(InboundEvent).values(row).on_conflict_do_nothing().returning(InboundEvent.event_id)) is not None


def _first(session: Session, connection: MerchantConnection, key: str) -> UUID:
    query = select(InboundEvent.event_id).where(
        InboundEvent.tenant_id == connection.tenant_id, InboundEvent.connection_id == connection.connection_id,
        InboundEvent.dedupe_key == key,
    )  # fmt: skip
    return session.scalars(query).one()
