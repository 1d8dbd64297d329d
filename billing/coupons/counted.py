"""What became of an offer's coupons, counted by offer: at the till, on reported orders, and where money went back.

Only coupons that a reported order names are looked up among the orders, and only refunds among the orders given back: both are few beside
all coupons and all orders of a large shop.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select, union

from billing.coupons.tables import Coupon
from billing.orders.tables import OrderCode, RefundFact, ShopOrder


def used_by_offer(tenant_id: UUID, *conditions: Any) -> Any:
    """By offer: coupons that were seen or used at the till, those used, and what these took off."""
    is_used = Coupon.redeemed_at.is_not(None)
    return (
        select(
            Coupon.offer_id, func.count().filter(or_(Coupon.seen_at.is_not(None), is_used)).label("seen"),
            func.count().filter(is_used).label("used"), func.sum(Coupon.discount_minor).filter(is_used).label("spent_minor"),
        )
        .where(Coupon.tenant_id == tenant_id, *conditions)
        .group_by(Coupon.offer_id)
    )  # fmt: skip


def named_by_offer(tenant_id: UUID, *conditions: Any) -> Any:
    """By offer, of the coupons that reported orders name: how many nobody saw, how many no till took, and for how many money went back."""
    came_back = _orders_given_back(tenant_id)
    by_coupon = (
        select(Coupon.offer_id, Coupon.seen_at, Coupon.redeemed_at, func.bool_or(OrderCode.order_id.in_(came_back)).label("is_back"))
        .join(OrderCode, and_(OrderCode.tenant_id == Coupon.tenant_id, OrderCode.code == Coupon.code))
        .where(Coupon.tenant_id == tenant_id, *conditions)
        .group_by(Coupon.tenant_id, Coupon.coupon_id)
        .subquery()
    )
    unused = by_coupon.c.redeemed_at.is_(None)
    return select(
        by_coupon.c.offer_id, func.count().filter(unused, by_coupon.c.seen_at.is_(None)).label("unseen"),
        func.count().filter(unused).label("unused"), func.count().filter(by_coupon.c.is_back).label("returned"),
    ).group_by(by_coupon.c.offer_id)  # fmt: skip


def _orders_given_back(tenant_id: UUID) -> Any:
    """Ids of orders for which a refund or chargeback is known, found from the refunds, which are few."""
    refund, order = RefundFact, ShopOrder
    by_reference = and_(order.channel == refund.channel, order.external_id == refund.external_order_id)
    found = [
        select(order.order_id).join(refund, and_(order.tenant_id == refund.tenant_id, same)).where(refund.tenant_id == tenant_id)
        for same in (by_reference, order.payment_reference == refund.payment_reference)
    ]
    return union(*found)
