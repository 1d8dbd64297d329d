"""Reads stored deliveries at our own pace, in sets that go round the shops, each set in one transaction with its done-marks.

New orders, which most deliveries tell of, are handled for many shops together; whatever needs more is handled shop by shop. A crash at
any point repeats the set whole. A delivery that cannot be read is set aside with its reason at once. When a set fails for another cause,
it is cut until the one at fault stands alone; that one is tried again, ever later, and set aside after TRIES_MAX.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from billing.connectors.wishes import wish_for
from billing.errors import BillingError, EarningEventRefused
from billing.inbox.claiming import Claimed, Turns, claim, give_back
from billing.inbox.earnings import ToldEarning, record_earning
from billing.inbox.finishing import REASON_LENGTH_MAX, finish
from billing.inbox.reading import ReadDelivery, read_deliveries, take
from billing.inbox.tables import InboundEvent
from billing.inbox.together import record_together
from billing.orders.telling import record_facts
from billing.orders.tellings import ToldOrder, ToldRefund
from tenants.database import Database, tenant_of
from tenants.outbox import retry_delay

__all__ = ["SET_SIZE_MAX", "TOGETHER_MAX", "TRIES_MAX", "Turns", "handle_inbox", "is_inbox_behind"]

TRIES_MAX: Final = 12
TOGETHER_MAX: Final = 400
"""Deliveries of many shops in one transaction. Each holds about six of PostgreSQL's locks, of which a server has some thousands."""
SET_SIZE_MAX: Final = 200
"""Deliveries of one shop in one transaction."""
SIZE_AFTER_TRIES: Final = (TOGETHER_MAX, 40, 4)
"""The largest set by the tries before: whatever failed or died comes again in smaller company, and after three tries alone."""

log = logging.getLogger(__name__)


def handle_inbox(database: Database, *, clock: Callable[[], datetime], limit: int = 1000, turns: Turns | None = None) -> int:
    """Handle up to `limit` due deliveries of all tenants; return how many were finished (recorded or set aside).

    Any number of workers may run it at once, each with `turns` of its own, which remember where its round of the shops stands. Killed
    at any point, it leaves its deliveries waiting for the next try.
    """
    claimed = claim(database, turns or Turns(), now=clock(), limit=limit)
    if claimed is None:
        return 0
    finished = _handle_claimed(database, claimed.deliveries, clock)
    give_back(database, claimed)
    return finished


def _handle_claimed(database: Database, claimed: Sequence[Claimed], clock: Callable[[], datetime]) -> int:
    """Handle as many together as their earlier tries allow, then what wants its own shop's turn."""
    finished, left = 0, []
    for size, rows in _in_company(claimed):
        for start in range(0, len(rows), size):
            done, others = _handle_together(database, rows[start : start + size], clock)
            finished += done
            left += others
    for (tenant_id, size), rest in groupby(sorted(left, key=_shop_and_size), key=_shop_and_size):
        own = [one.event_id for one in rest]
        part = min(size, SET_SIZE_MAX)
        finished += sum(_handle_set(database, tenant_id, own[at : at + part], clock) for at in range(0, len(own), part))
    return finished


def is_inbox_behind(database: Database, *, sets: int = 1) -> bool:
    """Whether more deliveries than so many full sets are not finished, those in hand among them."""
    unfinished = select(InboundEvent.event_id).where(InboundEvent.state == "received").limit(sets * TOGETHER_MAX + 1).subquery()
    with database.intake_session() as session:
        return (session.scalar(select(func.count()).select_from(unfinished)) or 0) > sets * TOGETHER_MAX


def _in_company(claimed: Sequence[Claimed]) -> list[tuple[int, list[Claimed]]]:
    """Deliveries that were tried equally often, with the largest set they may come in."""
    ordered = sorted(claimed, key=lambda one: -_size(one))
    return [(size, list(rows)) for size, rows in groupby(ordered, key=_size)]


def _shop_and_size(one: Claimed) -> tuple[UUID, int]:
    return one.tenant_id, _size(one)


def _size(one: Claimed) -> int:
    return SIZE_AFTER_TRIES[one.tries] if one.tries < len(SIZE_AFTER_TRIES) else 1


def _handle_together(database: Database, claimed: Sequence[Claimed], clock: Callable[[], datetime]) -> tuple[int, list[Claimed]]:
    """Handle what can be handled across shops; return how many were finished, and the deliveries that want their shop's own turn.

    A set that fails is cut in halves until what is at fault stands alone: one of a few hundred shops must not hold up the others. One
    whose rows somebody else holds for long is cut out in the same way.
    """
    if len(claimed) < 2:
        return 0, list(claimed)
    try:
        done = record_together(database, claimed, clock)
    except Exception as error:  # the task edge: whichever delivery was at fault is found by cutting the set
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise  # without the database every half would fail as well; the claims come round again
        log.warning("a set of deliveries was cut in halves", extra={"deliveries": len(claimed), "error_class": type(error).__name__})
    else:
        return len(done), [one for one in claimed if one.event_id not in done]
    middle = len(claimed) // 2
    first_done, first_left = _handle_together(database, claimed[:middle], clock)
    second_done, second_left = _handle_together(database, claimed[middle:], clock)
    return first_done + second_done, first_left + second_left


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
        finish(session, [(tenant_id, one) for one in read], clock())
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
        event.attempts += 1
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
