"""The book. A posting moves an amount above zero from one account to another, so the book balances by its shape."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class LedgerTransaction(TenantOwned, Base):
    """Postings made together, with their cause, a sentence why, and the `working` from which anyone can recount them.

    `period_start` is the month of the fact itself, for ever; `effective_at` places the movement in the month that pays it.
    A movement about an order names its order and revision; a line about a whole period (tier, cap, minimum ...) has neither.
    `written_in` is the number of the database's own transaction that wrote the row: what is older than every one still running has been
    seen by all, so derived sums (`billing.statements.kept`) know what they hold. It says nothing about money and is in no hash.
    """

    __tablename__ = "ledger_transaction"
    __table_args__ = (
        CheckConstraint("(order_id IS NULL) = (revision IS NULL)", name="revision_with_order"),
        Index("ix_ledger_transaction_order", "tenant_id", "order_id", "revision"),
        Index("ix_ledger_transaction_effective", "tenant_id", "employee_id", "effective_at", "transaction_id"),
        Index("ix_ledger_transaction_period", "tenant_id", "contract_version_id", "period_start"),
        Index("ix_ledger_transaction_written", "tenant_id", "written_in"),
        {"info": access(app="SELECT, INSERT", intake="INSERT", append_only=True)},
    )
    transaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    order_id: Mapped[UUID | None]
    revision: Mapped[int | None]
    contract_version_id: Mapped[UUID]
    employee_id: Mapped[UUID]
    period_start: Mapped[datetime]
    cause: Mapped[str]
    cause_id: Mapped[UUID | None]
    why: Mapped[str]
    points_to: Mapped[UUID | None]
    working: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime]
    effective_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    written_in: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))


class Posting(TenantOwned, Base):
    """One movement: `amount_minor` of `currency` from `source` to `destination`, for one payee of an employee.

    The side of an exchange that is in the order's currency belongs to no payee; its `payee` is empty.
    """

    __tablename__ = "posting"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "transaction_id"], ["ledger_transaction.tenant_id", "ledger_transaction.transaction_id"]),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("source <> destination", name="accounts_differ"),
        Index("ix_posting_order", "tenant_id", "order_id", "contract_version_id"),
        {"info": access(app="SELECT, INSERT", intake="INSERT", append_only=True)},
    )
    transaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    destination: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    order_id: Mapped[UUID | None]
    contract_version_id: Mapped[UUID]
    employee_id: Mapped[UUID]
    payee: Mapped[str]


class PeriodClosed(TenantOwned, Base):
    """A month of an employee that was closed. From then on its facts that come late are booked in the running month."""

    __tablename__ = "period_closed"
    __table_args__ = ({"info": access(app="SELECT, INSERT", append_only=True)},)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    period_start: Mapped[datetime] = mapped_column(primary_key=True)
    period_end: Mapped[datetime]
    closed_at: Mapped[datetime]
