"""Replays a long past in two processes at once, each with a connection of its own, cut into stretches of about as many orders.

Deciding is pure work for one core. The second process begins with the earliest stretch, once it has started; this one takes from the
other end whatever is not yet begun, so that neither waits for the other. Below ORDERS_MIN a second process saves nothing.
"""

import heapq
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from itertools import pairwise
from typing import Final
from uuid import UUID

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from billing.back_test.past import past_orders
from billing.back_test.replay import CHANGES_SHOWN_MAX, MonthSums, Replayed, Trial, replay
from billing.orders.tables import ShopOrder
from tenants.database import connect, tenant_of

ORDERS_MIN: Final = 20_000
STRETCHES: Final = 12


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whose orders, and from when to before when."""

    tenant_id: UUID
    employee_id: UUID
    start: datetime
    end: datetime


def replay_side_by_side(session: Session, stretch: Stretch, trial: Trial) -> Replayed:
    """Replay a stretch whose orders do not depend on one another; the sums are the same as in one process."""
    stretches = list(_stretches(session, stretch))
    if len(stretches) == 1:
        return _replay(session, stretch, trial)
    bind = session.get_bind()
    engine = bind if isinstance(bind, Engine) else bind.engine
    url = engine.url.render_as_string(hide_password=False)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as second:
        coming = [second.submit(_replay_elsewhere, url, one, trial) for one in stretches]
        own = [_replay(session, one, trial) for one, future in zip(stretches[::-1], coming[::-1], strict=True) if future.cancel()]
        return reduce(merged, [future.result() for future in coming if not future.cancelled()] + own[::-1])


def merged(first: Replayed, second: Replayed) -> Replayed:
    """Two replays of different orders as one."""
    whole = Replayed(changed_count=first.changed_count + second.changed_count, order_count=first.order_count + second.order_count)
    whole.changes = heapq.nlargest(
        CHANGES_SHOWN_MAX, (*first.changes, *second.changes), key=lambda one: abs(one.tried_minor - one.actual_minor)
    )
    for start in first.months.keys() | second.months.keys():
        one, other = first.months.get(start, MonthSums()), second.months.get(start, MonthSums())
        whole.months[start] = MonthSums(
            one.order_count + other.order_count, one.credited_count + other.credited_count,
            one.turnover_minor + other.turnover_minor, one.share_minor + other.share_minor, one.waiting_count + other.waiting_count,
        )  # fmt: skip
    return whole


def _stretches(session: Session, whole: Stretch) -> Iterator[Stretch]:
    """The stretch cut between its orders; whole when they are too few, or all of one moment."""
    within = (ShopOrder.tenant_id == tenant_of(session), ShopOrder.occurred_at >= whole.start, ShopOrder.occurred_at < whole.end)
    count = session.scalar(select(func.count()).select_from(ShopOrder).where(*within)) or 0
    cuts: set[datetime] = set()
    if count >= ORDERS_MIN:
        tile = func.ntile(STRETCHES).over(order_by=ShopOrder.occurred_at).label("tile")
        tiles = select(ShopOrder.occurred_at, tile).where(*within).subquery()
        cuts = set(session.scalars(select(func.min(tiles.c.occurred_at)).group_by(tiles.c.tile)))
    for start, end in pairwise(sorted({whole.start, *cuts, whole.end})):
        yield Stretch(whole.tenant_id, whole.employee_id, start, end)


def _replay(session: Session, stretch: Stretch, trial: Trial) -> Replayed:
    with closing(past_orders(session, employee_id=stretch.employee_id, start=stretch.start, end=stretch.end, in_sequence=False)) as orders:
        return replay(orders, trial)


def _replay_elsewhere(url: str, stretch: Stretch, trial: Trial) -> Replayed:
    """What the second process does: the same, on the same role's connection, under the same tenant."""
    database = connect(app_url=url, intake_url=url, operator_url=url)
    try:
        with database.tenant_session(stretch.tenant_id) as session:
            return _replay(session, stretch, trial)
    finally:
        database.dispose()
