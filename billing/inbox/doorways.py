"""What the door must know of a connection to verify a delivery in memory: whose it is, how its kind signs, and which secrets count.

A doorway may be kept for a while. It carries the stamp of the row it was read from, and storing compares that stamp again in its own
statement: a secret that was taken away or a connection that was closed is never believed after the change has been committed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from billing.connections import DIRECTORY_KIND
from billing.connectors.connector import Attempt
from billing.connectors.kinds import connector_of
from billing.inbox.storing import Incoming
from billing.rows import rows_for

KEY_LENGTH_MAX: Final = 64

_DOORWAYS: Final = """SELECT asked.key, c.tenant_id, c.connection_id, c.kind, c.secret, c.previous_secret, c.previous_secret_until,
    c.xmin::text
FROM unnest(%s::text[], %s::text[]) AS asked (kind, key) CROSS JOIN LATERAL look_up(asked.kind, asked.key) AS listed
JOIN merchant_connection c ON c.tenant_id = listed.tenant_id AND c.connection_id = listed.subject_id
WHERE c.removed_at IS NULL"""


@dataclass(frozen=True, slots=True)
class Doorway:
    """An open connection as it was read; `stamp` changes with every change of its row."""

    tenant_id: UUID
    connection_id: UUID
    kind: str
    secret: str
    previous_secret: str | None
    previous_secret_until: datetime | None
    stamp: str

    def accepted_secrets(self, now: datetime) -> list[str]:
        """The secret, and the one before it while its grace lasts."""
        until = self.previous_secret_until
        previous = self.previous_secret if until is not None and now < until else None
        return [self.secret, *([previous] if previous else [])]


def is_key(text: str) -> bool:
    """Whether the text may be a connection's address at all."""
    return len(text) <= KEY_LENGTH_MAX and text.isascii() and text.isprintable()


def read_doorways(session: Session, keys: Iterable[str]) -> dict[str, Doorway]:
    """The open connections among these addresses, in one query. The session is `intake`'s."""
    asked = [key for key in keys if is_key(key)]
    if not asked:
        return {}
    rows = rows_for(session, _DOORWAYS, [DIRECTORY_KIND] * len(asked), asked)
    return {key: Doorway(*facts) for key, *facts in rows}


def verified(doorway: Doorway, headers: Mapping[str, str], body: bytes, url: str, now: datetime) -> Incoming:
    """Verify a delivery as its connection's kind signs; header names are lower case. Pure.

    Raises SignatureInvalid and TimestampOutsideTolerance.
    """
    connector = connector_of(doorway.kind)
    signed = connector.verify(Attempt(headers, body, doorway.accepted_secrets(now), url, now))
    return Incoming(signed.delivery_key, signed.headers, body, connector.other_bytes)
