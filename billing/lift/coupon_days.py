"""Gathers what became of the coupons: shown when, taken at the till for which order, and on which reported orders they stand."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Interval, Select, and_, case, cast, func, literal, null, or_, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from billing.coupons.codes import normal_code
from billing.coupons.tables import Coupon
from billing.lift.quiet import GUARD_DAYS, HISTORY_DAYS, ChannelDay
from billing.orders.tables import OrderCode, OrderSnapshot, ShopOrder
from tenants.database import tenant_of

USED_WITHIN: Final = timedelta(days=3)
"""Most coupons are used while the shopper is still there; later uses are left out of past and present alike."""
REPORTED_WITHIN: Final = timedelta(days=3)
"""How long a channel may take to report an order: some send a file each night, and not on Sundays."""
JUDGED_DAYS: Final = 180
LOOK_BACK: Final = timedelta(days=JUDGED_DAYS + GUARD_DAYS + HISTORY_DAYS)


@dataclass(frozen=True, slots=True)
class CouponStory:
    """One coupon of ours: handed out, perhaps held or used up at the till for an order of the shop's."""

    coupon_id: UUID
    employee_id: UUID
    code: str
    issued_at: datetime
    reserved_until: datetime | None
    redeemed_at: datetime | None
    order_ref: str | None
    discount_minor: int | None


@dataclass(frozen=True, slots=True)
class OrderMark:
    """A reported order on which a code of ours stands."""

    order_id: UUID
    channel: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class CouponCounts:
    """Days of a zone: coupons shown on each; of these, by channel, those it reported in time; codes held, and those reported of them.

    `singled_out` are the coupons that are not counted yet, because somebody has to look at each: used and on no order, or on an order
    in another spelling than ours.
    """

    shown: Counter[date]
    seen: defaultdict[str, Counter[date]]
    held: Counter[date]
    held_seen: Counter[date]
    singled_out: frozenset[UUID]


def counted_coupons(session: Session, zone: ZoneInfo, *, now: datetime) -> CouponCounts:
    """Count every coupon of the time looked back on inside the database, all but those that are singled out."""
    counts = CouponCounts(shown_days(session, zone, now=now), defaultdict(Counter), Counter(), Counter(), frozenset())
    singled_out: set[UUID] = set()
    for issued_on, held_on, channel, is_in_time, coupon_id, count in session.execute(_by_day(session, zone, now)):
        if coupon_id is not None:
            singled_out.add(coupon_id)
            continue
        if channel is not None and is_in_time:
            counts.seen[channel][issued_on] += count
        if held_on is not None:
            counts.held[held_on] += count
            counts.held_seen[held_on] += count if channel is not None else 0
    return replace(counts, singled_out=frozenset(singled_out))


def with_single_ones(counts: CouponCounts, told: Iterable[CouponStory], marks: Mapping[str, OrderMark], zone: ZoneInfo) -> CouponCounts:
    """The same counts, with the coupons that were singled out counted too."""
    for story in told:
        mark = marks.get(story.code)
        if mark is not None and mark.occurred_at < story.issued_at + USED_WITHIN:
            counts.seen[mark.channel][story.issued_at.astimezone(zone).date()] += 1
        if story.reserved_until is not None:
            day = story.reserved_until.astimezone(zone).date()
            counts.held[day] += 1
            counts.held_seen[day] += mark is not None
    return counts


def _by_day(session: Session, zone: ZoneInfo, now: datetime) -> Any:
    """How many coupons have the same days, channel and haste; a row of its own for each that is singled out."""
    naming = _naming(session, now).subquery("naming").c
    is_odd = func.bool_or(naming.typed.is_not(None)).over(partition_by=naming.code).label("is_odd")
    earliest = select(naming.code, naming.channel, naming.occurred_at, is_odd).ext(distinct_on(naming.code))
    # Worked out once: while PostgreSQL has not counted a young shop's rows, it would work it out for every coupon (6 s for 800 of them).
    firsts = earliest.order_by(naming.code, naming.occurred_at, naming.order_id).cte("firsts").prefix_with("MATERIALIZED")
    first = firsts.c
    is_missing = and_(Coupon.redeemed_at >= now - LOOK_BACK, Coupon.redeemed_at <= now - REPORTED_WITHIN, first.code.is_(None))
    is_single = or_(is_missing, first.is_odd)
    key = (
        _day(zone, Coupon.issued_at), _day(zone, Coupon.reserved_until), first.channel,
        first.occurred_at < Coupon.issued_at + literal(USED_WITHIN, Interval), case((is_single, Coupon.coupon_id), else_=null()),
    )  # fmt: skip
    has_story = or_(Coupon.reserved_until.is_not(None), Coupon.redeemed_at.is_not(None), first.code.is_not(None))
    joined = select(*key, func.count()).outerjoin(firsts, first.code == Coupon.code)
    return joined.where(*_looked_back_on(session, now), has_story).group_by(*key)


def stories(session: Session, coupon_ids: Collection[UUID]) -> tuple[CouponStory, ...]:
    """These coupons, oldest first."""
    query = select(
        Coupon.coupon_id, Coupon.employee_id, Coupon.code, Coupon.issued_at, Coupon.reserved_until, Coupon.redeemed_at,
        func.coalesce(Coupon.redeemed_for, Coupon.reserved_for), Coupon.discount_minor,
    ).where(Coupon.tenant_id == tenant_of(session), Coupon.coupon_id == func.any(list(coupon_ids)))  # fmt: skip
    ordered = query.order_by(Coupon.issued_at, Coupon.coupon_id)
    return tuple(CouponStory(*row) for row in session.execute(ordered)) if coupon_ids else ()


def shown_days(session: Session, zone: ZoneInfo, *, now: datetime) -> Counter[date]:
    """How many coupons were handed out on each day of the zone, of those handed out or taken in the time looked back on."""
    day = _day(zone, Coupon.issued_at)
    query = select(day, func.count()).where(*_looked_back_on(session, now)).group_by(day)
    return Counter({row[0]: row[1] for row in session.execute(query)})


def marks_by_code(session: Session, *, now: datetime, coupon_ids: Collection[UUID] | None = None) -> dict[str, OrderMark]:
    """For each code of ours (or of these coupons), the first order it stands on, as the channels' order books report them by now."""
    query = _naming(session, now)
    if coupon_ids is not None:
        query = query.where(Coupon.coupon_id == func.any(list(coupon_ids)))
    found: dict[str, OrderMark] = {}
    for code, order_id, channel, occurred_at, typed in session.execute(query.order_by(ShopOrder.occurred_at, ShopOrder.order_id)):
        if code not in found and (typed is None or code in map(normal_code, typed)):
            found[code] = OrderMark(order_id, channel, occurred_at)
    return found


def _naming(session: Session, now: datetime) -> Select[str, UUID, str, datetime, Any]:
    """Orders that have named a code of ours. The index of codes says which did; the latest telling decides whether an order still does.

    `typed` is NULL where the code stands there as we print it, which is nearly always; else it holds the order's codes, to be compared.
    """
    snapshot = OrderSnapshot
    latest = (
        select(snapshot.neutral["codes"].label("codes"))
        .where(snapshot.tenant_id == ShopOrder.tenant_id, snapshot.order_id == ShopOrder.order_id)
        .order_by(snapshot.source_updated_at.desc(), snapshot.neutral_sha256.desc())
        .limit(1)
        .lateral()
    )
    typed = case((~latest.c.codes.has_key(Coupon.code), latest.c.codes)).label("typed")
    return (
        select(Coupon.code, ShopOrder.order_id, ShopOrder.channel, ShopOrder.occurred_at, typed)
        .join(OrderCode, (OrderCode.tenant_id == Coupon.tenant_id) & (OrderCode.code == Coupon.code))
        .join(ShopOrder, (ShopOrder.tenant_id == OrderCode.tenant_id) & (ShopOrder.order_id == OrderCode.order_id))
        .join(latest, true())
        .where(*_looked_back_on(session, now), ShopOrder.occurred_at >= now - LOOK_BACK)
    )


def _day(zone: ZoneInfo, moment: Any) -> ColumnElement[date]:
    return cast(func.timezone(zone.key, moment), Date)


def _looked_back_on(session: Session, now: datetime) -> tuple[ColumnElement[bool], ...]:
    since = now - LOOK_BACK
    return Coupon.tenant_id == tenant_of(session), or_(Coupon.issued_at >= since, Coupon.redeemed_at >= since)


def orders_by_reference(session: Session, references: Iterable[str]) -> dict[str, OrderMark]:
    """Reported orders whose id or number the till named when it took a code."""
    wanted = sorted(set(references))
    query = select(ShopOrder).where(
        ShopOrder.tenant_id == tenant_of(session), or_(ShopOrder.external_id.in_(wanted), ShopOrder.number.in_(wanted))
    )
    marks: dict[str, OrderMark] = {}
    for order in session.scalars(query.order_by(ShopOrder.order_id)) if wanted else ():
        mark = OrderMark(order.order_id, order.channel, order.occurred_at)
        marks |= {reference: mark for reference in (order.number, order.external_id) if reference}
    return marks


def last_order_of(session: Session) -> dict[str, datetime]:
    """When each channel last reported a new order of any kind."""
    query = select(ShopOrder.channel, func.max(ShopOrder.recorded_at)).where(ShopOrder.tenant_id == tenant_of(session))
    return {row[0]: row[1] for row in session.execute(query.group_by(ShopOrder.channel))}


def channel_days(counts: CouponCounts, zone: ZoneInfo, *, now: datetime) -> dict[str, tuple[ChannelDay, ...]]:
    """For each channel, coupons shown each day and how many of them it reported in time. Days too young to judge are left out."""
    last = (now - USED_WITHIN - REPORTED_WITHIN).astimezone(zone).date() - timedelta(days=1)
    return {channel: tuple(_days(counts.shown, own, last)) for channel, own in sorted(counts.seen.items())}


def held_days(counts: CouponCounts, zone: ZoneInfo, *, now: datetime) -> tuple[ChannelDay, ...]:
    """Codes that a checkout held each day and neither let go nor used up, and how many of them any channel reported.

    Some shops only ever hold a code and then report the order; for the others these are abandoned checkouts. Either way their part is
    usual, and it shows when it falls.
    """
    last = (now - REPORTED_WITHIN).astimezone(zone).date() - timedelta(days=1)
    return tuple(_days(counts.held, counts.held_seen, last))


def _days(shown: Counter[date], seen: Counter[date], last: date) -> Iterator[ChannelDay]:
    day = min(shown, default=last)
    while day <= last:
        yield ChannelDay(day, shown[day], seen[day])
        day += timedelta(days=1)
