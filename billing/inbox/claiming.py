"""Takes turns: which deliveries come next. Shop after shop gives a few, so a flood from one never makes another wait for its end.

What a worker takes is written down before anything is read, one row for the whole set, so that a delivery which kills its worker is found:
a set that outlives its lease counts as a try of each of its deliveries, and they come again, in the end alone, and at last are set aside.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from billing.binary_arrays import array_of
from billing.rows import rows_for, taking_arrays
from tenants.database import Database
from tenants.identifiers import new_id
from tenants.outbox import retry_delay

TURN_PART: Final = 4
"""A shop gives at most this part of what is taken at once; where other shops have nothing waiting, its turn comes again."""
LEASE: Final = timedelta(seconds=10)
"""How long a set stays its worker's: many times what handling one takes."""
_FIRST: Final = UUID(int=0)

_ALONE: Final = "SELECT pg_advisory_xact_lock(hashtextextended('inbox claim', 0))"
_IN_HAND: Final = "SELECT tenant_id, set_id, begun_at, tenant_ids, event_ids FROM inbox_set"
_WAITING: Final = """WITH RECURSIVE shop AS (
    (SELECT tenant_id FROM inbound_event WHERE state = 'received' AND tenant_id > %s ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT (
        SELECT e.tenant_id FROM inbound_event e WHERE e.state = 'received' AND e.tenant_id > shop.tenant_id ORDER BY e.tenant_id LIMIT 1
    ) FROM shop WHERE shop.tenant_id IS NOT NULL
)
SELECT due.tenant_id, due.event_id, due.attempts FROM shop CROSS JOIN LATERAL (
    SELECT e.tenant_id, e.event_id, e.attempts FROM inbound_event e
    WHERE e.tenant_id = shop.tenant_id AND e.state = 'received' AND e.next_try_at <= %s AND e.event_id <> ALL (%s::uuid[])
    ORDER BY e.next_try_at, e.event_id LIMIT %s
) AS due WHERE shop.tenant_id IS NOT NULL LIMIT %s"""
_STILL: Final = """SELECT tenant_id, event_id, attempts FROM unnest(%s::uuid[], %s::uuid[]) AS died (tenant_id, event_id)
JOIN inbound_event USING (tenant_id, event_id) WHERE state = 'received' FOR UPDATE OF inbound_event SKIP LOCKED"""
_COUNT_TRIES: Final = """UPDATE inbound_event SET attempts = died.attempts, next_try_at = died.next_try_at
FROM unnest(%s::uuid[], %s::uuid[], %s::integer[], %s::timestamptz[]) AS died (tenant_id, event_id, attempts, next_try_at)
WHERE inbound_event.tenant_id = died.tenant_id AND inbound_event.event_id = died.event_id
RETURNING inbound_event.event_id"""
_TAKE: Final = "INSERT INTO inbox_set (tenant_id, set_id, begun_at, tenant_ids, event_ids) VALUES (%s, %s, %s, %s, %s)"
_END: Final = "DELETE FROM inbox_set WHERE tenant_id = %s AND set_id = %s"


class Claimed(NamedTuple):
    """A delivery whose turn it is, and how many tries there were before."""

    tenant_id: UUID
    event_id: UUID
    tries: int


class ClaimedSet(NamedTuple):
    """What a worker has in hand, and the row that says so."""

    tenant_id: UUID
    set_id: UUID
    deliveries: tuple[Claimed, ...]


@dataclass
class Turns:
    """Where the round stands: the shop that gave last. Each worker keeps its own."""

    after: UUID = _FIRST


def claim(database: Database, turns: Turns, *, now: datetime, limit: int) -> ClaimedSet | None:
    """Take up to `limit` due deliveries, going round the shops from where the last round ended; None where nothing is due.

    Whoever takes them says so when done (`give_back`), whatever became of them.
    """
    found: list[Claimed] = []
    share = max(1, limit // TURN_PART)
    with database.intake_session() as session:
        _forgettable(session)
        session.connection().exec_driver_sql(_ALONE)
        taken = _in_hand(session, now)
        while len(found) < limit:
            rows = _waiting(session, turns.after, now, taken, (share, limit - len(found)))
            if not rows and turns.after == _FIRST:
                break
            turns.after = rows[-1].tenant_id if rows else _FIRST
            found += rows
            taken += [one.event_id for one in rows]  # so going round again finds each shop's next deliveries
        return _written_down(session, tuple(found), now) if found else None


def give_back(database: Database, claimed: ClaimedSet) -> None:
    """Say that a set is no longer in hand. What it held is finished, has its next try, or is simply due again."""
    with database.intake_session() as session:
        _forgettable(session)
        session.connection().exec_driver_sql(_END, (claimed.tenant_id, claimed.set_id))


def _forgettable(session: Session) -> None:
    """A crash that forgets a claim, or its end, only makes the deliveries come again; so nobody waits for the disk."""
    session.connection().exec_driver_sql("SET LOCAL synchronous_commit = off")


def _in_hand(session: Session, now: datetime) -> list[UUID]:
    """The deliveries other workers have in hand; those of workers that died get their try counted and are free again."""
    taken: list[UUID] = []
    for tenant_id, set_id, begun_at, tenant_ids, event_ids in session.connection().exec_driver_sql(_IN_HAND).all():
        if begun_at + LEASE > now:
            taken += event_ids
            continue
        rows = [Claimed(*row) for row in rows_for(session, _STILL, tenant_ids, event_ids)]
        rows_for(
            session, _COUNT_TRIES, [one.tenant_id for one in rows], [one.event_id for one in rows], [one.tries + 1 for one in rows],
            [begun_at + max(LEASE, retry_delay(one.tries + 1)) for one in rows],
        )  # fmt: skip
        session.connection().exec_driver_sql(_END, (tenant_id, set_id))
    return taken


def _waiting(session: Session, after: UUID, now: datetime, taken: list[UUID], at_most: tuple[int, int]) -> list[Claimed]:
    """Due deliveries of the shops after one, at most so many (of each shop, in all)."""
    connection = taking_arrays(session)
    return [Claimed(*row) for row in connection.exec_driver_sql(_WAITING, (after, now, array_of(taken, UUID), *at_most))]


def _written_down(session: Session, found: tuple[Claimed, ...], now: datetime) -> ClaimedSet:
    claimed = ClaimedSet(found[0].tenant_id, new_id(now), found)
    shops, events = [one.tenant_id for one in found], [one.event_id for one in found]
    taking_arrays(session).exec_driver_sql(_TAKE, (claimed.tenant_id, claimed.set_id, now, array_of(shops), array_of(events)))
    return claimed
