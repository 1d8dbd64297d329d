"""Orders that wait for a rate: noted when one was missing, found again when it is published."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, text, tuple_
from sqlalchemy.orm import Session

from billing.exchange.rates import RateWanted, rates_for
from billing.exchange.tables import RateWait
from billing.rows import insert_rows
from tenants.database import tenant_of

_COLUMNS = ("tenant_id", "order_id", "day", "base", "quote", "since")
_READY_TENANTS = text(
    """SELECT DISTINCT w.tenant_id FROM rate_wait w
    WHERE EXISTS (SELECT 1 FROM find_rates(ARRAY[w.base, w.quote]::text[], ARRAY[w.day, w.day]))"""
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order, the rate it lacks, and since when it has been missed."""

    order_id: UUID
    wanted: RateWanted
    since: datetime


def note_waiting(session: Session, missing: Mapping[UUID, Collection[RateWanted]], *, now: datetime) -> None:
    """Remember which rates these orders lack; an order that lacks none is forgotten. The caller holds the orders' row locks.

    The caller asked for the rates by `rates_for` in this same transaction, so an import that comes later finds what is noted here.
    """
    key = (RateWait.order_id, RateWait.day, RateWait.base, RateWait.quote)
    wanted = sorted((order_id, one.day, one.base, one.quote) for order_id, lacking in missing.items() for one in lacking)
    tenant_id = tenant_of(session)
    own = RateWait.tenant_id == tenant_id, RateWait.order_id.in_(sorted(missing))
    session.execute(delete(RateWait).where(*own, tuple_(*key).not_in(wanted)))
    insert_rows(session, RateWait, _COLUMNS, [(tenant_id, *row, now) for row in wanted], or_skip=True)


def waiting_orders(session: Session) -> tuple[Waiting, ...]:
    """Everything of this tenant that waits for a rate, the longest wait first."""
    query = select(RateWait).where(RateWait.tenant_id == tenant_of(session))
    rows = session.scalars(query.order_by(RateWait.since, RateWait.order_id, RateWait.day, RateWait.base, RateWait.quote))
    return tuple(Waiting(row.order_id, RateWanted(row.day, row.base, row.quote), row.since) for row in rows)


def ready_orders(session: Session) -> tuple[Waiting, ...]:
    """What waits no more: the notes of this tenant whose rate is known by now."""
    waiting = waiting_orders(session)
    known = rates_for(session, {one.wanted for one in waiting})
    return tuple(one for one in waiting if one.wanted in known)


def forget(session: Session, ready: Iterable[Waiting]) -> None:
    """Take away these notes. Their orders were reckoned in this transaction, so their row locks are held already."""
    key = tuple_(RateWait.order_id, RateWait.day, RateWait.base, RateWait.quote)
    gone = [(one.order_id, one.wanted.day, one.wanted.base, one.wanted.quote) for one in ready]
    session.execute(delete(RateWait).where(RateWait.tenant_id == tenant_of(session), key.in_(gone)))


def ready_tenants(session: Session) -> tuple[UUID, ...]:
    """As `intake`, across tenants: those that may have a waiting order whose rate is known."""
    return tuple(sorted(session.scalars(_READY_TENANTS)))
