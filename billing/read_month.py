"""A month's earnings as figures, summed where the book is kept, so that a large shop reads its month almost as fast as a small one.

What the figures are sums of can be listed line by line (`newest_movements`), and the two never disagree: they read the same rows.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Date, and_, cast, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Session

from billing.ledger.closed import closed_periods
from billing.ledger.entries import entries
from billing.ledger.stages import STAGES
from billing.ledger.tables import Posting
from billing.orders.tables import ShopOrder
from billing.read_orders import EarningLine
from billing.revenue_share.periods import period_of
from billing.revenue_share.versions import terms_of_versions
from billing.statements.moved import MonthWish, moved_in, movements_of, sum_where
from billing.statements.payslip import line_of
from tenants.database import tenant_of

__all__ = ["DaySums", "MonthSums", "MonthWish", "day_sums", "month_sums", "newest_movements"]

LATER_FIRST: Final = ("effective_at", "recorded_at", "revision", "transaction_id")


@dataclass(frozen=True)
class MonthSums:
    """Minor units of one currency: what was earned, what was taken back, and how far that has come. `line_count` counts movements."""

    currency: str
    earned_minor: int
    taken_back_minor: int
    balance_minor: int
    line_count: int
    by_stage: dict[str, int]


@dataclass(frozen=True)
class DaySums:
    """One day of one employee and currency, in minor units: the worth of the orders placed on it, and what took effect on it.

    `sales_minor`, what counts of it (`base_minor`) and `order_count` belong to the employee who was the last to move the order; so the days
    of all employees together count each order once. `own_sales_minor` and `own_order_count` count every order they have a part in.
    """

    day: date
    employee_id: UUID
    currency: str
    sales_minor: int = 0
    base_minor: int = 0
    order_count: int = 0
    own_sales_minor: int = 0
    own_order_count: int = 0
    earned_minor: int = 0
    taken_back_minor: int = 0
    line_count: int = 0


def month_sums(session: Session, wish: MonthWish, *, now: datetime) -> list[MonthSums]:
    """The sums by currency, the currency with the most movements first."""
    moved = moved_in(session, wish, now)
    amount, count = moved.c.amount_minor, func.count()
    query = select(
        moved.c.currency, count.label("line_count"),
        sum_where(amount, amount > 0).label("earned"), sum_where(amount, amount < 0).label("back"),
        *(sum_where(amount, moved.c.stage == stage).label(stage) for stage in STAGES),
    ).group_by(moved.c.currency)  # fmt: skip
    return [_sums_of(row) for row in session.execute(query.order_by(count.desc(), moved.c.currency))]


def day_sums(session: Session, wish: MonthWish, *, zone_name: str) -> list[DaySums]:
    """Every day of the zone with an order or a movement, in sequence, by employee and currency: orders on their day, shares on theirs."""
    moved = movements_of(session, wish).c
    amount = moved.amount_minor
    day_of_it: Any = _day(moved.effective_at, zone_name)
    of_one = (day_of_it, moved.employee_id, moved.currency)
    shares: Any = select(*of_one, func.count(), sum_where(amount, amount > 0), sum_where(amount, amount < 0)).group_by(*of_one)
    found = {(day, who, currency): (count, int(earned), int(back)) for day, who, currency, count, earned, back in session.execute(shares)}
    sold = {tuple(row[:3]): tuple(int(one) for one in row[3:]) for row in _sold(session, wish, zone_name)}
    days = []
    for key in sorted({*found, *sold}):
        day, employee_id, currency = key
        line_count, earned, back = found.get((day, employee_id, currency), (0, 0, 0))
        sales, base, orders, own_sales, own_orders = sold.get(key, (0, 0, 0, 0, 0))
        days.append(DaySums(day, employee_id, currency, sales, base, orders, own_sales, own_orders, earned, -back, line_count))
    return days


def newest_movements(session: Session, wish: MonthWish, *, limit: int, now: datetime) -> list[EarningLine]:
    """The newest movements of a wish, newest first; one line per payee of each."""
    moved = moved_in(session, wish, now)
    order = [moved.c[name].desc().nulls_last() for name in LATER_FIRST]
    chosen = session.execute(select(moved.c.transaction_id, moved.c.currency).order_by(*order).limit(limit)).all()
    place = {(row.transaction_id, row.currency): number for number, row in enumerate(chosen)}
    ids = {transaction_id for transaction_id, _ in place}
    found = [
        one for one in entries(session, Posting.transaction_id.in_(ids)) if (one.posting.transaction_id, one.posting.currency) in place
    ]
    terms = terms_of_versions(session, {one.transaction.contract_version_id for one in found})
    closed = closed_periods(session, wish.employee_ids)
    lines = []
    for one in sorted(found, key=lambda one: (place[one.posting.transaction_id, one.posting.currency], one.posting.number)):
        own = terms[one.transaction.contract_version_id]
        month = period_of(one.transaction.effective_at, own.period_time_zone).start
        line = line_of(one, own, now=now, is_closed=(one.posting.employee_id, month) in closed)
        lines.append(EarningLine(one.posting.employee_id, line))
    return lines


def _sold(session: Session, wish: MonthWish, zone_name: str) -> Any:
    """By the day an order was placed, employee and currency: what orders were worth, those it moved last and all it has a part in."""
    ranked = _orders_in(session, wish)
    day, total = _day(ranked.c.occurred_at, zone_name), ShopOrder.captured_minor
    query = (
        select(
            day, ranked.c.employee_id, ranked.c.currency, sum_where(total, ranked.c.is_last),
            sum_where(ranked.c.base_minor, ranked.c.is_last), func.count().filter(ranked.c.is_last),
            func.coalesce(func.sum(total), 0), func.count(),
        )
        .outerjoin(ShopOrder, and_(ShopOrder.tenant_id == tenant_of(session), ShopOrder.order_id == ranked.c.order_id))
        .group_by(day, ranked.c.employee_id, ranked.c.currency)
    )  # fmt: skip
    return session.execute(query)


def _orders_in(session: Session, wish: MonthWish) -> Any:
    """One row per order, currency and employee: its worth after the last movement, and whether the employee was the last to move it.

    Nearly every order was moved once. Such a movement is its order's row as it stands; only what moved again is grouped and ranked.
    """
    found = movements_of(session, wish)
    moved = select(found).where(found.c.order_id.is_not(None)).cte("moved").c
    again = select(moved.order_id).where(moved.is_first.is_not(True))
    once = select(
        moved.order_id, moved.currency, moved.employee_id, moved.base_minor, moved.occurred_at, literal(True).label("is_last")
    ).where(moved.is_first, moved.order_id.not_in(again))  # fmt: skip
    key = (moved.order_id, moved.currency, moved.employee_id)
    parts = (
        select(*key, _latest(moved.revision).label("revision"), _latest(moved.revision, moved.base_minor).label("base_minor"),
               func.min(moved.occurred_at).label("occurred_at"))
        .where(moved.order_id.in_(again)).group_by(*key).subquery()
    ).c  # fmt: skip
    place = func.row_number().over(partition_by=(parts.order_id, parts.currency), order_by=(parts.revision.desc(), parts.employee_id))
    ranked = select(parts.order_id, parts.currency, parts.employee_id, parts.base_minor, parts.occurred_at, place == 1)
    return union_all(once, ranked).subquery("sold")


def _latest(revision: Any, value: Any = None) -> Any:
    """Of a group, the highest revision, or the value that stands beside it."""
    if value is None:
        return func.max(revision)
    pairs = func.max(array([cast(revision, BigInteger), value]), type_=ARRAY(BigInteger))
    return pairs[2]


def _day(moment: Any, zone_name: str) -> ColumnElement[date]:
    return cast(func.timezone(zone_name, moment), Date)


def _sums_of(row: Any) -> MonthSums:
    earned, back = int(row.earned), int(row.back)
    return MonthSums(
        currency=row.currency, earned_minor=earned, taken_back_minor=-back, balance_minor=earned + back, line_count=row.line_count,
        by_stage={stage: int(getattr(row, stage)) for stage in STAGES},
    )  # fmt: skip
