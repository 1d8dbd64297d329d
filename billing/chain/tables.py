"""Sealed segments of the book, which transaction lies in which, and balances taken at a seal."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class ChainSegment(TenantOwned, Base):
    """`count` transactions behind one Merkle root; `hash` binds the root to the segment before, so no earlier one can change."""

    __tablename__ = "chain_segment"
    __table_args__ = (CheckConstraint("count > 0", name="segment_not_empty"), {"info": access(app="SELECT, INSERT", append_only=True)})
    number: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]
    root: Mapped[bytes]
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]
    sealed_at: Mapped[datetime]


class LedgerSeal(TenantOwned, Base):
    """A transaction's place: its segment, its position in it (from 0) and the hash of what it said when it was sealed."""

    __tablename__ = "ledger_seal"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "segment"], ["chain_segment.tenant_id", "chain_segment.number"]),
        UniqueConstraint("tenant_id", "segment", "position"),
        {"info": access(app="SELECT, INSERT", append_only=True)},
    )
    transaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    segment: Mapped[int]
    position: Mapped[int]
    leaf: Mapped[bytes]


class BalanceSnapshot(TenantOwned, Base):
    """Every account's balance after the sealed segments up to `segment`. Derived: it may be deleted at any time."""

    __tablename__ = "balance_snapshot"
    __table_args__ = ({"info": access(app="SELECT, INSERT, DELETE")},)
    segment: Mapped[int] = mapped_column(primary_key=True)
    balances: Mapped[dict[str, Any]]
    taken_at: Mapped[datetime]
