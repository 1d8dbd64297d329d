"""Gathers what became of the coupons: shown when, taken at the till for which order, and on which reported orders they stand."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, case, cast, func, or_, select, true
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


def stories(session: Session, *, now: datetime) -> tuple[CouponStory, ...]:
    """Every coupon handed out or taken in the time looked back on that was held or used at the till or named by an order, oldest first.

    Those that were only shown are counted by `shown_days`, not read one by one.
    """
    named = select(OrderCode.order_id).where(OrderCode.tenant_id == Coupon.tenant_id, OrderCode.code == Coupon.code)
    has_story = or_(Coupon.redeemed_at.is_not(None), Coupon.reserved_until.is_not(None), named.exists())
    query = select(
        Coupon.coupon_id, Coupon.employee_id, Coupon.code, Coupon.issued_at, Coupon.reserved_until, Coupon.redeemed_at,
        func.coalesce(Coupon.redeemed_for, Coupon.reserved_for), Coupon.discount_minor,
    ).where(*_looked_back_on(session, now), has_story)  # fmt: skip
    return tuple(CouponStory(*row) for row in session.execute(query.order_by(Coupon.issued_at, Coupon.coupon_id)))


def shown_days(session: Session, zone: ZoneInfo, *, now: datetime) -> Counter[date]:
    """How many coupons were handed out on each day of the zone, of those handed out or taken in the time looked back on."""
    day = cast(func.timezone(zone.key, Coupon.issued_at), Date)
    query = select(day, func.count()).where(*_looked_back_on(session, now)).group_by(day)
    return Counter({row[0]: row[1] for row in session.execute(query)})


def marks_by_code(session: Session, *, now: datetime) -> dict[str, OrderMark]:
    """For each code of ours, the first order it stands on, as the channels' order books report them by now.

    The index of codes says which orders ever named one; an order's latest telling decides whether it still does.
    """
    snapshot = OrderSnapshot
    latest = (
        select(snapshot.neutral["codes"].label("codes"))
        .where(snapshot.tenant_id == ShopOrder.tenant_id, snapshot.order_id == ShopOrder.order_id)
        .order_by(snapshot.source_updated_at.desc(), snapshot.neutral_sha256.desc())
        .limit(1)
        .lateral()
    )
    is_as_printed = latest.c.codes.has_key(Coupon.code)  # nearly always; only other spellings are sent along and compared here
    query = (
        select(Coupon.code, ShopOrder.order_id, ShopOrder.channel, ShopOrder.occurred_at, case((~is_as_printed, latest.c.codes)))
        .join(OrderCode, (OrderCode.tenant_id == Coupon.tenant_id) & (OrderCode.code == Coupon.code))
        .join(ShopOrder, (ShopOrder.tenant_id == OrderCode.tenant_id) & (ShopOrder.order_id == OrderCode.order_id))
        .join(latest, true())
        .where(*_looked_back_on(session, now), ShopOrder.occurred_at >= now - LOOK_BACK)
    )
    found: dict[str, OrderMark] = {}
    for code, order_id, channel, occurred_at, typed in session.execute(query.order_by(ShopOrder.occurred_at, ShopOrder.order_id)):
        if code not in found and (typed is None or code in map(normal_code, typed)):
            found[code] = OrderMark(order_id, channel, occurred_at)
    return found


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


def channel_days(
    shown: Counter[date], told: Iterable[CouponStory], marks: Mapping[str, OrderMark], zone: ZoneInfo, *, now: datetime
) -> dict[str, tuple[ChannelDay, ...]]:
    """For each channel, coupons shown each day and how many of them it reported in time. Days too young to judge are left out."""
    seen: defaultdict[str, Counter[date]] = defaultdict(Counter)
    for story in told:
        mark = marks.get(story.code)
        if mark is not None and mark.occurred_at < story.issued_at + USED_WITHIN:
            seen[mark.channel][story.issued_at.astimezone(zone).date()] += 1
    last = (now - USED_WITHIN - REPORTED_WITHIN).astimezone(zone).date() - timedelta(days=1)
    return {channel: tuple(_days(shown, own, last)) for channel, own in sorted(seen.items())}


def held_days(told: Iterable[CouponStory], marks: Mapping[str, OrderMark], zone: ZoneInfo, *, now: datetime) -> tuple[ChannelDay, ...]:
    """Codes that a checkout held each day and neither let go nor used up, and how many of them any channel reported.

    Some shops only ever hold a code and then report the order; for the others these are abandoned checkouts. Either way their part is
    usual, and it shows when it falls.
    """
    held: Counter[date] = Counter()
    seen: Counter[date] = Counter()
    for story in told:
        if story.reserved_until is not None:
            day = story.reserved_until.astimezone(zone).date()
            held[day] += 1
            seen[day] += story.code in marks
    last = (now - REPORTED_WITHIN).astimezone(zone).date() - timedelta(days=1)
    return tuple(_days(held, seen, last))


def _days(shown: Counter[date], seen: Counter[date], last: date) -> Iterator[ChannelDay]:
    day = min(shown, default=last)
    while day <= last:
        yield ChannelDay(day, shown[day], seen[day])
        day += timedelta(days=1)
