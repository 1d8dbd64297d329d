"""Gathers what an experiment's visitors bought: for each day of first asking, the two arms' visitors, buyers and worth.

An order belongs to a visitor by the visitor id it carries, and by nothing else. A coupon's or link's visitor would join more orders, but
only visitors who met the employee hold coupons and links: the holdout's like orders could never be joined, and the difference would
show a gain that nobody made. What joins orders must be the same in both arms.

A visitor counts once its whole window is over (the longest window the contract gives a touch), with all its orders in that window,
after every refund known by now, by the contract's own base rules. Nobody counts for part of a window.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from billing.attribution.tables import HoldoutAssignment
from billing.contract_terms import ContractTerms
from billing.exchange.rates import Rate, RateWanted, rates_for
from billing.lift.sequence import ArmSums, Cohort
from billing.neutral_order import NeutralOrder, read_order, read_refund
from billing.orders.tables import OrderRevision, ShopOrder
from billing.orders.worth import worth_of
from billing.revenue_share.periods import period_of
from billing.rows import read_json
from tenants.database import tenant_of


@dataclass(frozen=True)
class Experiment:
    """One contract version's experiment: the visitors first asked for in [starts_at, ends_at), None for an open end."""

    employee_id: UUID
    terms: ContractTerms
    starts_at: datetime
    ends_at: datetime | None

    @property
    def window(self) -> timedelta:
        """How long after the first asking a visitor's orders count."""
        return timedelta(days=max(self.terms.window_days.values(), default=0))


@dataclass(frozen=True)
class DayOfVisitors:
    """The visitors first asked for on one day of the contract's zone."""

    day: date
    treated: ArmSums
    holdout: ArmSums


@dataclass(frozen=True)
class Gathered:
    """All days in sequence; the visitors whose window still runs; orders in other currencies that wait for a rate and count later."""

    days: tuple[DayOfVisitors, ...]
    visitors_waiting: int
    orders_waiting: int


@dataclass(frozen=True)
class _Purchase:
    arm: str
    day: date
    visitor_id: UUID
    order: NeutralOrder
    base: Fraction


def gather(session: Session, experiment: Experiment, *, now: datetime) -> Gathered:
    """Both arms' sums by day, from the facts known at `now`. Worth is rounded once per visitor, to whole minor units."""
    counts, waiting = _visitors(session, experiment, now)
    purchases = _purchases(session, experiment, now)
    rates = _rates(session, purchases, experiment.terms.currency)
    converted = [(purchase, _converted(purchase, rates, experiment.terms.currency)) for purchase in purchases]
    sums = _sums(counts, [(purchase, base) for purchase, base in converted if base is not None])
    days = tuple(DayOfVisitors(day, sums[day, "treated"], sums[day, "holdout"]) for day in sorted({day for day, _ in sums}))
    return Gathered(days, waiting, sum(base is None for _, base in converted))


def months_of(days: Iterable[DayOfVisitors], zone_name: str, also: Iterable[datetime] = ()) -> tuple[Cohort, ...]:
    """The days folded into the contract's months, in sequence; months that start at `also` stand there even when empty."""
    months = {start: Cohort(start) for start in also}
    for day in days:
        start = period_of(datetime(day.day.year, day.day.month, 1, tzinfo=ZoneInfo(zone_name)), zone_name).start
        months[start] = Cohort(start, day.treated, day.holdout).joined_to(months.get(start, Cohort(start)))
    return tuple(months[start] for start in sorted(months))


def _in_experiment(session: Session, experiment: Experiment) -> list[ColumnElement[bool]]:
    wanted = [
        HoldoutAssignment.tenant_id == tenant_of(session), HoldoutAssignment.employee_id == experiment.employee_id,
        HoldoutAssignment.assigned_at >= experiment.starts_at,
    ]  # fmt: skip
    return wanted if experiment.ends_at is None else [*wanted, HoldoutAssignment.assigned_at < experiment.ends_at]


def _visitors(session: Session, experiment: Experiment, now: datetime) -> tuple[dict[tuple[date, str], int], int]:
    zone = experiment.terms.period_time_zone
    day = func.date(func.timezone(zone, HoldoutAssignment.assigned_at))
    is_over = HoldoutAssignment.assigned_at <= now - experiment.window
    query = select(day, HoldoutAssignment.arm, is_over, func.count()).where(*_in_experiment(session, experiment))
    rows = session.execute(query.group_by(day, HoldoutAssignment.arm, is_over)).all()
    counts = {(on, arm): count for on, arm, over, count in rows if over}
    return counts, sum(count for _, _, over, count in rows if not over)


def _purchases(session: Session, experiment: Experiment, now: datetime) -> list[_Purchase]:
    by_visitor = (ShopOrder.tenant_id == HoldoutAssignment.tenant_id) & (ShopOrder.visitor_id == HoldoutAssignment.visitor_id)
    in_window = (ShopOrder.occurred_at >= HoldoutAssignment.assigned_at) & (
        ShopOrder.occurred_at < HoldoutAssignment.assigned_at + experiment.window
    )
    current = (
        (OrderRevision.tenant_id == ShopOrder.tenant_id)
        & (OrderRevision.order_id == ShopOrder.order_id)
        & (OrderRevision.revision == ShopOrder.revision)
    )
    query = (
        select(
            HoldoutAssignment.arm,
            HoldoutAssignment.assigned_at,
            HoldoutAssignment.visitor_id,
            OrderRevision.facts,
        )
        .join(ShopOrder, by_visitor & in_window)
        .join(OrderRevision, current)
        .where(*_in_experiment(session, experiment), HoldoutAssignment.assigned_at <= now - experiment.window)
    )
    zone = ZoneInfo(experiment.terms.period_time_zone)
    read = (_purchase(row, zone, experiment.terms) for row in session.execute(query))
    return [purchase for purchase in read if purchase.base]


def _purchase(row: Any, zone: ZoneInfo, terms: ContractTerms) -> _Purchase:
    arm, assigned_at, visitor_id, document = row
    known = read_json(document)
    facts, pinned = known["facts"], known["rates"]
    order = read_order(facts["order"])
    rates = {
        rate["from"]: Rate(date.fromisoformat(rate["day"]), rate["from"], rate["to"], rate["rate_e9"], rate["source"])
        for rate in pinned
        if rate["to"] == order.currency
    }
    refunds, most = [read_refund(refund) for refund in facts["refunds"]], facts.get("captured_minor_max")
    worth = worth_of(order, refunds, terms.base, rates, captured_minor_max=most)
    base = Fraction(0) if facts["counted_elsewhere"] else Fraction(worth.base)
    return _Purchase(arm, assigned_at.astimezone(zone).date(), visitor_id, order, base)


def _wanted(purchase: _Purchase, currency: str) -> RateWanted:
    return RateWanted(purchase.order.occurred_at.astimezone(UTC).date(), purchase.order.currency, currency)


def _rates(session: Session, purchases: Iterable[_Purchase], currency: str) -> dict[RateWanted, Rate]:
    wanted = {_wanted(purchase, currency) for purchase in purchases if purchase.order.currency != currency}
    return rates_for(session, wanted) if wanted else {}


def _converted(purchase: _Purchase, rates: Mapping[RateWanted, Rate], currency: str) -> Fraction | None:
    if purchase.order.currency == currency:
        return purchase.base
    rate = rates.get(_wanted(purchase, currency))
    return None if rate is None else rate.convert(purchase.base)


def _sums(counts: Mapping[tuple[date, str], int], purchases: Iterable[tuple[_Purchase, Fraction]]) -> defaultdict[Any, ArmSums]:
    worth: dict[tuple[date, str, UUID], Fraction] = {}
    for purchase, base in purchases:
        key = purchase.day, purchase.arm, purchase.visitor_id
        worth[key] = worth.get(key, Fraction(0)) + base
    sums: defaultdict[tuple[date, str], ArmSums] = defaultdict(ArmSums)
    for group, count in counts.items():
        sums[group] = ArmSums(visitors=count)
    for (day, arm, _), exact in worth.items():
        minor = round(exact)
        sums[day, arm] += ArmSums(0, 1, minor, minor**2)
    return sums
