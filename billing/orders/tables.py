"""Orders as merchants reported them: every snapshot, every refund, and the numbered revisions that money was computed from."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class ShopOrder(TenantOwned, Base):
    """One order of one sales channel. Its row is the lock under which everything about it changes.

    Its columns are an index over the facts, never a fact; `is_own_win` says that a touch brought it directly and it is worth something.
    """

    __tablename__ = "shop_order"
    __table_args__ = (
        UniqueConstraint("tenant_id", "channel", "external_id"),
        Index("ix_shop_order_with_visitor", "tenant_id", "visitor_id", "occurred_at", postgresql_where=text("visitor_id IS NOT NULL")),
        Index("ix_shop_order_with_click", "tenant_id", "click_id", postgresql_where=text("click_id IS NOT NULL")),
        Index("ix_shop_order_with_payment", "tenant_id", "payment_reference", postgresql_where=text("payment_reference IS NOT NULL")),
        Index("ix_shop_order_occurred", "tenant_id", "occurred_at"),
        Index("ix_shop_order_recorded", "tenant_id", "recorded_at", "order_id"),
        Index("ix_shop_order_customer", "tenant_id", "customer", "occurred_at", postgresql_where=text("customer IS NOT NULL")),
        {"info": access(app="SELECT, INSERT, UPDATE", intake="SELECT, INSERT")},
    )
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID]
    channel: Mapped[str]
    external_id: Mapped[str]
    revision: Mapped[int]
    number: Mapped[str | None]
    occurred_at: Mapped[datetime]
    currency: Mapped[str]
    captured_minor: Mapped[int] = mapped_column(BigInteger)
    visitor_id: Mapped[UUID | None]
    click_id: Mapped[UUID | None]
    payment_reference: Mapped[str | None]
    customer: Mapped[str | None]
    is_own_win: Mapped[bool] = mapped_column(default=False)
    recorded_at: Mapped[datetime]


class OrderSnapshot(TenantOwned, Base):
    """One state of an order as a merchant's system told it. The latest (source_updated_at, sha256) wins, however it arrived.

    It is written under its order's row lock, and no role may delete an order: no foreign key checks each row again.
    """

    __tablename__ = "order_snapshot"
    __table_args__ = ({"info": access(app="SELECT, INSERT", intake="INSERT", append_only=True)},)
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    source_updated_at: Mapped[datetime] = mapped_column(primary_key=True)
    neutral_sha256: Mapped[str] = mapped_column(primary_key=True)
    neutral: Mapped[dict[str, Any]]
    event_id: Mapped[UUID | None]
    recorded_at: Mapped[datetime]


class OrderCode(TenantOwned, Base):
    """A code that any telling of an order named, in its normal spelling: an index over the snapshots, never a fact."""

    __tablename__ = "order_code"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "order_id"], ["shop_order.tenant_id", "shop_order.order_id"]),
        {"info": access(app="SELECT, INSERT", intake="INSERT", append_only=True)},
    )
    code: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(primary_key=True)


class RefundFact(TenantOwned, Base):
    """One telling of a refund or chargeback. It may stand here before its order does, and is found by reference.

    Of several tellings with one id the latest (source_updated_at, sha256) wins, however they arrived.
    """

    __tablename__ = "refund_fact"
    __table_args__ = (
        UniqueConstraint("tenant_id", "connection_id", "kind", "external_refund_id", "source_updated_at", "neutral_sha256"),
        Index("ix_refund_fact_order", "tenant_id", "channel", "external_order_id"),
        Index("ix_refund_fact_payment", "tenant_id", "payment_reference"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        {"info": access(app="SELECT, INSERT", intake="SELECT", append_only=True)},
    )
    refund_id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID]
    channel: Mapped[str]
    kind: Mapped[str]
    external_refund_id: Mapped[str]
    external_order_id: Mapped[str | None]
    payment_reference: Mapped[str | None]
    occurred_at: Mapped[datetime]
    source_updated_at: Mapped[datetime]
    currency: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    neutral: Mapped[dict[str, Any]]
    neutral_sha256: Mapped[str]
    event_id: Mapped[UUID | None]
    recorded_at: Mapped[datetime]


class OrderReport(TenantOwned, Base):
    """An order told by a connection that is not the order book: it joins an order by payment reference and never makes one."""

    __tablename__ = "order_report"
    __table_args__ = (
        Index("ix_order_report_payment", "tenant_id", "payment_reference"),
        {"info": access(app="SELECT, INSERT", append_only=True)},
    )
    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    neutral_sha256: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str]
    payment_reference: Mapped[str | None]
    neutral: Mapped[dict[str, Any]]
    event_id: Mapped[UUID | None]
    recorded_at: Mapped[datetime]


class OrderRevision(TenantOwned, Base):
    """The facts one decision was made from, numbered 1, 2, 3 ... and never edited.

    They are kept as the very text of which `facts_sha256` is the hash, so that anyone who holds it can check it byte by byte. Written
    like snapshots, under the order's row lock, and without a foreign key for the same reason.
    """

    __tablename__ = "order_revision"
    __table_args__ = ({"info": access(app="SELECT, INSERT", intake="INSERT", append_only=True)},)
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    cause: Mapped[str]
    cause_id: Mapped[UUID | None]
    event_id: Mapped[UUID | None]
    facts: Mapped[str] = mapped_column(Text)
    facts_sha256: Mapped[str]
    recorded_at: Mapped[datetime]
