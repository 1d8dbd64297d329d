"""Disputes and their decisions. Both are facts: written once, changed never."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class Dispute(TenantOwned, Base):
    """The shop contests what an order earned under one contract version: `disputed_minor` of it.

    The amount is pinned when the dispute is opened; only disputes older than that rule have none, and contest whatever the line earns.
    """

    __tablename__ = "dispute"
    __table_args__ = (
        UniqueConstraint("tenant_id", "order_id", "contract_version_id"),
        CheckConstraint("disputed_minor > 0", name="disputed_positive"),
        Index("ix_dispute_due", "decide_by"),
        {"info": access(app="SELECT, INSERT", intake="SELECT", append_only=True)},
    )
    dispute_id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID]
    contract_version_id: Mapped[UUID]
    employee_id: Mapped[UUID]
    currency: Mapped[str]
    disputed_minor: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str]
    opened_by: Mapped[str]
    opened_at: Mapped[datetime]
    decide_by: Mapped[datetime]


class DisputeDecision(TenantOwned, Base):
    """How a dispute ended. `granted_minor` is what the shop gets back: empty when all that it contested, 0 when nothing."""

    __tablename__ = "dispute_decision"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "dispute_id"], ["dispute.tenant_id", "dispute.dispute_id"]),
        CheckConstraint("granted_minor >= 0", name="granted_not_negative"),
        {"info": access(app="SELECT, INSERT", intake="SELECT", append_only=True)},
    )
    dispute_id: Mapped[UUID] = mapped_column(primary_key=True)
    outcome: Mapped[str]
    granted_minor: Mapped[int | None] = mapped_column(BigInteger)
    why: Mapped[str]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
