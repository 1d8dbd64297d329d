"""Loads the evidence for one order: the touches, coupons and contracts that a decision may use."""

from datetime import timedelta
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from billing.attribution.evidence import ContractInForce, CouponSeen, Evidence, OrderMarks, Touch
from billing.attribution.tables import TouchRow
from billing.coupons.codes import normal_code
from billing.coupons.tables import Coupon
from billing.neutral_order import NeutralOrder
from billing.revenue_share.versions import contracts_at
from tenants.database import tenant_of

TOUCHES_MAX: Final = 1000
"""The latest touches before an order that are looked at: a visitor with more is a robot, and the rule needs only the latest."""


def gather_evidence(session: Session, order: NeutralOrder) -> Evidence:
    """Everything known by now that may decide who brought this order."""
    contracts = contracts_at(session, order.occurred_at)
    codes = tuple(sorted({normal_code(code) for code in order.codes}))
    marks = OrderMarks(order.occurred_at, order.currency, order.visitor_id, order.click_id, codes, order.cart_created_at)
    coupons = _coupons(session, codes)
    return Evidence(marks, _touches(session, marks, contracts), coupons, contracts)


def _touches(session: Session, marks: OrderMarks, contracts: tuple[ContractInForce, ...]) -> tuple[Touch, ...]:
    ways = []
    if marks.visitor_id:
        ways.append(TouchRow.visitor_id == marks.visitor_id)
    if marks.click_id:
        ways.append(TouchRow.touch_id == marks.click_id)
    if not ways:
        return ()
    days = max((max(contract.terms.window_days.values(), default=0) for contract in contracts), default=0)
    query = select(TouchRow).where(
        TouchRow.tenant_id == tenant_of(session), or_(*ways),
        TouchRow.occurred_at <= marks.occurred_at, TouchRow.occurred_at >= marks.occurred_at - timedelta(days=days),
    )  # fmt: skip
    rows = session.scalars(query.order_by(TouchRow.occurred_at.desc(), TouchRow.touch_id.desc()).limit(TOUCHES_MAX))
    return tuple(touch_of(row) for row in rows)


def _coupons(session: Session, codes: tuple[str, ...]) -> tuple[CouponSeen, ...]:
    query = select(Coupon).where(Coupon.tenant_id == tenant_of(session), Coupon.code.in_(codes)).order_by(Coupon.coupon_id)
    return tuple(
        CouponSeen(
            row.coupon_id, row.code, row.visitor_id,
            Touch(
                row.touch_id, row.issued_at, "coupon_issue", row.employee_id, row.visitor_id, row.conversation_id, row.turn_id,
                row.coupon_id,
            ),
        )
        for row in session.scalars(query)
    )  # fmt: skip


def touch_of(row: TouchRow) -> Touch:
    """The stored touch as plain data."""
    return Touch(
        row.touch_id, row.occurred_at, row.kind, row.employee_id, row.visitor_id, row.conversation_id, row.turn_id, row.coupon_id,
        row.link_id, row.work_id,
    )  # fmt: skip
