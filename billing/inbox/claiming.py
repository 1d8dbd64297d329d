"""Takes turns: which deliveries come next. Shop after shop gives a few, so a flood from one never makes another wait for its end.

The try is counted and the next one set before anything is read, so that a delivery which kills its worker is set aside in the end.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from billing.rows import rows_for
from tenants.database import Database
from tenants.outbox import retry_delay

TURN_PART: Final = 4
"""A shop gives at most this part of what is taken at once; where other shops have nothing waiting, its turn comes again."""
_FIRST: Final = UUID(int=0)

_WAITING: Final = """WITH RECURSIVE shop AS (
    (SELECT tenant_id FROM inbound_event WHERE state = 'received' AND tenant_id > %s ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT (
        SELECT e.tenant_id FROM inbound_event e WHERE e.state = 'received' AND e.tenant_id > shop.tenant_id ORDER BY e.tenant_id LIMIT 1
    ) FROM shop WHERE shop.tenant_id IS NOT NULL
)
SELECT due.tenant_id, due.event_id, due.attempts FROM shop CROSS JOIN LATERAL (
    SELECT e.tenant_id, e.event_id, e.attempts FROM inbound_event e
    WHERE e.tenant_id = shop.tenant_id AND e.state = 'received' AND e.next_try_at <= %s
    ORDER BY e.next_try_at, e.event_id LIMIT %s FOR UPDATE SKIP LOCKED
) AS due WHERE shop.tenant_id IS NOT NULL LIMIT %s"""
_COUNT_TRIES: Final = """UPDATE inbound_event SET attempts = claimed.attempts, next_try_at = claimed.next_try_at
FROM unnest(%s::uuid[], %s::uuid[], %s::integer[], %s::timestamptz[]) AS claimed (tenant_id, event_id, attempts, next_try_at)
WHERE inbound_event.tenant_id = claimed.tenant_id AND inbound_event.event_id = claimed.event_id
RETURNING inbound_event.event_id"""


class Claimed(NamedTuple):
    """A delivery whose turn it is, and how many tries there were before."""

    tenant_id: UUID
    event_id: UUID
    tries: int


@dataclass
class Turns:
    """Where the round stands: the shop that gave last. Each worker keeps its own."""

    after: UUID = _FIRST


def claim(database: Database, turns: Turns, *, now: datetime, limit: int) -> list[Claimed]:
    """Take up to `limit` due deliveries, going round the shops from where the last round ended."""
    found: list[Claimed] = []
    share = max(1, limit // TURN_PART)
    with database.intake_session() as session:
        session.connection().exec_driver_sql("SET LOCAL synchronous_commit = off")  # a claim that is lost is only a claim made again
        while len(found) < limit:
            rows = _waiting(session, turns, now, share, limit - len(found))
            if not rows and turns.after == _FIRST:
                break
            # What is claimed is due later from now on, so going round again finds each shop's next deliveries.
            turns.after = rows[-1].tenant_id if rows else _FIRST
            found += rows
    return found


def _waiting(session: Session, turns: Turns, now: datetime, share: int, limit: int) -> list[Claimed]:
    query = session.connection().exec_driver_sql(_WAITING, (turns.after, now, share, limit))
    rows = [Claimed(*row) for row in query]
    if rows:
        rows_for(
            session, _COUNT_TRIES, [one.tenant_id for one in rows], [one.event_id for one in rows], [one.tries + 1 for one in rows],
            [now + retry_delay(one.tries + 1) for one in rows],
        )  # fmt: skip
    return rows
