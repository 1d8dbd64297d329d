"""How each connection is: when it was last heard, whether its signatures fail, and how far reading is behind."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from billing.connectors.tables import FetchWish, RefusedDelivery
from tenants.database import tenant_of

SILENT_AFTER: Final = timedelta(hours=24)
BEHIND_AFTER: Final = timedelta(minutes=2)
LATELY: Final = timedelta(days=30)
"""How far back is looked: a page that looks every few seconds must not read a year of deliveries."""
Verdict = Literal["new", "failing", "behind", "silent", "good"]

_COUNTS: Final = text(
    """SELECT connection_id, max(received_at) AS heard_at, count(*) FILTER (WHERE received_at > :day) AS day_count,
        count(*) FILTER (WHERE state = 'set_aside' AND received_at > :day) AS aside_count,
        min(received_at) FILTER (WHERE state = 'received') AS oldest_waiting,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY handled_at - received_at) FILTER (WHERE received_at > :day) AS usual_lag
    FROM inbound_event WHERE tenant_id = :tenant_id AND received_at > :lately AND headers ->> 'test' IS NULL GROUP BY connection_id"""
)


@dataclass(frozen=True, slots=True)
class ConnectionHealth:
    """One connection's state. `lag` is how long a delivery usually waits to be read, of the last 24 hours; None when there was none.

    `heard_at` is None where nothing came in the last 30 days. `failing_count` are refusals since the last accepted delivery, at most
    those still kept; `last_why` is the latest refusal's reason.
    """

    verdict: Verdict
    heard_at: datetime | None
    day_count: int
    aside_count: int
    lag: timedelta | None
    oldest_waiting: datetime | None
    failing_count: int
    last_why: str | None
    fetch_waiting: int
    fetch_why: str | None


def connection_health(session: Session, opened: Mapping[UUID, datetime], *, now: datetime) -> dict[UUID, ConnectionHealth]:
    """The health of connections, given the moment each was made."""
    tenant_id = tenant_of(session)
    counts = {
        row.connection_id: row
        for row in session.execute(_COUNTS, {"tenant_id": tenant_id, "day": now - SILENT_AFTER, "lately": now - LATELY})
    }
    refused = _refused(session, now - LATELY)
    wishes = _wishes(session)
    found: dict[UUID, ConnectionHealth] = {}
    for connection_id, made_at in opened.items():
        row = counts.get(connection_id)
        heard_at = row.heard_at if row else None
        failing = [one for one in refused.get(connection_id, []) if heard_at is None or one[0] > heard_at]
        oldest = row.oldest_waiting if row else None
        waiting, fetch_why = wishes.get(connection_id, (0, None))
        found[connection_id] = ConnectionHealth(
            _verdict(now, made_at, heard_at, oldest, is_failing=bool(failing)), heard_at, row.day_count if row else 0,
            row.aside_count if row else 0, row.usual_lag if row else None, oldest, len(failing), failing[-1][1] if failing else None,
            waiting, fetch_why,
        )  # fmt: skip
    return found


def _verdict(now: datetime, made_at: datetime, heard_at: datetime | None, oldest: datetime | None, *, is_failing: bool) -> Verdict:
    """What is worst is said: a wrong secret loses sales, slow reading only delays them, silence may be a quiet day."""
    if is_failing:
        return "failing"
    if oldest is not None and now - oldest > BEHIND_AFTER:
        return "behind"
    if now - (heard_at or made_at) > SILENT_AFTER:
        return "silent"
    return "good" if heard_at else "new"


def _refused(session: Session, since: datetime) -> dict[UUID, list[tuple[datetime, str]]]:
    query = select(RefusedDelivery.connection_id, RefusedDelivery.refused_at, RefusedDelivery.why)
    query = query.where(RefusedDelivery.tenant_id == tenant_of(session), RefusedDelivery.refused_at > since).order_by(
        RefusedDelivery.refused_id
    )
    found: dict[UUID, list[tuple[datetime, str]]] = {}
    for connection_id, refused_at, why in session.execute(query):
        found.setdefault(connection_id, []).append((refused_at, why))
    return found


def _wishes(session: Session) -> dict[UUID, tuple[int, str | None]]:
    """What still has to be fetched for each connection, and why the latest try failed."""
    query = select(FetchWish.connection_id, func.count(), func.max(FetchWish.reason))
    query = query.where(FetchWish.tenant_id == tenant_of(session), FetchWish.done_at.is_(None)).group_by(FetchWish.connection_id)
    return {connection_id: (count, why) for connection_id, count, why in session.execute(query)}
