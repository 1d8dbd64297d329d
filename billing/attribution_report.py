"""How the same orders would be credited under every model, side by side, and what would be lost without each channel.

A report for judging a contract's model; nothing here becomes money, and nothing is written.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from billing.attribution.comparison import PATH_LENGTH_MAX, Channel, ChannelLoss, Comparison, ModelCredit, Removal
from billing.attribution.decide import STEP_OF_KIND, sift
from billing.attribution.evidence import Evidence
from billing.attribution.tables import AttributionRun
from billing.back_test.past import PastEvidence, read_evidence
from billing.orders.tables import OrderRevision, ShopOrder
from billing.revenue_share.versions import Contracts, load_contracts
from tenants.database import tenant_of

__all__ = ["ORDERS_MAX", "AttributionReport", "Channel", "ChannelLoss", "ModelCredit", "Removal", "attribution_report"]

ORDERS_MAX: Final = 1_000
"""So many of the newest orders are compared, and nobody's journey from before the oldest of them."""
_ROWS_AT_ONCE: Final = 1000
_LEFT: Final = text(
    """SELECT path, count(*) FROM (
        SELECT (array_agg(t.employee_id::text || ' ' || t.kind ORDER BY t.occurred_at DESC, t.touch_id DESC))[1:CAST(:at_most AS integer)]
            AS path
        FROM touch t
        WHERE t.tenant_id = :tenant_id AND t.occurred_at >= :start AND t.occurred_at < :end AND t.visitor_id IS NOT NULL
            AND t.employee_id::text || ' ' || t.kind = ANY(CAST(:counted AS text[]))
            AND NOT EXISTS (
                SELECT FROM shop_order o WHERE o.tenant_id = t.tenant_id AND o.visitor_id = t.visitor_id
                    AND o.occurred_at >= :start AND o.occurred_at < :end
            )
        GROUP BY t.visitor_id
    ) AS journey GROUP BY path"""
)


@dataclass(frozen=True, slots=True)
class AttributionReport:
    """`credits` for every model, channel and currency; each model's orders add up to `order_count`.

    `order_count` is how many orders placed in the time are worth something and were brought by a touch, `left_count` how many visitors
    met an employee in it and placed none. The time compared begins at `start`; `is_cut` says that this is later than was asked for,
    because the newest ORDERS_MAX orders fill it.
    """

    start: datetime
    is_cut: bool
    order_count: int
    left_count: int
    credits: tuple[ModelCredit, ...]
    removal: Removal


def attribution_report(session: Session, *, start: datetime, end: datetime, orders_max: int = ORDERS_MAX) -> AttributionReport:
    """Compare the models over the orders placed in [start, end), from the evidence recorded with each order's latest revision.

    Of more than `orders_max` orders the newest are compared (and those of the oldest one's very moment), and the time begins with them.

    Windows and guards are those of the contracts in force on each order's day, and so is the half-life. Repeat purchases that no touch
    brought are left out: no model divides them. Amounts are exact fractions of minor units in the order's currency.
    """
    contracts = load_contracts(session)
    comparison = Comparison()
    asked_start, start = start, _start_of_newest(session, start, end, orders_max)
    for moment, currency, base, seen in _orders(session, start, end):
        evidence = Evidence(seen.marks, seen.touches, seen.coupons, contracts.at(moment), seen.bot_conversations)
        candidates, _ = sift(evidence)
        if candidates:
            comparison.add(candidates, base, currency)
    left = list(_left(session, start, end, contracts))
    left_count = sum(count for _, count in left)
    is_cut = start > asked_start
    return AttributionReport(start, is_cut, comparison.order_count, left_count, comparison.credits(), comparison.removal(left))


def _start_of_newest(session: Session, start: datetime, end: datetime, orders_max: int) -> datetime:
    """The moment of the oldest of the newest orders where there is one before them, else the start that was asked for."""
    within = (ShopOrder.tenant_id == tenant_of(session), ShopOrder.occurred_at >= start, ShopOrder.occurred_at < end)
    newest = select(ShopOrder.occurred_at).where(*within).order_by(ShopOrder.occurred_at.desc())
    around = session.scalars(newest.offset(orders_max - 1).limit(2)).all()
    return around[0] if len(around) == 2 and around[1] < around[0] else start


def _orders(session: Session, start: datetime, end: datetime) -> Iterator[tuple[datetime, str, Fraction, PastEvidence]]:
    """Orders that are worth something, each with its currency, its exact base and its evidence."""
    query = (
        select(ShopOrder.occurred_at, ShopOrder.currency, AttributionRun.base_exact, OrderRevision.facts)
        .join(
            AttributionRun,
            (AttributionRun.tenant_id == ShopOrder.tenant_id)
            & (AttributionRun.order_id == ShopOrder.order_id)
            & (AttributionRun.revision == ShopOrder.revision),
        )
        .join(
            OrderRevision,
            (OrderRevision.tenant_id == ShopOrder.tenant_id)
            & (OrderRevision.order_id == ShopOrder.order_id)
            & (OrderRevision.revision == ShopOrder.revision),
        )
        .where(ShopOrder.tenant_id == tenant_of(session), ShopOrder.occurred_at >= start, ShopOrder.occurred_at < end)
        .where(AttributionRun.base_exact != "0")
        .execution_options(yield_per=_ROWS_AT_ONCE)
    )
    for moment, currency, base, facts in session.execute(query):
        yield moment, currency, Fraction(base), read_evidence(facts)


def _left(session: Session, start: datetime, end: datetime, contracts: Contracts) -> Iterator[tuple[tuple[Channel, ...], int]]:
    """The journeys of visitors who met an employee and placed no order, oldest touch first, each with how many visitors took it."""
    counted = {
        f"{one.contract.employee_id} {kind}"
        for one in contracts.versions
        for kind, step in STEP_OF_KIND.items()
        if step in one.contract.terms.window_days and _governs_part_of(one.starts_at, one.ends_at, start, end)
    }
    parameters = {"tenant_id": tenant_of(session), "start": start, "end": end, "counted": sorted(counted), "at_most": PATH_LENGTH_MAX}
    for path, count in session.execute(_LEFT, parameters):
        yield tuple(Channel(UUID(employee_id), kind) for employee_id, kind in (step.split(" ", 1) for step in reversed(path))), count


def _governs_part_of(starts_at: datetime | None, ends_at: datetime | None, start: datetime, end: datetime) -> bool:
    return (starts_at is None or starts_at < end) and (ends_at is None or ends_at > start)
