"""Loads the evidence for any number of orders in a handful of queries: the touches, coupons, contracts and marks a decision may use."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from billing.attribution.evidence import CouponSeen, Evidence, Insider, OrderMarks, Touch
from billing.attribution.marks import bot_conversations, insiders
from billing.attribution.tables import TouchRow
from billing.coupons.codes import normal_code
from billing.coupons.tables import Coupon
from billing.neutral_order import NeutralOrder
from billing.revenue_share.versions import Contracts
from tenants.database import tenant_of

TOUCHES_MAX: Final = 1000
"""The latest touches before an order that are looked at: a visitor with more is a robot, and the rule needs only the latest."""

_TOUCH: Final = (
    TouchRow.touch_id, TouchRow.occurred_at, TouchRow.kind, TouchRow.employee_id, TouchRow.visitor_id, TouchRow.conversation_id,
    TouchRow.turn_id, TouchRow.coupon_id, TouchRow.link_id, TouchRow.work_id,
)  # fmt: skip
_OF_VISITORS: Final = text(
    """SELECT asked.number, found.* FROM unnest(
        CAST(:numbers AS integer[]), CAST(:visitors AS uuid[]), CAST(:since AS timestamptz[]), CAST(:until AS timestamptz[])
    ) AS asked (number, visitor_id, since, until) CROSS JOIN LATERAL (
        SELECT touch_id, occurred_at, kind, employee_id, visitor_id, conversation_id, turn_id, coupon_id, link_id, work_id FROM touch
        WHERE tenant_id = :tenant_id AND visitor_id = asked.visitor_id AND occurred_at BETWEEN asked.since AND asked.until
        ORDER BY occurred_at DESC, touch_id DESC LIMIT :at_most
    ) AS found"""
)


def gather_evidence(session: Session, orders: Mapping[UUID, NeutralOrder], contracts: Contracts) -> dict[UUID, Evidence]:
    """Everything known by now that may decide who brought each order; who won its customer is the caller's to add."""
    codes = {order_id: codes_of(order) for order_id, order in orders.items()}
    coupons = _coupons(session, {code for own in codes.values() for code in own})
    touches = _touches(session, orders, contracts)
    inside = _insiders(session, orders.values())
    bots = _bots(session, touches.values(), coupons.values())
    found: dict[UUID, Evidence] = {}
    for order_id, order in orders.items():
        own = tuple(coupons[code] for code in codes[order_id] if code in coupons)
        buyer_is = inside.get(order.visitor_id) or inside.get(order.customer) if inside else None
        found[order_id] = evidence_of(order, touches.get(order_id, ()), own, contracts, buyer_is=buyer_is, bots=bots)
    return found


def evidence_of(
    order: NeutralOrder, touches: tuple[Touch, ...], coupons: tuple[CouponSeen, ...], contracts: Contracts, *,
    buyer_is: Insider | None, bots: frozenset[UUID],
) -> Evidence:  # fmt: skip
    """The evidence about one order from what was loaded: its touches (the latest first), the coupons on it, and all known machines."""
    marks = OrderMarks(
        order.occurred_at, order.currency, order.visitor_id, order.click_id, codes_of(order), order.cart_created_at, order.customer,
        buyer_is,
    )  # fmt: skip
    met = _conversations(touches, coupons) & bots if bots else frozenset()
    return Evidence(marks, touches, coupons, contracts.at(order.occurred_at), met)


def codes_of(order: NeutralOrder) -> tuple[str, ...]:
    """The codes on an order in their normal spelling, each once."""
    return tuple(sorted({normal_code(code) for code in order.codes})) if order.codes else ()


def _touches(session: Session, orders: Mapping[UUID, NeutralOrder], contracts: Contracts) -> dict[UUID, tuple[Touch, ...]]:
    """Each order's touches within the longest window, the latest first: those of its visitor and the click it carries."""
    days = timedelta(days=contracts.window_days_max)
    clicked = touches_by_id(session, {order.click_id for order in orders.values() if order.click_id})
    found: dict[UUID, dict[UUID, Touch]] = {}
    asked = [order_id for order_id, order in orders.items() if order.visitor_id]
    if asked and contracts.versions:
        until = [orders[order_id].occurred_at for order_id in asked]
        parameters: dict[str, Any] = {
            "tenant_id": tenant_of(session), "numbers": list(range(len(asked))), "visitors": [orders[one].visitor_id for one in asked],
            "since": [moment - days for moment in until], "until": until, "at_most": TOUCHES_MAX,
        }  # fmt: skip
        for number, *fields in session.execute(_OF_VISITORS, parameters):
            found.setdefault(asked[number], {})[fields[0]] = Touch(*fields)
    for order_id, order in orders.items():
        touch = clicked.get(order.click_id) if order.click_id else None
        if touch is not None and order.occurred_at - days <= touch.occurred_at <= order.occurred_at:
            found.setdefault(order_id, {})[touch.touch_id] = touch
    return {order_id: tuple(sorted(own.values(), key=latest_first, reverse=True)) for order_id, own in found.items()}


def latest_first(touch: Touch) -> tuple[datetime, UUID]:
    """The sequence in which touches are looked at, to be sorted in reverse."""
    return touch.occurred_at, touch.touch_id


def touches_by_id(session: Session, touch_ids: Collection[UUID]) -> dict[UUID, Touch]:
    """Touches as plain data, by id."""
    if not touch_ids:
        return {}
    query = select(*_TOUCH).where(TouchRow.tenant_id == tenant_of(session), TouchRow.touch_id == func.any(list(touch_ids)))
    return {row[0]: Touch(*tuple(row)) for row in session.execute(query)}


def _coupons(session: Session, codes: Collection[str]) -> dict[str, CouponSeen]:
    """The coupons of ours among these codes."""
    if not codes:
        return {}
    query = select(
        Coupon.coupon_id, Coupon.code, Coupon.visitor_id, Coupon.touch_id, Coupon.issued_at, Coupon.employee_id, Coupon.conversation_id,
        Coupon.turn_id, Coupon.work_id,
    ).where(Coupon.tenant_id == tenant_of(session), Coupon.code == func.any(list(codes)))  # fmt: skip
    return {
        code: CouponSeen(
            coupon_id, code, visitor_id,
            Touch(touch_id, issued_at, "coupon_issue", employee_id, visitor_id, conversation_id, turn_id, coupon_id, work_id=work_id),
        )
        for coupon_id, code, visitor_id, touch_id, issued_at, employee_id, conversation_id, turn_id, work_id in session.execute(query)
    }  # fmt: skip


def _insiders(session: Session, orders: Iterable[NeutralOrder]) -> dict[Any, Any]:
    visitors = {order.visitor_id for order in orders if order.visitor_id}
    customers = {order.customer for order in orders if order.customer}
    return dict(insiders(session, visitor_ids=visitors, customers=customers)) if visitors or customers else {}


def _bots(session: Session, touches: Iterable[tuple[Touch, ...]], coupons: Iterable[CouponSeen]) -> frozenset[UUID]:
    met = {one.conversation_id for own in touches for one in own if one.conversation_id}
    met |= {coupon.touch.conversation_id for coupon in coupons if coupon.touch.conversation_id}
    return bot_conversations(session, met) if met else frozenset()


def _conversations(touches: tuple[Touch, ...], coupons: tuple[CouponSeen, ...]) -> frozenset[UUID]:
    met = [one.conversation_id for one in touches] + [one.touch.conversation_id for one in coupons]
    return frozenset(one for one in met if one is not None)
