"""The outbox: what happened is written beside the change itself, and every verb that must hear of it hears exactly once in effect.

`announce` adds the event and one delivery row per verb to the caller's transaction. A worker finds due deliveries as `intake`, then
runs each verb as `app` in one transaction with its done-mark: a crash at any point leaves the row waiting, and a second worker
that finds the row locked leaves it alone. No order is promised between deliveries.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tenants.database import Database, tenant_of
from tenants.identifiers import new_id
from tenants.tables import OutboxDelivery, OutboxEvent

DOORBELL_CHANNEL = "tillhand_outbox"
TRIES_MAX = 12
FIRST_RETRY_SECONDS = 1
RETRY_SECONDS_MAX = 3600
ERROR_LENGTH_MAX = 500

log = logging.getLogger(__name__)
Event = TypeVar("Event")


@dataclass(frozen=True)
class Announced:
    """An event as a verb receives it. `event_id` is the verb's idempotency key."""

    tenant_id: UUID
    event_id: UUID
    name: str
    payload: dict[str, Any]

    def read(self, event_class: type[Event]) -> Event:
        """Rebuild the event's own dataclass from the stored payload; raises pydantic.ValidationError when it does not fit."""
        return TypeAdapter(event_class).validate_python(self.payload)


Verb = Callable[[Session, Announced, datetime], None]


def announce(session: Session, event: Any, *, now: datetime) -> UUID:
    """Record that `event` (a frozen dataclass named in past tense) happened, for every verb the routes name; return its id.

    It becomes true when the caller's transaction commits, and the worker's doorbell rings at that moment.
    """
    tenant_id, name, event_id = tenant_of(session), type(event).__name__, new_id(now)
    payload = TypeAdapter(type(event)).dump_python(event, mode="json")
    session.add(OutboxEvent(tenant_id=tenant_id, event_id=event_id, name=name, payload=payload, recorded_at=now))
    session.flush()  # the event's row must stand before the deliveries that point at it
    for verb in session.info["routes"].get(name, ()):
        session.add(OutboxDelivery(tenant_id=tenant_id, event_id=event_id, verb=verb, state="waiting", attempts=0, next_try_at=now))
    session.execute(select(func.pg_notify(DOORBELL_CHANNEL, "")))
    return event_id


def deliver_due(database: Database, verbs: Mapping[str, Verb], *, clock: Callable[[], datetime], limit: int = 100) -> int:
    """Run every due delivery once (at most `limit`); return how many were completed. Failures back off and, in the end, are set aside."""
    return sum(_deliver(database, verbs, key, clock) for key in _claim(database, clock(), limit))


def retry_delay(attempts: int) -> timedelta:
    """Seconds to wait after the given number of failed attempts: 1, 2, 4 ... at most an hour."""
    return timedelta(seconds=min(FIRST_RETRY_SECONDS * 2 ** max(attempts - 1, 0), RETRY_SECONDS_MAX))


Key = tuple[UUID, UUID, str]


def _claim(database: Database, now: datetime, limit: int) -> list[Key]:
    """Count the try and set the next before running, so that a verb which kills its process is still set aside in the end."""
    due = (
        select(OutboxDelivery.tenant_id, OutboxDelivery.event_id, OutboxDelivery.verb, OutboxDelivery.attempts)
        .where(OutboxDelivery.state == "waiting", OutboxDelivery.next_try_at <= now)
        .order_by(OutboxDelivery.next_try_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    with database.intake_session() as session:
        rows = session.execute(due).all()
        for row in rows:
            this = OutboxDelivery.tenant_id == row.tenant_id, OutboxDelivery.event_id == row.event_id, OutboxDelivery.verb == row.verb
            tries = row.attempts + 1
            session.execute(update(OutboxDelivery).where(*this).values(attempts=tries, next_try_at=now + retry_delay(tries)))
    return [(row.tenant_id, row.event_id, row.verb) for row in rows]


def _deliver(database: Database, verbs: Mapping[str, Verb], key: Key, clock: Callable[[], datetime]) -> bool:
    tenant_id, event_id, verb_name = key
    try:
        with database.tenant_session(tenant_id) as session:
            delivery = session.get(OutboxDelivery, key, with_for_update={"skip_locked": True})
            if delivery is None or delivery.state != "waiting":
                return False  # another worker holds it, or has finished it
            event = session.get_one(OutboxEvent, (tenant_id, event_id))
            verbs[verb_name](session, Announced(tenant_id, event_id, event.name, event.payload), clock())
            delivery.state, delivery.done_at, delivery.last_error = "done", clock(), None
    except Exception as error:  # noqa: BLE001 - the task edge: whatever a verb raises is counted, kept and retried
        log.warning("a delivery failed", extra={"verb": verb_name, "event_id": str(event_id), "error_class": type(error).__name__})
        _note_failure(database, key, error, clock())
        return False
    return True


def _note_failure(database: Database, key: Key, error: Exception, now: datetime) -> None:
    with database.tenant_session(key[0]) as session:
        delivery = session.get_one(OutboxDelivery, key, with_for_update=True)
        delivery.last_error = f"{type(error).__name__}: {error}"[:ERROR_LENGTH_MAX]
        delivery.next_try_at = now + retry_delay(delivery.attempts)
        if delivery.attempts >= TRIES_MAX:
            delivery.state = "set_aside"
