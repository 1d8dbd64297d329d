"""Reads stored deliveries at our own pace, in sets: one transaction per shop and set, with the done-marks of its deliveries.

A crash at any point repeats the set whole. A delivery that cannot be read is set aside with its reason at once. When a set fails for
another cause, its deliveries are handled one by one, so that only the one at fault is tried again, ever later, and set aside after
TRIES_MAX.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from billing.connectors.wishes import wish_for
from billing.errors import BillingError, EarningEventRefused
from billing.inbox.earnings import ToldEarning, record_earning
from billing.inbox.reading import ReadDelivery, read_deliveries, take
from billing.inbox.tables import InboundEvent
from billing.orders.telling import record_facts
from billing.orders.tellings import ToldOrder, ToldRefund
from tenants.database import Database, tenant_of
from tenants.outbox import retry_delay

TRIES_MAX: Final = 12
REASON_LENGTH_MAX: Final = 500
SET_SIZE_MAX: Final = 200
"""Deliveries in one transaction: each holds a few of PostgreSQL's advisory locks, of which a server has some thousands."""

log = logging.getLogger(__name__)

_COUNT_TRIES: Final = text(
    """UPDATE inbound_event SET attempts = claimed.attempts, next_try_at = claimed.next_try_at
    FROM unnest(CAST(:tenants AS uuid[]), CAST(:events AS uuid[]), CAST(:attempts AS integer[]), CAST(:next AS timestamptz[]))
        AS claimed (tenant_id, event_id, attempts, next_try_at)
    WHERE inbound_event.tenant_id = claimed.tenant_id AND inbound_event.event_id = claimed.event_id"""
)
_FINISH: Final = text(
    """UPDATE inbound_event SET state = done.state, reason = done.reason, event_type = done.event_type, subject = done.subject,
        handled_at = :handled_at
    FROM unnest(
        CAST(:events AS uuid[]), CAST(:states AS text[]), CAST(:reasons AS text[]), CAST(:types AS text[]), CAST(:subjects AS text[])
    ) AS done (event_id, state, reason, event_type, subject)
    WHERE inbound_event.tenant_id = :tenant_id AND inbound_event.event_id = done.event_id"""
)
Claimed = tuple[UUID, UUID, int]
"""(tenant, delivery, how many tries there were before)"""


def handle_inbox(database: Database, *, clock: Callable[[], datetime], limit: int = 1000) -> int:
    """Handle up to `limit` due deliveries of all tenants; return how many were finished (recorded or set aside).

    Any number of workers may run it at once. Killed at any point, it leaves its deliveries waiting for the next try.
    """
    finished = 0
    claimed = sorted(_claim(database, clock(), limit))
    for tenant_id, rows in groupby(claimed, key=lambda row: row[0]):
        own = list(rows)
        fresh = [event_id for _, event_id, tries in own if tries == 0]
        for start in range(0, len(fresh), SET_SIZE_MAX):
            finished += _handle_set(database, tenant_id, fresh[start : start + SET_SIZE_MAX], clock)
        # What has failed before is handled alone: a delivery that kills its worker must not take others with it.
        finished += sum(_handle_one(database, tenant_id, event_id, clock) for _, event_id, tries in own if tries > 0)
    return finished


def _claim(database: Database, now: datetime, limit: int) -> list[Claimed]:
    """Count the try and set the next before handling, so that a delivery which kills its worker is still set aside in the end."""
    due = (
        select(InboundEvent.tenant_id, InboundEvent.event_id, InboundEvent.attempts)
        .where(InboundEvent.state == "received", InboundEvent.next_try_at <= now)
        .order_by(InboundEvent.next_try_at, InboundEvent.event_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    with database.intake_session() as session:
        rows = [(tenant_id, event_id, attempts) for tenant_id, event_id, attempts in session.execute(due)]
        if rows:
            parameters: dict[str, Any] = {
                "tenants": [row[0] for row in rows], "events": [row[1] for row in rows], "attempts": [row[2] + 1 for row in rows],
                "next": [now + retry_delay(row[2] + 1) for row in rows],
            }  # fmt: skip
            session.execute(_COUNT_TRIES, parameters)
    return rows


def _handle_set(database: Database, tenant_id: UUID, event_ids: Sequence[UUID], clock: Callable[[], datetime]) -> int:
    if len(event_ids) == 1:
        return int(_handle_one(database, tenant_id, event_ids[0], clock))
    try:
        return _handle(database, tenant_id, event_ids, clock)
    except Exception as error:  # noqa: BLE001 - the task edge: whichever delivery was at fault is found by handling each alone
        log.warning("a set of deliveries was not handled", extra={"deliveries": len(event_ids), "error_class": type(error).__name__})
        return sum(_handle_one(database, tenant_id, event_id, clock) for event_id in event_ids)


def _handle_one(database: Database, tenant_id: UUID, event_id: UUID, clock: Callable[[], datetime]) -> bool:
    try:
        return bool(_handle(database, tenant_id, [event_id], clock))
    except Exception as error:  # noqa: BLE001 - the task edge: whatever went wrong is counted, kept and tried again
        log.warning("a delivery was not handled", extra={"event_id": str(event_id), "error_class": type(error).__name__})
        return _note_failure(database, tenant_id, event_id, error, clock())


def _handle(database: Database, tenant_id: UUID, event_ids: Sequence[UUID], clock: Callable[[], datetime]) -> int:
    """Record what these deliveries tell, and mark them; those that another worker holds or has finished are left alone."""
    with database.tenant_session(tenant_id) as session:
        now = clock()
        read = read_deliveries(take(session, event_ids), tenant_id=tenant_id, now=now)
        earnings = [one for one in read if any(isinstance(told, ToldEarning) for told in one.told)]
        is_alone = len(event_ids) == 1
        read = [_earned(session, one, now) for one in read] if is_alone else [one for one in read if one not in earnings]
        record_facts(session, [told for one in read for told in one.told if isinstance(told, ToldOrder | ToldRefund)], now=now)
        wish_for(session, [(one.connection_id, wanted) for one in read for wanted in one.wanted], now=now)
        _finish(session, read, clock())
    # Each in a transaction of its own: it locks its event first and then its month, which a set of orders holds already.
    apart = [] if is_alone else earnings
    return len(read) + sum(_handle_one(database, tenant_id, one.event_id, clock) for one in apart)


def _earned(session: Session, read: ReadDelivery, now: datetime) -> ReadDelivery:
    """Post what a lead, a booking or a report of income earns; one that cannot be right says why, and nothing of it stays."""
    try:
        with session.begin_nested():
            for told in read.told:
                if isinstance(told, ToldEarning):
                    record_earning(session, told, now=now)
    except EarningEventRefused as error:
        return replace(read, told=(), note=str(error), is_refused=True)
    return read


def _finish(session: Session, read: Sequence[ReadDelivery], now: datetime) -> None:
    if read:
        parameters: dict[str, Any] = {
            "tenant_id": tenant_of(session), "handled_at": now, "events": [one.event_id for one in read],
            "states": ["set_aside" if one.is_refused else "handled" for one in read],
            "reasons": [one.note[:REASON_LENGTH_MAX] if one.note else None for one in read],
            "types": [one.event_type for one in read], "subjects": [one.subject for one in read],
        }  # fmt: skip
        session.execute(_FINISH, parameters)


def _take(session: Session, event_id: UUID) -> InboundEvent | None:
    query = select(InboundEvent).where(
        InboundEvent.tenant_id == tenant_of(session), InboundEvent.event_id == event_id, InboundEvent.state == "received"
    )
    return session.scalar(query.with_for_update(skip_locked=True))


def _note_failure(database: Database, tenant_id: UUID, event_id: UUID, error: Exception, now: datetime) -> bool:
    with database.tenant_session(tenant_id) as session:
        event = _take(session, event_id)
        if event is None:
            return False
        event.reason = _told_to_the_merchant(error)[:REASON_LENGTH_MAX]
        event.next_try_at = now + retry_delay(event.attempts)
        if event.attempts < TRIES_MAX:
            return False
        event.state, event.handled_at = "set_aside", now
    return True


def _told_to_the_merchant(error: Exception) -> str:
    """Our own sentences may be read by anyone; another error's text may hold statements, figures or paths, so only its kind is named."""
    if isinstance(error, BillingError):
        return str(error)
    return f"A fault on our side ({type(error).__name__}) kept it from being handled; nothing of it was booked."
