"""The book. A posting moves an amount above zero from one account to another, so the book balances by its shape."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class LedgerTransaction(TenantOwned, Base):
    """Postings made together, with their cause and a sentence why. `effective_at` places them in a period."""

    __tablename__ = "ledger_transaction"
    __table_args__ = (
        Index("ix_ledger_transaction_order", "tenant_id", "order_id", "revision"),
        Index("ix_ledger_transaction_effective", "tenant_id", "effective_at"),
        {"info": access(app="SELECT, INSERT", append_only=True)},
    )
    transaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID]
    revision: Mapped[int]
    contract_version_id: Mapped[UUID]
    cause: Mapped[str]
    cause_id: Mapped[UUID | None]
    why: Mapped[str]
    points_to: Mapped[UUID | None]
    occurred_at: Mapped[datetime]
    effective_at: Mapped[datetime]
    recorded_at: Mapped[datetime]


class Posting(TenantOwned, Base):
    """One movement: `amount_minor` of `currency` from `source` to `destination`."""

    __tablename__ = "posting"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "transaction_id"], ["ledger_transaction.tenant_id", "ledger_transaction.transaction_id"]),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("source <> destination", name="accounts_differ"),
        Index("ix_posting_order", "tenant_id", "order_id", "contract_version_id"),
        {"info": access(app="SELECT, INSERT", append_only=True)},
    )
    transaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    destination: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    order_id: Mapped[UUID]
    contract_version_id: Mapped[UUID]
    employee_id: Mapped[UUID]
