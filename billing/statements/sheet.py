"""One payslip without its lines: what the month comes to, summed by the database, and the ids of the lines that one page shows."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from billing.ledger.stages import STAGES
from billing.statements.moved import MonthWish, moved_in, movements_of, sum_where
from billing.statements.payslip import PayslipTotal


@dataclass(frozen=True)
class KindSum:
    """What one kind of line comes to in one currency; `sales_minor` and `back_minor` are its lines about orders, by their sign."""

    kind: str
    currency: str
    amount_minor: int
    line_count: int
    sales_minor: int
    back_minor: int


@dataclass(frozen=True)
class MonthSheet:
    """Everything about a month but its lines. `order_line_count` counts the lines about orders, the payees of each together."""

    totals: tuple[PayslipTotal, ...]
    kinds: tuple[KindSum, ...]
    order_line_count: int
    version_ids: frozenset[UUID]


def month_sheet(session: Session, wish: MonthWish, *, now: datetime) -> MonthSheet:
    """Sum the movements of a wish, by currency and by kind."""
    moved = moved_in(session, wish, now)
    key = (moved.c.currency, moved.c.kind, moved.c.stage, moved.c.contract_version_id)
    amount, is_of_order = moved.c.amount_minor, moved.c.order_id.is_not(None)
    rows = session.execute(
        select(
            *key, func.count().label("line_count"), func.sum(amount).label("amount"), func.count(moved.c.order_id).label("order_lines"),
            sum_where(amount, amount > 0).label("earned"), sum_where(amount, amount < 0).label("back"),
            sum_where(amount, and_(is_of_order, amount > 0)).label("sales"),
            sum_where(amount, and_(is_of_order, amount < 0)).label("sales_back"),
        ).group_by(*key).order_by(*key)
    ).all()  # fmt: skip
    orders = _orders_of(session, wish) if rows else {}
    by_currency, by_kind = defaultdict(list), defaultdict(list)
    for row in rows:
        by_currency[row.currency].append(row)
        by_kind[row.currency, row.kind].append(row)
    return MonthSheet(
        totals=tuple(_total(currency, own, orders.get(currency, 0)) for currency, own in by_currency.items()),
        kinds=tuple(_kind_sum(kind, currency, own) for (currency, kind), own in by_kind.items()),
        order_line_count=sum(row.order_lines for row in rows),
        version_ids=frozenset(row.contract_version_id for row in rows),
    )


def order_lines_between(session: Session, wish: MonthWish, *, first: int, limit: int, count: int) -> list[UUID]:
    """The transactions of `limit` lines about orders from the `first` (0 is the oldest) of `count`, in sequence.

    A movement's payees are paid in one currency, its contract's, so each transaction is one line. Lines of the second half are counted
    from the end, so that the last page costs no more than the first.
    """
    table = movements_of(session, wish).c
    sequence = [table.effective_at, table.recorded_at, table.revision, table.transaction_id]
    last = min(first + limit, count)
    is_near_end = first > count - last
    found = select(table.transaction_id).where(table.order_id.is_not(None))
    found = found.order_by(*([one.desc() for one in sequence] if is_near_end else sequence))
    ids = session.scalars(found.offset(count - last if is_near_end else first).limit(last - first)).all()
    return list(ids[::-1] if is_near_end else ids)


def moved_within(session: Session, wish: MonthWish, transaction_ids: Collection[UUID]) -> frozenset[UUID]:
    """Which of these transactions take effect within the wish."""
    found = movements_of(session, wish).c.transaction_id
    return frozenset(session.scalars(select(found).where(found.in_(transaction_ids))))


def _orders_of(session: Session, wish: MonthWish) -> dict[str, int]:
    moved = movements_of(session, wish).c
    found = select(moved.currency, moved.order_id).where(moved.order_id.is_not(None)).distinct().subquery().c  # hashed, where a count sorts
    query = select(found.currency, func.count()).group_by(found.currency)
    return {currency: count for currency, count in session.execute(query) if count}


def _total(currency: str, rows: Sequence[Any], order_count: int) -> PayslipTotal:
    by_stage: dict[str, int] = {stage: sum(int(row.amount) for row in rows if row.stage == stage) for stage in STAGES}
    earned, back = sum(int(row.earned) for row in rows), sum(int(row.back) for row in rows)
    return PayslipTotal(currency, earned, -back, earned + back, by_stage, order_count)


def _kind_sum(kind: str, currency: str, rows: Sequence[Any]) -> KindSum:
    return KindSum(
        kind, currency, amount_minor=sum(int(row.amount) for row in rows), line_count=sum(row.line_count for row in rows),
        sales_minor=sum(int(row.sales) for row in rows), back_minor=sum(int(row.sales_back) for row in rows),
    )  # fmt: skip
