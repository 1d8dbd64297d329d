"""Touches, tracked links, the visitors kept apart to measure by, who does not count, and each decision about who brought an order."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class TouchRow(TenantOwned, Base):
    """Employee E met visitor V at time T: a conversation, a coupon shown, a link followed."""

    __tablename__ = "touch"
    __table_args__ = (
        Index("ix_touch_visitor", "tenant_id", "visitor_id", "occurred_at"),
        Index("ix_touch_coupon", "tenant_id", "coupon_id"),
        Index("ix_touch_conversation", "tenant_id", "conversation_id"),
        Index("ix_touch_work", "tenant_id", "work_id", "kind", "occurred_at", postgresql_where=text("work_id IS NOT NULL")),
        {"info": access(app="SELECT, INSERT", intake="SELECT", append_only=True)},
    )
    touch_id: Mapped[UUID] = mapped_column(primary_key=True)
    occurred_at: Mapped[datetime]
    kind: Mapped[str]
    employee_id: Mapped[UUID]
    visitor_id: Mapped[UUID | None]
    conversation_id: Mapped[UUID | None]
    turn_id: Mapped[UUID | None]
    coupon_id: Mapped[UUID | None]
    link_id: Mapped[UUID | None]
    work_id: Mapped[UUID | None]
    recorded_at: Mapped[datetime]


class TrackedLink(TenantOwned, Base):
    """A link that remembers who followed it."""

    __tablename__ = "tracked_link"
    __table_args__ = (UniqueConstraint("tenant_id", "slug"), {"info": access(app="SELECT, INSERT, UPDATE")})
    link_id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    employee_id: Mapped[UUID]
    work_id: Mapped[UUID | None]
    target_url: Mapped[str]
    created_at: Mapped[datetime]


class HoldoutAssignment(TenantOwned, Base):
    """Whether a visitor may meet an employee, decided once by a hash and kept even when nothing was shown."""

    __tablename__ = "holdout_assignment"
    __table_args__ = {"info": access(app="SELECT, INSERT", append_only=True)}
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    visitor_id: Mapped[UUID] = mapped_column(primary_key=True)
    arm: Mapped[str]
    holdout_ppm: Mapped[int]
    assigned_at: Mapped[datetime]


class InsiderRow(TenantOwned, Base):
    """A buyer who works for the shop or is paid under one of its contracts: a visitor, or a customer by salted hash.

    The latest telling counts; who "nobody" takes an earlier mark back.
    """

    __tablename__ = "insider"
    __table_args__ = (
        CheckConstraint("(visitor_id IS NULL) <> (customer IS NULL)", name="one_way_to_know_the_buyer"),
        CheckConstraint("who IN ('staff', 'payee', 'nobody')", name="known_kind_of_insider"),
        Index("ix_insider_visitor", "tenant_id", "visitor_id"),
        Index("ix_insider_customer", "tenant_id", "customer"),
        {"info": access(app="SELECT, INSERT", intake="SELECT", append_only=True)},
    )
    mark_id: Mapped[UUID] = mapped_column(primary_key=True)
    visitor_id: Mapped[UUID | None]
    customer: Mapped[str | None]
    who: Mapped[str]
    marked_at: Mapped[datetime]
    why: Mapped[str | None]
    said_by: Mapped[str | None]


class ConversationFlag(TenantOwned, Base):
    """A conversation held with a machine, and why that is believed; it brings no order while its latest flag says so."""

    __tablename__ = "conversation_flag"
    __table_args__ = (
        CheckConstraint("flag IN ('bot', 'person')", name="known_flag"),
        Index("ix_conversation_flag", "tenant_id", "conversation_id"),
        {"info": access(app="SELECT, INSERT", intake="SELECT", append_only=True)},
    )
    flag_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID]
    flag: Mapped[str]
    why: Mapped[str]
    flagged_at: Mapped[datetime]


class AttributionRun(TenantOwned, Base):
    """One decision about one revision of an order: its rule, what it left out and why, and why an order earned nothing.

    Revision, decision and credits are written together by one writer (`orders/writing.py`) and never changed or deleted by any role,
    so no foreign key checks each row of an order again.
    """

    __tablename__ = "attribution_run"
    __table_args__ = ({"info": access(app="SELECT, INSERT", intake="INSERT", append_only=True)},)
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    model: Mapped[str]
    rule_version: Mapped[str]
    reason: Mapped[str]
    rejected_reason: Mapped[str | None]
    excluded: Mapped[dict[str, Any]]
    base_minor: Mapped[int] = mapped_column(BigInteger)
    base_exact: Mapped[str]
    decided_at: Mapped[datetime]


class AttributionCredit(TenantOwned, Base):
    """One employee's part in one decision, with its evidence and what that part is worth by now."""

    __tablename__ = "attribution_credit"
    __table_args__ = (
        Index("ix_attribution_credit_work", "tenant_id", "work_id", postgresql_where=text("work_id IS NOT NULL")),
        {"info": access(app="SELECT, INSERT", intake="INSERT", append_only=True)},
    )
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    contract_version_id: Mapped[UUID]
    weight_ppm: Mapped[int]
    share_ppm: Mapped[int]
    target_minor: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str]
    touch_id: Mapped[UUID | None]
    conversation_id: Mapped[UUID | None]
    coupon_id: Mapped[UUID | None]
    link_id: Mapped[UUID | None]
    work_id: Mapped[UUID | None]
