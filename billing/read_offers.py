"""Reads offers with what became of their coupons, and the coupons themselves, page by page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from billing.coupons.clauses import conditions_text
from billing.coupons.codes import normal_code
from billing.coupons.counted import named_by_offer, used_by_offer
from billing.coupons.tables import Coupon, Offer, OfferClauses, OfferPurse, OfferVersion
from billing.coupons.versions import clauses_of
from billing.errors import CouponUnknown, OfferUnknown
from billing.orders.tables import OrderCode, RefundFact, ShopOrder
from tenants.database import tenant_of

OfferState = Literal["planned", "running", "paused", "used_up", "over"]
CodeState = Literal["open", "held", "redeemed", "returned", "expired"]
CODE_STATES: Final[tuple[CodeState, ...]] = ("open", "held", "redeemed", "returned", "expired")
ROWS_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Funnel:
    """What became of an offer's coupons; each step counts those of the step before, whether or not the shopper's page told in between.

    Redeemed: used at the till, or named on a reported order. Returned: money went back for that order.
    """

    issued: int
    seen: int
    redeemed: int
    returned: int


@dataclass(frozen=True)
class OfferSummary:
    """An offer as it runs now. Amounts in minor units; `spent_minor` is what redeemed coupons took off as the till told us."""

    offer_id: UUID
    name: str
    terms_text: str
    version: int
    state: OfferState
    employee_ids: tuple[UUID, ...]
    percent_ppm: int | None
    amount_minor: int | None
    item_name: str | None
    discount_minor_max: int | None
    currency: str
    minimum_minor: int
    floor_minor: int | None
    product_words: tuple[str, ...]
    is_for_products: bool
    coupon_valid_days: int
    per_visitor_max: int
    coupons_max: int
    budget_minor: int | None
    promised_minor: int
    spent_minor: int
    draws_codes: bool
    codes_left: int
    codes_low: int
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    funnel: Funnel

    @property
    def last_moment(self) -> datetime:
        """The last moment it runs, on the day people know as its last."""
        return self.ends_at - timedelta(microseconds=1)

    @property
    def is_low(self) -> bool:
        """Whether imported codes run out: no more are left than the shop chose to be told of."""
        return self.draws_codes and self.codes_left <= self.codes_low and self.state in ("planned", "running", "used_up")


@dataclass(frozen=True)
class VersionView:
    """Terms an offer had or has; `replaced_at` is None for those of now."""

    version: int
    name: str
    terms_text: str
    starts_at: datetime
    ends_at: datetime
    replaced_at: datetime | None


@dataclass(frozen=True)
class CodeView:
    """One coupon with its way. `order_id` is the reported order that names it, `order_ref` the till's own name for the order."""

    coupon_id: UUID
    offer_id: UUID
    code: str
    version: int
    state: CodeState
    employee_id: UUID
    conversation_id: UUID | None
    issued_at: datetime
    seen_at: datetime | None
    expires_at: datetime
    redeemed_at: datetime | None
    order_ref: str | None
    order_id: UUID | None
    order_number: str | None
    discount_minor: int | None


@dataclass(frozen=True)
class CodesWanted:
    """Which coupons of an offer are asked for; empty words mean all. `before` continues a list after its last coupon."""

    offer_id: UUID
    search: str = ""
    state: str = ""
    before: UUID | None = None


def offers(session: Session, *, now: datetime) -> list[OfferSummary]:
    """Every offer of the shop with its funnel: those that may hand out coupons first, then by age, the newest first."""
    found = [_summary(row, now) for row in session.execute(_offers_query(session))]
    return sorted(found, key=lambda one: one.state == "over")


def offer(session: Session, *, offer_id: UUID, now: datetime) -> OfferSummary:
    """One offer with its funnel; raises OfferUnknown."""
    row = session.execute(_offers_query(session, offer_id)).one_or_none()
    if row is None:
        raise OfferUnknown("There is no such offer.")
    return _summary(row, now)


def offer_versions(session: Session, *, offer_id: UUID) -> list[VersionView]:
    """The terms of now and those before, the newest first; raises OfferUnknown."""
    row = session.get(Offer, (tenant_of(session), offer_id))
    if row is None:
        raise OfferUnknown("There is no such offer.")
    query = select(OfferVersion).where(OfferVersion.tenant_id == row.tenant_id, OfferVersion.offer_id == offer_id)
    earlier = session.scalars(query.order_by(OfferVersion.version.desc()))
    return [_version(row, row.version, None), *(_version(one, one.version, one.replaced_at) for one in earlier)]


def coupons_of(session: Session, wanted: CodesWanted, *, limit: int, now: datetime) -> list[CodeView]:
    """Coupons of an offer, the newest first, at most `limit`. `search` is a code's beginning, or a whole order reference."""
    if not wanted.search.isprintable():
        return []  # no code and no reference holds such characters, and the database takes not all of them
    query = _coupons_query(session, now).where(Coupon.offer_id == wanted.offer_id)
    if wanted.search.strip():
        start, whole = normal_code(wanted.search[:40]), wanted.search.strip()
        begins = or_(Coupon.code.startswith(start, autoescape=True), func.upper(Coupon.typed).startswith(whole.upper(), autoescape=True))
        query = query.where(or_(begins, func.coalesce(Coupon.redeemed_for, Coupon.reserved_for) == whole, ShopOrder.number == whole))
    if wanted.state:
        query = query.where(_state(now) == wanted.state)
    if wanted.before is not None:
        query = query.where(Coupon.coupon_id < wanted.before)
    if not wanted.search.strip() and not wanted.state:
        query = query.where(Coupon.coupon_id.in_(_newest(session, wanted, limit)))  # so that only what is shown looks for its order
    return [CodeView(*row) for row in session.execute(query.order_by(Coupon.coupon_id.desc()).limit(limit))]


def coupons_by_id(session: Session, coupon_ids: Sequence[UUID], *, now: datetime) -> list[CodeView]:
    """Coupons by their ids, the highest id first."""
    query = _coupons_query(session, now).where(Coupon.coupon_id.in_(coupon_ids)).order_by(Coupon.coupon_id.desc())
    return [CodeView(*row) for row in session.execute(query)]


def _newest(session: Session, wanted: CodesWanted, limit: int) -> Select[UUID]:
    own = select(Coupon.coupon_id).where(Coupon.tenant_id == tenant_of(session), Coupon.offer_id == wanted.offer_id)
    later = own if wanted.before is None else own.where(Coupon.coupon_id < wanted.before)
    return later.order_by(Coupon.coupon_id.desc()).limit(limit)


def all_coupons(session: Session, wanted: CodesWanted, *, now: datetime) -> Iterator[CodeView]:
    """Every coupon asked for, read a few hundred at a time, so that a list of any length needs little memory."""
    page = coupons_of(session, wanted, limit=ROWS_AT_ONCE, now=now)
    while page:
        yield from page
        last = page[-1].coupon_id
        page = coupons_of(session, CodesWanted(wanted.offer_id, wanted.search, wanted.state, last), limit=ROWS_AT_ONCE, now=now)


def coupon_view(session: Session, *, coupon_id: UUID, now: datetime) -> tuple[CodeView, VersionView]:
    """One coupon and the terms it was handed out under; raises CouponUnknown."""
    row = session.execute(_coupons_query(session, now).where(Coupon.coupon_id == coupon_id)).one_or_none()
    if row is None:
        raise CouponUnknown("There is no such coupon.")
    found = CodeView(*row)
    held = session.get_one(Offer, (tenant_of(session), found.offer_id))
    coupon = session.get_one(Coupon, (tenant_of(session), coupon_id))
    return found, _version(clauses_of(session, coupon, held), found.version, None)


def _offers_query(session: Session, offer_id: UUID | None = None) -> Select[Any]:
    """Offers, or one, each beside what became of its coupons."""
    tenant_id = tenant_of(session)
    is_asked_for = [] if offer_id is None else [Coupon.offer_id == offer_id]
    counts, named = used_by_offer(tenant_id, *is_asked_for).subquery(), named_by_offer(tenant_id, *is_asked_for).subquery()
    query = (
        select(Offer, OfferPurse, counts.c.seen + func.coalesce(named.c.unseen, 0), counts.c.used + func.coalesce(named.c.unused, 0),
               named.c.returned, counts.c.spent_minor)
        .outerjoin(OfferPurse, and_(OfferPurse.tenant_id == Offer.tenant_id, OfferPurse.offer_id == Offer.offer_id))
        .outerjoin(counts, counts.c.offer_id == Offer.offer_id)
        .outerjoin(named, named.c.offer_id == Offer.offer_id)
        .where(Offer.tenant_id == tenant_id)
        .order_by(Offer.offer_id.desc())
        .execution_options(populate_existing=True)
    )  # fmt: skip
    return query if offer_id is None else query.where(Offer.offer_id == offer_id)


def _names_it() -> Any:
    return and_(OrderCode.tenant_id == Coupon.tenant_id, OrderCode.code == Coupon.code)


def _went_back() -> Any:
    """Whether a refund or chargeback of the joined order is known, by reference or by payment."""
    by_reference = exists().where(
        RefundFact.tenant_id == ShopOrder.tenant_id, RefundFact.channel == ShopOrder.channel,
        RefundFact.external_order_id == ShopOrder.external_id,
    )  # fmt: skip
    by_payment = exists().where(RefundFact.tenant_id == ShopOrder.tenant_id, RefundFact.payment_reference == ShopOrder.payment_reference)
    return or_(by_reference, by_payment)


def _state(now: datetime) -> Any:
    is_held = and_(Coupon.reserved_until.is_not(None), Coupon.reserved_until > now)
    is_used = or_(Coupon.redeemed_at.is_not(None), ShopOrder.order_id.is_not(None))
    return case(
        (and_(is_used, _went_back()), "returned"), (is_used, "redeemed"), (is_held, "held"), (Coupon.expires_at <= now, "expired"),
        else_="open",
    )  # fmt: skip


def _coupons_query(session: Session, now: datetime) -> Select[Any]:
    """Coupons with the first reported order that names each."""
    first = select(OrderCode.order_id).where(_names_it()).order_by(OrderCode.order_id).limit(1).correlate(Coupon).scalar_subquery()
    return (
        select(
            Coupon.coupon_id, Coupon.offer_id, func.coalesce(Coupon.typed, Coupon.code), Coupon.offer_version, _state(now),
            Coupon.employee_id, Coupon.conversation_id, Coupon.issued_at, Coupon.seen_at, Coupon.expires_at, Coupon.redeemed_at,
            func.coalesce(Coupon.redeemed_for, case((Coupon.reserved_until > now, Coupon.reserved_for))), ShopOrder.order_id,
            func.coalesce(ShopOrder.number, ShopOrder.external_id), case((Coupon.redeemed_at.is_not(None), Coupon.discount_minor)),
        )
        .outerjoin(ShopOrder, and_(ShopOrder.tenant_id == Coupon.tenant_id, ShopOrder.order_id == first))
        .where(Coupon.tenant_id == tenant_of(session))
    )  # fmt: skip


def _summary(row: Row[Any], now: datetime) -> OfferSummary:
    one, purse, seen, redeemed, returned, spent_minor = tuple(row)
    return OfferSummary(
        one.offer_id, one.name, conditions_text(one), one.version, _state_of(one, purse, now), tuple(one.employee_ids or [one.employee_id]),
        one.percent_ppm, one.amount_minor, one.item_name, one.discount_minor_max, one.currency, one.minimum_minor, one.floor_minor,
        tuple(one.product_words["words"]), one.is_for_products, one.coupon_valid_days, one.per_visitor_max, one.coupons_max,
        purse.budget_minor if purse else None, purse.promised_minor if purse else 0, int(spent_minor or 0), one.draws_codes, one.codes_left,
        one.codes_low, one.starts_at, one.ends_at, one.ended_at, Funnel(one.issued_count, seen or 0, redeemed or 0, returned or 0),
    )  # fmt: skip


def _state_of(one: Offer, purse: OfferPurse | None, now: datetime) -> OfferState:
    if one.ended_at is not None or one.ends_at <= now:
        return "over"
    if one.paused_at is not None:
        return "paused"
    is_spent = purse is not None and purse.promised_minor >= purse.budget_minor
    if one.issued_count >= one.coupons_max or (one.draws_codes and one.codes_left == 0) or is_spent:
        return "used_up"
    return "planned" if now < one.starts_at else "running"


def _version(clauses: OfferClauses, version: int, replaced_at: datetime | None) -> VersionView:
    return VersionView(version, clauses.name, conditions_text(clauses), clauses.starts_at, clauses.ends_at, replaced_at)
