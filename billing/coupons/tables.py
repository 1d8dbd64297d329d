"""Offers a tenant allows, and the single-use coupons handed out under them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class Offer(TenantOwned, Base):
    """What an employee may promise, to how many visitors, and until when. Its row is the lock on its budget."""

    __tablename__ = "offer"
    __table_args__ = (
        CheckConstraint("(percent_ppm IS NULL) <> (amount_minor IS NULL)", name="one_kind_of_discount"),
        CheckConstraint("issued_count <= coupons_max", name="budget_kept"),
        {"info": access(app="SELECT, INSERT, UPDATE")},
    )
    offer_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    name: Mapped[str]
    percent_ppm: Mapped[int | None]
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str]
    minimum_minor: Mapped[int] = mapped_column(BigInteger)
    product_words: Mapped[dict[str, Any]]
    coupons_max: Mapped[int]
    per_visitor_max: Mapped[int]
    issued_count: Mapped[int]
    coupon_valid_days: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    created_at: Mapped[datetime]


class Coupon(TenantOwned, Base):
    """One code given to one visitor. Its row is the lock on its single use."""

    __tablename__ = "coupon"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "offer_id"], ["offer.tenant_id", "offer.offer_id"]),
        UniqueConstraint("tenant_id", "code"),
        UniqueConstraint("tenant_id", "offer_id", "turn_id"),
        Index("ix_coupon_visitor", "tenant_id", "offer_id", "visitor_id"),
        {"info": access(app="SELECT, INSERT, UPDATE")},
    )
    coupon_id: Mapped[UUID] = mapped_column(primary_key=True)
    offer_id: Mapped[UUID]
    employee_id: Mapped[UUID]
    code: Mapped[str]
    visitor_id: Mapped[UUID | None]
    conversation_id: Mapped[UUID | None]
    turn_id: Mapped[UUID | None]
    touch_id: Mapped[UUID]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    reserved_for: Mapped[str | None]
    reserved_until: Mapped[datetime | None]
    redeemed_for: Mapped[str | None]
    redeemed_at: Mapped[datetime | None]
    discount_minor: Mapped[int | None] = mapped_column(BigInteger)
