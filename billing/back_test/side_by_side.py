"""Replays a long past in two processes at once, each with a connection of its own, cut in the middle of the orders.

Deciding is pure work for one core. Below ORDERS_MIN the second process would take longer to start than it saves.
"""

import heapq
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from billing.back_test.past import past_orders
from billing.back_test.replay import CHANGES_SHOWN_MAX, MonthSums, Replayed, Trial, replay
from billing.orders.tables import ShopOrder
from tenants.database import connect, tenant_of

ORDERS_MIN: Final = 20_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whose orders, and from when to before when."""

    tenant_id: UUID
    employee_id: UUID
    start: datetime
    end: datetime


def replay_side_by_side(session: Session, stretch: Stretch, trial: Trial) -> Replayed:
    """Replay a stretch whose orders do not depend on one another; the sums are the same as in one process."""
    middle = _middle(session, stretch)
    if middle is None:
        return _replay(session, stretch, trial)
    earlier, later = (
        Stretch(stretch.tenant_id, stretch.employee_id, stretch.start, middle),
        Stretch(stretch.tenant_id, stretch.employee_id, middle, stretch.end),
    )
    bind = session.get_bind()
    engine = bind if isinstance(bind, Engine) else bind.engine
    url = engine.url.render_as_string(hide_password=False)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as second:
        coming = second.submit(_replay_elsewhere, url, later, trial)
        return merged(_replay(session, earlier, trial), coming.result())


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


def _middle(session: Session, stretch: Stretch) -> datetime | None:
    """The moment that halves the orders; None when they are too few, or all of one moment."""
    within = (ShopOrder.tenant_id == tenant_of(session), ShopOrder.occurred_at >= stretch.start, ShopOrder.occurred_at < stretch.end)
    count = session.scalar(select(func.count()).select_from(ShopOrder).where(*within)) or 0
    if count < ORDERS_MIN:
        return None
    middle = session.scalar(select(ShopOrder.occurred_at).where(*within).order_by(ShopOrder.occurred_at).offset(count // 2).limit(1))
    return middle if middle is not None and middle > stretch.start else None


def _replay(session: Session, stretch: Stretch, trial: Trial) -> Replayed:
    orders = past_orders(session, employee_id=stretch.employee_id, start=stretch.start, end=stretch.end, in_sequence=False)
    return replay(orders, trial)


def _replay_elsewhere(url: str, stretch: Stretch, trial: Trial) -> Replayed:
    """What the second process does: the same, on the same role's connection, under the same tenant."""
    database = connect(app_url=url, intake_url=url, operator_url=url)
    try:
        with database.tenant_session(stretch.tenant_id) as session:
            return _replay(session, stretch, trial)
    finally:
        database.dispose()
