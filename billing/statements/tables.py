"""Closed statements, which never change: each month's lines sealed in segments, their root, and what each payee is due.

Beside them the movements of the book as pages about a month read them: narrow, in one table, and derived.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class Statement(TenantOwned, Base):
    """One closed month of one employee. `root` stands for every line, the header and the footer; `number` counts from 1."""

    __tablename__ = "statement"
    __table_args__ = (
        UniqueConstraint("tenant_id", "employee_id", "period_start"),
        UniqueConstraint("tenant_id", "employee_id", "number"),
        {"info": access(app="SELECT, INSERT", append_only=True)},
    )
    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    number: Mapped[int]
    period_start: Mapped[datetime]
    period_end: Mapped[datetime]
    period_name: Mapped[str]
    time_zone: Mapped[str]
    currency: Mapped[str]
    line_count: Mapped[int]
    root: Mapped[str]
    footer: Mapped[dict[str, Any]]
    earned_minor: Mapped[int] = mapped_column(BigInteger)
    payable_minor: Mapped[int] = mapped_column(BigInteger)
    carried_minor: Mapped[int] = mapped_column(BigInteger)
    closed_at: Mapped[datetime]


class StatementPayee(TenantOwned, Base):
    """One payee's part of a statement, in minor units; what was kept in reserve is due again at `reserve_due_at`."""

    __tablename__ = "statement_payee"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "statement_id"], ["statement.tenant_id", "statement.statement_id"]),
        {"info": access(app="SELECT, INSERT", append_only=True)},
    )
    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    payee: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str]
    brought_forward_minor: Mapped[int] = mapped_column(BigInteger)
    earned_minor: Mapped[int] = mapped_column(BigInteger)
    reserved_minor: Mapped[int] = mapped_column(BigInteger)
    released_minor: Mapped[int] = mapped_column(BigInteger)
    payable_minor: Mapped[int] = mapped_column(BigInteger)
    carried_minor: Mapped[int] = mapped_column(BigInteger)
    reserve_due_at: Mapped[datetime]


class StatementSegment(TenantOwned, Base):
    """About a thousand lines, packed: their place, their own root, and between which moments their movements took effect.

    The statement's row is written last, when its root is known, so the reference to it is checked at commit.
    """

    __tablename__ = "statement_segment"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "statement_id"], ["statement.tenant_id", "statement.statement_id"], deferrable=True, initially="DEFERRED"
        ),
        {"info": access(app="SELECT, INSERT", append_only=True)},
    )
    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    first_line: Mapped[int]
    line_count: Mapped[int]
    root: Mapped[bytes]
    packed: Mapped[bytes]
    effective_from: Mapped[datetime | None]
    effective_until: Mapped[datetime | None]


class KeptMovement(TenantOwned, Base):
    """One movement of the book in one currency, what it brought all payees together, and what counted of its order by then.

    `kind` is the payslip's name of it. `is_first` says that nothing was booked for its order before, and that of what was booked together
    with it it stands for the order; rows kept before that was written down say nothing. Derived from ledger, postings and decision, none
    of which ever change; it may be deleted at any time together with its shop's `KeptUntil`, and is written again.
    """

    __tablename__ = "kept_movement"
    __table_args__ = (
        Index("ix_kept_movement_month", "tenant_id", "employee_id", "effective_at"),
        {"info": access(app="SELECT, INSERT, DELETE")},
    )
    transaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    contract_version_id: Mapped[UUID]
    period_start: Mapped[datetime]
    kind: Mapped[str]
    order_id: Mapped[UUID | None]
    revision: Mapped[int | None]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    base_minor: Mapped[int] = mapped_column(BigInteger)
    occurred_at: Mapped[datetime]
    effective_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    written_in: Mapped[int] = mapped_column(BigInteger)
    is_first: Mapped[bool | None]


class KeptUntil(TenantOwned, Base):
    """How far a shop's kept movements go: all that was written in a database transaction with a smaller number is among them."""

    __tablename__ = "kept_until"
    __table_args__ = ({"info": access(app="SELECT, INSERT, UPDATE, DELETE")},)
    written_before: Mapped[int] = mapped_column(BigInteger)
