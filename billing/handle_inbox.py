"""Reads stored deliveries at our own pace: each in one transaction with its done-mark, so a crash at any point repeats it whole.

A delivery that cannot be read is set aside with its reason at once; one that fails for another cause is tried again, ever later,
and set aside after TRIES_MAX.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from billing.errors import BillingError
from billing.inbox.generic import read_delivery
from billing.inbox.sealing import BodyUnreadable, unseal
from billing.inbox.tables import InboundEvent, MerchantConnection, RawKey
from billing.neutral_order import NeutralOrder
from billing.record_order import OrderSource, record_order
from billing.record_refund import record_refund
from tenants.database import Database, tenant_of
from tenants.outbox import retry_delay

TRIES_MAX: Final = 12
REASON_LENGTH_MAX: Final = 500

log = logging.getLogger(__name__)
Key = tuple[UUID, UUID]


def handle_inbox(database: Database, *, clock: Callable[[], datetime], limit: int = 100) -> int:
    """Handle up to `limit` due deliveries of all tenants; return how many were finished (recorded or set aside).

    Any number of workers may run it at once. Killed at any point, it leaves the delivery waiting for the next try.
    """
    return sum(_handle(database, key, clock) for key in _claim(database, clock(), limit))


def _claim(database: Database, now: datetime, limit: int) -> list[Key]:
    """Count the try and set the next before handling, so that a delivery which kills its worker is still set aside in the end."""
    due = (
        select(InboundEvent.tenant_id, InboundEvent.event_id, InboundEvent.attempts)
        .where(InboundEvent.state == "received", InboundEvent.next_try_at <= now)
        .order_by(InboundEvent.next_try_at, InboundEvent.event_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    with database.intake_session() as session:
        rows = session.execute(due).all()
        for row in rows:
            this = InboundEvent.tenant_id == row.tenant_id, InboundEvent.event_id == row.event_id
            tries = row.attempts + 1
            session.execute(update(InboundEvent).where(*this).values(attempts=tries, next_try_at=now + retry_delay(tries)))
    return [(row.tenant_id, row.event_id) for row in rows]


def _handle(database: Database, key: Key, clock: Callable[[], datetime]) -> bool:
    try:
        with database.tenant_session(key[0]) as session:
            event = _take(session, key)
            if event is None:
                return False  # another worker holds it, or has finished it
            _record(session, event, clock())
            event.state, event.reason, event.handled_at = "handled", None, clock()
    except (BillingError, BodyUnreadable) as error:
        return _set_aside(database, key, str(error), clock())
    except Exception as error:  # noqa: BLE001 - the task edge: whatever went wrong is counted, kept and tried again
        log.warning("a delivery was not handled", extra={"event_id": str(key[1]), "error_class": type(error).__name__})
        return _note_failure(database, key, error, clock())
    return True


def _take(session: Session, key: Key) -> InboundEvent | None:
    query = select(InboundEvent).where(InboundEvent.tenant_id == key[0], InboundEvent.event_id == key[1], InboundEvent.state == "received")
    return session.scalar(query.with_for_update(skip_locked=True))


def _record(session: Session, event: InboundEvent, now: datetime) -> None:
    tenant_id = tenant_of(session)
    connection = session.get_one(MerchantConnection, (tenant_id, event.connection_id))
    raw_key = session.get(RawKey, (tenant_id, event.event_id))
    if raw_key is None:
        raise BodyUnreadable("The delivery's bytes were erased before they were read.")
    body = unseal(event.body_sealed, raw_key.key, bound_to=str(event.event_id))
    event_type, told = read_delivery(body, now=now)
    event.event_type, event.subject = event_type, told.external_id
    source = OrderSource(connection.connection_id, connection.channel, connection.is_order_book, event.event_id)
    if isinstance(told, NeutralOrder):
        record_order(session, told, source=source, now=now)
    else:
        record_refund(session, told, source=source, now=now)


def _set_aside(database: Database, key: Key, reason: str, now: datetime) -> bool:
    with database.tenant_session(key[0]) as session:
        event = _take(session, key)
        if event is None:
            return False
        event.state, event.reason, event.handled_at = "set_aside", reason[:REASON_LENGTH_MAX], now
    return True


def _note_failure(database: Database, key: Key, error: Exception, now: datetime) -> bool:
    with database.tenant_session(key[0]) as session:
        event = _take(session, key)
        if event is None:
            return False
        event.reason = f"{type(error).__name__}: {error}"[:REASON_LENGTH_MAX]
        event.next_try_at = now + retry_delay(event.attempts)
        if event.attempts < TRIES_MAX:
            return False
        event.state, event.handled_at = "set_aside", now
    return True
