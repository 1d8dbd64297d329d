"""Puts deliveries of any number of shops away in one transaction, sealed each with a key of its own: the busy door's way of storing.

The statement stores a delivery only if its doorway still stands as it was read. Rows go in sorted by the key their repeats are known by,
so two processes that store the same delivery at once wait for each other and never in a circle.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from billing.errors import DeliveryContentChanged, DeliveryRefused
from billing.inbox.doorways import Doorway
from billing.inbox.sealing import seal
from billing.inbox.storing import Incoming, Received
from billing.rows import json_text, rows_for
from tenants.identifiers import new_id

_STORE: Final = """WITH told AS (
    SELECT told.* FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::bytea[], %s::bytea[], %s::text[],
        %s::integer[], %s::timestamptz[])
    AS told (tenant_id, event_id, connection_id, stamp, dedupe_key, headers, body_sealed, key, body_sha256, body_length_bytes, received_at)
    JOIN merchant_connection c ON c.tenant_id = told.tenant_id AND c.connection_id = told.connection_id
        AND c.removed_at IS NULL AND c.xmin::text = told.stamp
), added AS (
    INSERT INTO inbound_event (tenant_id, event_id, connection_id, dedupe_key, headers, body_sealed, body_sha256, body_length_bytes,
        received_at, state, attempts, next_try_at)
    SELECT tenant_id, event_id, connection_id, dedupe_key, headers::jsonb, body_sealed, body_sha256, body_length_bytes, received_at,
        'received', 0, received_at FROM told
    ON CONFLICT DO NOTHING RETURNING event_id
), keyed AS (
    INSERT INTO raw_key (tenant_id, event_id, key) SELECT tenant_id, event_id, key FROM told JOIN added USING (event_id)
)
SELECT told.event_id, added.event_id IS NOT NULL FROM told LEFT JOIN added USING (event_id)"""
_FIRST: Final = """SELECT asked.number, e.event_id, e.body_sha256
FROM unnest(%s::integer[], %s::uuid[], %s::uuid[], %s::text[]) AS asked (number, tenant_id, connection_id, dedupe_key)
JOIN inbound_event e USING (tenant_id, connection_id, dedupe_key)"""
SHA_SHOWN: Final = 16


@dataclass(frozen=True, slots=True)
class Arrival:
    """A verified delivery and the doorway it came through; its id and sha256 are made on arrival."""

    doorway: Doorway
    incoming: Incoming
    received_at: datetime
    event_id: UUID = field(init=False)
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "event_id", new_id(self.received_at))
        object.__setattr__(self, "sha256", hashlib.sha256(self.incoming.body).hexdigest())


class DoorwayChanged(Exception):
    """The connection was changed since its doorway was read: read it again and verify again."""


Outcome = Received | DeliveryRefused | DoorwayChanged


def store_batch(session: Session, arrivals: Sequence[Arrival]) -> list[Outcome]:
    """Keep every delivery that is new; say of each, in the same sequence, what became of it. Nobody is rung for.

    The session is `intake`'s, and nothing is safe before it commits. Each statement is right alone, so it may be a transaction of its own.
    """
    known = _stored(session, arrivals)
    firsts = _firsts(session, arrivals, [number for number, one in enumerate(arrivals) if known.get(one.event_id) is False])
    found: list[Outcome] = []
    again: list[int] = []
    for number, one in enumerate(arrivals):
        found.append(_outcome(one, known.get(one.event_id), firsts.get(number)))
        if number in firsts and isinstance(found[-1], DoorwayChanged):
            again.append(number)
    for number, outcome in zip(again, _kept_beside(session, [arrivals[number] for number in again]), strict=True):
        found[number] = outcome
    return found


def _stored(session: Session, arrivals: Sequence[Arrival]) -> dict[UUID, bool]:
    """Event ids whose doorway stands, with whether the delivery was new."""
    ordered = sorted(arrivals, key=lambda one: (one.doorway.connection_id, one.incoming.key))
    sealed = [seal(one.incoming.body, bound_to=str(one.event_id)) for one in ordered]
    rows = rows_for(
        session, _STORE, [one.doorway.tenant_id for one in ordered], [one.event_id for one in ordered],
        [one.doorway.connection_id for one in ordered], [one.doorway.stamp for one in ordered], [one.incoming.key for one in ordered],
        [json_text(one.incoming.headers) for one in ordered], [body for body, _ in sealed], [key for _, key in sealed],
        [one.sha256 for one in ordered], [len(one.incoming.body) for one in ordered], [one.received_at for one in ordered],
    )  # fmt: skip
    return {row[0]: row[1] for row in rows}


def _firsts(session: Session, arrivals: Sequence[Arrival], numbers: Sequence[int]) -> dict[int, tuple[UUID, str]]:
    """The stored delivery that has the key of each of these, and its sha256: looked up afresh, for it may have come in this very batch."""
    if not numbers:
        return {}
    asked = [arrivals[number] for number in numbers]
    rows = rows_for(
        session, _FIRST, numbers, [one.doorway.tenant_id for one in asked], [one.doorway.connection_id for one in asked],
        [one.incoming.key for one in asked],
    )  # fmt: skip
    return {number: (event_id, sha256) for number, event_id, sha256 in rows}


def _outcome(one: Arrival, is_new: bool | None, first: tuple[UUID, str] | None) -> Outcome:
    """What became of one; DoorwayChanged with a first one known means that its other bytes are a delivery of their own."""
    if is_new:
        return Received(one.event_id, False)
    if is_new is None or first is None:
        return DoorwayChanged()
    if first[1] == one.sha256 or one.incoming.other_bytes == "repeat":
        return Received(first[0], True)
    if one.incoming.other_bytes == "refuse":
        return DeliveryContentChanged(f"The delivery {one.incoming.key} came before with other bytes; a new event needs a new webhook-id.")
    return DoorwayChanged()


def _kept_beside(session: Session, arrivals: Sequence[Arrival]) -> list[Outcome]:
    """Deliveries of their own although their key is known: their key is made longer by what they say."""
    if not arrivals:
        return []
    own = []
    for one in arrivals:
        longer = replace(one.incoming, key=f"{one.incoming.key} {one.sha256[:SHA_SHOWN]}", other_bytes="repeat")
        own.append(Arrival(one.doorway, longer, one.received_at))
    known = _stored(session, own)
    firsts = _firsts(session, own, [number for number, one in enumerate(own) if known.get(one.event_id) is False])
    return [_outcome(one, known.get(one.event_id), firsts.get(number)) for number, one in enumerate(own)]
