"""Keeps the last deliveries that were not accepted, so that a merchant sees why: a wrong secret, a clock, a body too large.

A ring of a thousand for each shop: whoever sends garbage pushes out older garbage and costs no more room. Kept are the first bytes and
a few plain headers, never a signature.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from billing.connectors.tables import RefusedDelivery
from billing.errors import ConnectionUnknown
from billing.receive_webhook import find_connection
from tenants.database import Database, tenant_of
from tenants.identifiers import new_id

KEPT_MAX: Final = 1000
HEAD_BYTES: Final = 4096
WHY_LENGTH_MAX: Final = 300
_SHOWN_HEADERS: Final = (
    "content-type",
    "content-length",
    "user-agent",
    "x-shopify-topic",
    "x-wc-webhook-topic",
    "webhook-id",
    "webhook-timestamp",
)
_SIGNATURES: Final = (
    "webhook-signature", "x-shopify-hmac-sha256", "x-wc-webhook-signature", "stripe-signature", "x-square-hmacsha256-signature",
)  # fmt: skip
_HEADER_LENGTH_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Refusal:
    """One delivery that was not accepted: the answer's status, why, and how the body began."""

    refused_id: UUID
    connection_id: UUID
    refused_at: datetime
    status: int
    why: str
    headers: Mapping[str, str]
    body_head: bytes
    body_length_bytes: int


def note_refusal(
    database: Database, *, connection_key: str, status: int, why: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> bool:
    """Keep what was refused at a connection's address; committed on return. False for an address that names no connection."""
    with database.intake_session() as session:
        try:
            connection = find_connection(session, connection_key)
        except ConnectionUnknown:
            return False
        tenant_id = connection.tenant_id
        session.add(
            RefusedDelivery(
                tenant_id=tenant_id, refused_id=new_id(now), connection_id=connection.connection_id, refused_at=now, status=status,
                why=why[:WHY_LENGTH_MAX], headers=_shown(headers), body_head=body[:HEAD_BYTES], body_length_bytes=len(body),
            )
        )  # fmt: skip
        session.flush()
        own = select(RefusedDelivery.refused_id).where(RefusedDelivery.tenant_id == tenant_id)
        oldest_kept = own.order_by(RefusedDelivery.refused_id.desc()).offset(KEPT_MAX - 1).limit(1).scalar_subquery()
        session.execute(delete(RefusedDelivery).where(RefusedDelivery.tenant_id == tenant_id, RefusedDelivery.refused_id < oldest_kept))
    return True


def refusals(session: Session, *, connection_id: UUID, limit: int = 20) -> list[Refusal]:
    """The latest refusals of one connection, newest first."""
    query = (
        select(RefusedDelivery)
        .where(RefusedDelivery.tenant_id == tenant_of(session), RefusedDelivery.connection_id == connection_id)
        .order_by(RefusedDelivery.refused_id.desc())
        .limit(limit)
    )
    return [
        Refusal(
            row.refused_id, row.connection_id, row.refused_at, row.status, row.why, row.headers, row.body_head, row.body_length_bytes
        )
        for row in session.scalars(query)
    ]  # fmt: skip


def _shown(headers: Mapping[str, str]) -> dict[str, str]:
    """Plain headers as they came, and of signatures only that they were there. PostgreSQL's JSON holds no zero bytes."""
    lower = {name.lower(): value for name, value in headers.items()}
    shown = {name: lower[name][:_HEADER_LENGTH_MAX] for name in _SHOWN_HEADERS if name in lower and lower[name].isprintable()}
    return shown | {name: "present" for name in _SIGNATURES if name in lower}
