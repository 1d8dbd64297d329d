"""Handles deliveries of many shops in one transaction, as far as they tell of new orders; leaves the others to their shop's own turn.

Its commit is not waited for: what a crash forgets of it, done-marks and book alike, stands in the inbox and is handled again, and whoever
builds on it commits behind it in the same log. So deliveries at the door never wait for the disk behind four hundred credits.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from billing.inbox.claiming import Claimed
from billing.inbox.finishing import finish
from billing.inbox.reading import ReadDelivery, read_deliveries, take_across
from billing.orders.fresh import ShopTold, record_fresh
from billing.orders.tellings import ToldOrder
from tenants.database import Database

LOCK_WAIT_MS_MAX: Final = 1000
"""How long a whole set waits for one shop's lock before it is cut."""
_QUICK: Final = f"SELECT set_config('lock_timeout', '{LOCK_WAIT_MS_MAX}', true), set_config('synchronous_commit', 'off', true)"


def record_together(database: Database, claimed: Sequence[Claimed], clock: Callable[[], datetime]) -> set[UUID]:
    """Handle in one transaction what can be handled across shops; return the deliveries finished. Whatever fails undoes all of it."""
    with database.intake_session() as session:
        session.connection().exec_driver_sql(_QUICK)
        now = clock()
        read = _read(session, claimed, now)
        orders = [ShopTold(tenant_id, one.told[0]) for tenant_id, one in read if _is_order(one) and isinstance(one.told[0], ToldOrder)]
        recorded = record_fresh(session, orders, now=now)
        done = [(tenant_id, one) for tenant_id, one in read if one.event_id in recorded or _tells_nothing(one)]
        finish(session, done, clock())
    return {one.event_id for _, one in done}


def _read(session: Session, claimed: Sequence[Claimed], now: datetime) -> list[tuple[UUID, ReadDelivery]]:
    taken = take_across(session, [one.tenant_id for one in claimed], [one.event_id for one in claimed])
    return [(tenant_id, read) for tenant_id, one in taken for read in read_deliveries([one], tenant_id=tenant_id, now=now)]


def _is_order(read: ReadDelivery) -> bool:
    """Whether it tells of one order, by the order book, and of nothing else."""
    first = read.told[0] if len(read.told) == 1 else None
    return isinstance(first, ToldOrder) and first.source.is_order_book and not read.wanted and not read.is_refused


def _tells_nothing(read: ReadDelivery) -> bool:
    return not read.told and not read.wanted
