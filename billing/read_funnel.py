"""Reads the way from being shown to an order, as the counting house knows it: who could meet an employee, and who was given a coupon."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.attribution.tables import HoldoutAssignment
from billing.coupons.tables import Coupon
from tenants.database import tenant_of


@dataclass(frozen=True)
class FunnelCounts:
    """Within [start, end): visitors who could meet an employee for the first time, and visitors who were handed a coupon in a talk."""

    shown: int
    offered: int


def funnel_counts(session: Session, *, start: datetime, end: datetime) -> FunnelCounts:
    """Count visitors, each once; a visitor of the holdout arm was shown nobody and is left out."""
    shown = select(func.count(HoldoutAssignment.visitor_id.distinct())).where(
        HoldoutAssignment.tenant_id == tenant_of(session), HoldoutAssignment.arm == "treated",
        HoldoutAssignment.assigned_at >= start, HoldoutAssignment.assigned_at < end,
    )  # fmt: skip
    offered = select(func.count(Coupon.visitor_id.distinct())).where(
        Coupon.tenant_id == tenant_of(session), Coupon.conversation_id.is_not(None), Coupon.issued_at >= start, Coupon.issued_at < end
    )
    return FunnelCounts(session.scalar(shown) or 0, session.scalar(offered) or 0)
