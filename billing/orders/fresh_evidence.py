"""Loads what is known about orders that are told for the first time, of any number of shops, in one query per kind of evidence.

Every question names the shop beside what it asks for: two shops' customers, codes or payments may be spelled alike and are strangers.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from billing.attribution.evidence import CouponSeen, Evidence, Insider, Touch
from billing.attribution.gather import TOUCHES_MAX, codes_of, evidence_of, latest_first
from billing.orders.tellings import ToldOrder
from billing.revenue_share.versions import Contracts
from billing.rows import rows_for

Tenanted = tuple[UUID, Any]
"""(shop, an id or word of that shop)"""

Seen = tuple[tuple[Touch, ...], tuple[CouponSeen, ...]]
"""An order's touches and coupons."""

_KNOWN: Final = """SELECT asked.number FROM unnest(%s::integer[], %s::uuid[], %s::text[], %s::text[], %s::text[])
    AS asked (number, tenant_id, channel, external_id, payment)
WHERE EXISTS (SELECT FROM shop_order o
        WHERE o.tenant_id = asked.tenant_id AND o.channel = asked.channel AND o.external_id = asked.external_id)
    OR EXISTS (SELECT FROM refund_fact r
        WHERE r.tenant_id = asked.tenant_id AND r.channel = asked.channel AND r.external_order_id = asked.external_id)
    OR asked.payment IS NOT NULL AND (
        EXISTS (SELECT FROM shop_order o WHERE o.tenant_id = asked.tenant_id AND o.payment_reference = asked.payment)
        OR EXISTS (SELECT FROM refund_fact r WHERE r.tenant_id = asked.tenant_id AND r.payment_reference = asked.payment))"""
_FIELDS: Final = "touch_id, occurred_at, kind, employee_id, visitor_id, conversation_id, turn_id, coupon_id, link_id, work_id"
_OF_VISITORS: Final = f"""SELECT asked.number, found.* FROM unnest(
    %s::integer[], %s::uuid[], %s::uuid[], %s::timestamptz[], %s::timestamptz[]
) AS asked (number, tenant_id, visitor_id, since, until) CROSS JOIN LATERAL (
    SELECT {_FIELDS} FROM touch
    WHERE tenant_id = asked.tenant_id AND visitor_id = asked.visitor_id AND occurred_at BETWEEN asked.since AND asked.until
    ORDER BY occurred_at DESC, touch_id DESC LIMIT {TOUCHES_MAX}
) AS found"""  # noqa: S608 - nothing but our own column names
_CLICKED: Final = f"""SELECT tenant_id, {_FIELDS}
FROM unnest(%s::uuid[], %s::uuid[]) AS asked (tenant_id, touch_id) JOIN touch USING (tenant_id, touch_id)"""  # noqa: S608 - as above
_COUPONS: Final = """SELECT tenant_id, coupon_id, code, visitor_id, touch_id, issued_at, employee_id, conversation_id, turn_id, work_id
FROM unnest(%s::uuid[], %s::text[]) AS asked (tenant_id, code) JOIN coupon USING (tenant_id, code)"""
_INSIDERS: Final = """SELECT DISTINCT ON (i.tenant_id, i.visitor_id, i.customer) i.tenant_id, i.visitor_id, i.customer, i.who
FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS asked (tenant_id, visitor_id, customer)
JOIN insider i ON i.tenant_id = asked.tenant_id AND (i.visitor_id = asked.visitor_id OR i.customer = asked.customer)
ORDER BY i.tenant_id, i.visitor_id, i.customer, i.marked_at DESC, i.mark_id DESC"""
_FLAGS: Final = """SELECT DISTINCT ON (tenant_id, conversation_id) tenant_id, conversation_id, flag
FROM unnest(%s::uuid[], %s::uuid[]) AS asked (tenant_id, conversation_id) JOIN conversation_flag USING (tenant_id, conversation_id)
ORDER BY tenant_id, conversation_id, flagged_at DESC, flag_id DESC"""


@dataclass(frozen=True, slots=True)
class ShopTold:
    """One order as a shop's order book told it."""

    tenant_id: UUID
    told: ToldOrder


def known_already(session: Session, told: Sequence[ShopTold]) -> set[int]:
    """Which of these (by number) concern an order, a payment or a refund that is known. The caller holds their references and payments."""
    orders = [one.told.order for one in told]
    rows = rows_for(
        session, _KNOWN, range(len(told)), [one.tenant_id for one in told], [one.told.source.channel for one in told],
        [order.external_id for order in orders], [order.payment_reference for order in orders],
    )  # fmt: skip
    return {number for (number,) in rows}


def gather_across(session: Session, told: Sequence[ShopTold], contracts: Mapping[UUID, Contracts]) -> list[Evidence]:
    """The evidence about each of these orders, in their sequence: what `gather_evidence` finds for one shop."""
    touches, coupons = _touches(session, told, contracts), _coupons(session, told)
    inside = _insiders(session, told)
    seen = [
        (touches[number], tuple(coupons[one.tenant_id, code] for code in codes_of(one.told.order) if (one.tenant_id, code) in coupons))
        for number, one in enumerate(told)
    ]
    bots = _bots(session, told, seen)
    found = []
    for one, (own_touches, own_coupons) in zip(told, seen, strict=True):
        tenant_id, order = one.tenant_id, one.told.order
        buyer_is = inside.get((tenant_id, order.visitor_id)) or inside.get((tenant_id, order.customer)) if inside else None
        machines = bots.get(tenant_id, frozenset())
        found.append(evidence_of(order, own_touches, own_coupons, contracts[tenant_id], buyer_is=buyer_is, bots=machines))
    return found


def _touches(session: Session, told: Sequence[ShopTold], contracts: Mapping[UUID, Contracts]) -> list[tuple[Touch, ...]]:
    """Each order's touches within its shop's longest window, the latest first: those of its visitor and the click it carries."""
    days = [timedelta(days=contracts[one.tenant_id].window_days_max) for one in told]
    found: list[dict[UUID, Touch]] = [{} for _ in told]
    asked = [number for number, one in enumerate(told) if one.told.order.visitor_id and contracts[one.tenant_id].versions]
    if asked:
        until = [told[number].told.order.occurred_at for number in asked]
        since = [moment - days[number] for number, moment in zip(asked, until, strict=True)]
        visitors = [told[number].told.order.visitor_id for number in asked]
        for number, *fields in rows_for(session, _OF_VISITORS, asked, [told[number].tenant_id for number in asked], visitors, since, until):
            found[number][fields[0]] = Touch(*fields)
    clicked = _clicked(session, told)
    for number, one in enumerate(told) if clicked else ():
        order = one.told.order
        touch = clicked.get((one.tenant_id, order.click_id))
        if touch is not None and order.occurred_at - days[number] <= touch.occurred_at <= order.occurred_at:
            found[number][touch.touch_id] = touch
    return [tuple(sorted(own.values(), key=latest_first, reverse=True)) for own in found]


def _clicked(session: Session, told: Sequence[ShopTold]) -> dict[Tenanted, Touch]:
    asked = {(one.tenant_id, one.told.order.click_id) for one in told if one.told.order.click_id}
    return {(tenant_id, fields[0]): Touch(*fields) for tenant_id, *fields in _asked(session, _CLICKED, asked)}


def _coupons(session: Session, told: Sequence[ShopTold]) -> dict[Tenanted, CouponSeen]:
    """The coupons of each shop's employees among the codes on its orders."""
    asked = {(one.tenant_id, code) for one in told for code in codes_of(one.told.order)}
    found: dict[Tenanted, CouponSeen] = {}
    for tenant_id, coupon_id, code, visitor_id, touch_id, issued_at, employee_id, conversation_id, turn_id, work_id in _asked(
        session, _COUPONS, asked
    ):
        touch = Touch(touch_id, issued_at, "coupon_issue", employee_id, visitor_id, conversation_id, turn_id, coupon_id, work_id=work_id)
        found[tenant_id, code] = CouponSeen(coupon_id, code, visitor_id, touch)
    return found


def _insiders(session: Session, told: Sequence[ShopTold]) -> dict[Tenanted, Insider]:
    """Buyers of the house among the visitors and customers of each shop."""
    buyers = {(one.tenant_id, one.told.order.visitor_id, one.told.order.customer) for one in told}
    asked = [one for one in buyers if one[1] or one[2]]
    found: dict[Tenanted, Insider] = {}
    if asked:
        tenants, visitors, customers = zip(*asked, strict=True)
        for tenant_id, visitor_id, customer, who in rows_for(session, _INSIDERS, tenants, visitors, customers):
            if who != "nobody":
                found[tenant_id, visitor_id if visitor_id is not None else customer] = who
    return found


def _bots(session: Session, told: Sequence[ShopTold], seen: Sequence[Seen]) -> Mapping[UUID, frozenset[UUID]]:
    """Each shop's conversations among these that were held with a machine."""
    asked = {
        (one.tenant_id, touch.conversation_id)
        for one, (touches, coupons) in zip(told, seen, strict=True)
        for touch in (*touches, *(coupon.touch for coupon in coupons))
        if touch.conversation_id
    }
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for tenant_id, conversation_id, flag in _asked(session, _FLAGS, asked):
        if flag == "bot":
            found[tenant_id].add(conversation_id)
    return {tenant_id: frozenset(own) for tenant_id, own in found.items()}


def _asked(session: Session, statement: str, asked: Collection[Tenanted]) -> Sequence[Any]:
    """Rows for pairs of a shop and something of it; no question, no query."""
    if not asked:
        return ()
    tenants, names = zip(*asked, strict=True)
    return rows_for(session, statement, tenants, names)
