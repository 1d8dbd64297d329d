"""Reads what a work brings: how often it was watched and followed, what became of its coupons, what was bought, and what that earned.

A work is a film. Everything is counted by the work's id as touches, coupons and credits carry it; nothing is paid by these figures.
"""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, and_, cast, exists, func, or_, select
from sqlalchemy.dialects.postgresql import INTERVAL
from sqlalchemy.orm import Session

from billing.attribution.tables import AttributionCredit, TouchRow
from billing.coupons.tables import Coupon
from billing.ledger.tables import LedgerTransaction
from billing.orders.tables import OrderCode, ShopOrder
from billing.revenue_share.tables import EarningEvent
from billing.revenue_share.versions import terms_of_versions
from tenants.database import tenant_of

VIEWS: Final = ("video_view",)
CLICKS: Final = ("video_click", "link_click")
QUARTER, EPOCH = "15 minutes", datetime(2000, 1, 1, tzinfo=UTC)
"""Midnight lies between two quarters of an hour in every time zone: days are made of quarters, and no touch is asked for its own."""


@dataclass(frozen=True)
class WorkBrought:
    """What a work brought by now. `sales` and `earned` are minor units by currency.

    Sales are what was paid for orders the work had a part in, others' parts included. Earned is what that part is worth by now, in the
    contract's currency, with income from elsewhere; what went back is taken off it.
    """

    views: int = 0
    clicks: int = 0
    coupons: int = 0
    redeemed: int = 0
    orders: int = 0
    sales: tuple[tuple[str, int], ...] = ()
    earned: tuple[tuple[str, int], ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether nothing came of it yet."""
        return self == WorkBrought()


@dataclass(frozen=True)
class WorkDay:
    """How often a work was watched and followed on one day of the shop's calendar."""

    day: date
    views: int
    clicks: int


def works_brought(session: Session, work_ids: Collection[UUID]) -> dict[UUID, WorkBrought]:
    """What each of these works brought; one that brought nothing says so."""
    ids = list(work_ids)
    return _brought(session, ids, _touches(session, ids))


def work_brought(session: Session, work_id: UUID, *, time_zone: str) -> tuple[WorkBrought, list[WorkDay]]:
    """What one work brought, and its days; its touches, which may be a great many, are gone through once for both."""
    days = work_days(session, work_id, time_zone=time_zone)
    touches = Counter({(work_id, VIEWS[0]): sum(day.views for day in days), (work_id, CLICKS[0]): sum(day.clicks for day in days)})
    return _brought(session, [work_id], touches)[work_id], days


def _brought(session: Session, ids: list[UUID], touches: Counter[tuple[UUID, str]]) -> dict[UUID, WorkBrought]:
    coupons, orders, earned = _coupons(session, ids), _orders(session, ids), _earned(session, ids)
    found: dict[UUID, WorkBrought] = {}
    for work_id in ids:
        views, clicks = (sum(touches[work_id, kind] for kind in kinds) for kinds in (VIEWS, CLICKS))
        drawn, redeemed = coupons.get(work_id, (0, 0))
        order_count = sum(count for count, _minor in orders[work_id].values())
        sales = tuple(sorted((currency, minor) for currency, (_count, minor) in orders[work_id].items()))
        found[work_id] = WorkBrought(views, clicks, drawn, redeemed, order_count, sales, tuple(sorted(earned[work_id].items())))
    return found


def work_days(session: Session, work_id: UUID, *, time_zone: str) -> list[WorkDay]:
    """The days on which a work was watched or followed, the first one first; days without either are left out."""
    quarter = func.date_bin(cast(QUARTER, INTERVAL), TouchRow.occurred_at, EPOCH).label("quarter")
    counts = [func.count().filter(TouchRow.kind.in_(kinds)).label(name) for kinds, name in ((VIEWS, "views"), (CLICKS, "clicks"))]
    each = (
        select(quarter, *counts)
        .where(TouchRow.tenant_id == tenant_of(session), TouchRow.work_id == work_id, TouchRow.kind.in_(VIEWS + CLICKS))
        .group_by(quarter)
        .subquery()
    )
    day = func.date(func.timezone(time_zone, each.c.quarter))
    views, clicks = (cast(func.sum(column), BigInteger) for column in (each.c.views, each.c.clicks))
    return [WorkDay(*row) for row in session.execute(select(day, views, clicks).group_by(day).order_by(day))]


def _touches(session: Session, ids: list[UUID]) -> Counter[tuple[UUID, str]]:
    query = (
        select(TouchRow.work_id, TouchRow.kind, func.count())
        .where(TouchRow.tenant_id == tenant_of(session), TouchRow.work_id == func.any(ids), TouchRow.kind.in_(VIEWS + CLICKS))
        .group_by(TouchRow.work_id, TouchRow.kind)
    )
    return Counter({(work_id, kind): count for work_id, kind, count in session.execute(query) if work_id})


def _coupons(session: Session, ids: list[UUID]) -> dict[UUID, tuple[int, int]]:
    """By work: codes drawn for it, and those used at the till or named on a reported order."""
    is_named = exists().where(OrderCode.tenant_id == Coupon.tenant_id, OrderCode.code == Coupon.code)
    query = (
        select(Coupon.work_id, func.count(), func.count().filter(or_(Coupon.redeemed_at.is_not(None), is_named)))
        .where(Coupon.tenant_id == tenant_of(session), Coupon.work_id == func.any(ids))
        .group_by(Coupon.work_id)
    )
    return {work_id: (drawn, redeemed) for work_id, drawn, redeemed in session.execute(query) if work_id}


def _credited(ids: list[UUID], tenant_id: UUID) -> Any:
    """What joins each order of these works, as it is decided now, with its credits."""
    return and_(
        AttributionCredit.tenant_id == ShopOrder.tenant_id, AttributionCredit.order_id == ShopOrder.order_id,
        AttributionCredit.revision == ShopOrder.revision, AttributionCredit.tenant_id == tenant_id,
        AttributionCredit.work_id == func.any(ids),
    )  # fmt: skip


def _orders(session: Session, ids: list[UUID]) -> defaultdict[UUID, dict[str, tuple[int, int]]]:
    """By work and by the orders' currency: how many, each once, and what they came to."""
    each = (
        select(AttributionCredit.work_id, ShopOrder.order_id, ShopOrder.currency, ShopOrder.captured_minor)
        .join(ShopOrder, _credited(ids, tenant_of(session)))
        .distinct()
        .subquery()
    )
    query = select(each.c.work_id, each.c.currency, func.count(), cast(func.sum(each.c.captured_minor), BigInteger))
    found: defaultdict[UUID, dict[str, tuple[int, int]]] = defaultdict(dict)
    for work_id, currency, count, minor in session.execute(query.group_by(each.c.work_id, each.c.currency)):
        found[work_id][currency] = count, minor
    return found


def _earned(session: Session, ids: list[UUID]) -> defaultdict[UUID, Counter[str]]:
    """By work and by the contract's currency: its part of orders, and of what it brought in elsewhere."""
    credit, minor = AttributionCredit, cast(func.sum(AttributionCredit.target_minor), BigInteger)
    of_orders = (
        select(credit.work_id, credit.contract_version_id, minor)
        .join(ShopOrder, _credited(ids, tenant_of(session)))
        .group_by(credit.work_id, credit.contract_version_id)
    )
    rows = [(work_id, version_id, earned) for work_id, version_id, earned in session.execute(of_orders) if work_id]
    rows += _income(session, ids)
    terms = terms_of_versions(session, {version_id for _work_id, version_id, _minor in rows})
    found: defaultdict[UUID, Counter[str]] = defaultdict(Counter)
    for work_id, version_id, earned_minor in rows:
        found[work_id][terms[version_id].currency] += earned_minor
    return found


def _income(session: Session, ids: list[UUID]) -> list[tuple[UUID, UUID, int]]:
    """By work and contract version: what the book holds of its income elsewhere. The book is looked at only where there was any."""
    mine = EarningEvent.tenant_id == tenant_of(session), EarningEvent.work_id == func.any(ids)
    told = select(EarningEvent.earning_event_id, EarningEvent.work_id, EarningEvent.employee_id).where(*mine).distinct()
    events = {event_id: (work_id, employee_id) for event_id, work_id, employee_id in session.execute(told) if work_id}
    if not events:
        return []
    booked = LedgerTransaction.working
    change = booked["target_minor"].astext.cast(BigInteger) - booked["before_minor"].astext.cast(BigInteger)
    query = (
        select(LedgerTransaction.cause_id, LedgerTransaction.contract_version_id, cast(func.sum(change), BigInteger))
        .where(
            LedgerTransaction.tenant_id == tenant_of(session), LedgerTransaction.kind == "royalty_income",
            LedgerTransaction.employee_id == func.any(list({employee_id for _work_id, employee_id in events.values()})),
            LedgerTransaction.cause_id == func.any(list(events)),
        )
        .group_by(LedgerTransaction.cause_id, LedgerTransaction.contract_version_id)
    )  # fmt: skip
    return [(events[cause_id][0], version_id, minor) for cause_id, version_id, minor in session.execute(query) if cause_id]
