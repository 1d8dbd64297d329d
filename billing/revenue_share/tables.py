"""Signed terms, which never change, and the days each version governs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class ContractVersion(TenantOwned, Base):
    """The terms as they were accepted: canonical JSON, its sha256, by whom and when."""

    __tablename__ = "contract_version"
    __table_args__ = (
        UniqueConstraint("tenant_id", "contract_id", "number"),
        Index("ix_contract_version_employee", "tenant_id", "employee_id"),
        {"info": access(app="SELECT, INSERT", intake="SELECT", append_only=True)},
    )
    contract_version_id: Mapped[UUID] = mapped_column(primary_key=True)
    contract_id: Mapped[UUID]
    number: Mapped[int]
    employee_id: Mapped[UUID]
    terms: Mapped[dict[str, Any]]
    terms_sha256: Mapped[str]
    accepted_by: Mapped[str]
    accepted_at: Mapped[datetime]


class ContractEffect(TenantOwned, Base):
    """The days one version governs. Only the open end may change, when a later version takes over."""

    __tablename__ = "contract_effect"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "contract_version_id"], ["contract_version.tenant_id", "contract_version.contract_version_id"]),
        ExcludeConstraint(("tenant_id", "="), ("contract_id", "="), ("effective", "&&"), using="gist", name="no_overlap"),
        CheckConstraint("NOT isempty(effective)", name="effective_not_empty"),
        {"info": access(app="SELECT, INSERT, UPDATE", intake="SELECT")},
    )
    contract_version_id: Mapped[UUID] = mapped_column(primary_key=True)
    contract_id: Mapped[UUID]
    effective: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)


class ContractProposal(TenantOwned, Base):
    """Terms a shop accepted that wait for the platform's own agreement: what was read, from which day, against which version."""

    __tablename__ = "contract_proposal"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "base_version_id"], ["contract_version.tenant_id", "contract_version.contract_version_id"]),
        CheckConstraint("state IN ('open', 'agreed', 'declined', 'replaced')", name="proposal_state"),
        Index("ix_contract_proposal_open", "tenant_id", "employee_id", unique=True, postgresql_where="state = 'open'"),
        {"info": access(app="SELECT, INSERT, UPDATE")},
    )
    proposal_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    base_version_id: Mapped[UUID]
    terms: Mapped[dict[str, Any]]
    terms_sha256: Mapped[str]
    starts_at: Mapped[datetime]
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    state: Mapped[str]
    decided_at: Mapped[datetime | None]
    why: Mapped[str | None]


class PeriodTotal(TenantOwned, Base):
    """What one month of one version comes to by now, derived from the ledger so that an order need not sum it; it may be deleted.

    `subtotal_minor` is what orders, royalties and bonuses earned; then what stands posted of each of the month's own lines.
    """

    __tablename__ = "period_total"
    __table_args__ = ({"info": access(app="SELECT, INSERT, UPDATE, DELETE")},)
    contract_version_id: Mapped[UUID] = mapped_column(primary_key=True)
    period_start: Mapped[datetime] = mapped_column(primary_key=True)
    turnover_minor: Mapped[int] = mapped_column(BigInteger)
    subtotal_minor: Mapped[int] = mapped_column(BigInteger)
    tier_minor: Mapped[int] = mapped_column(BigInteger)
    lift_minor: Mapped[int] = mapped_column(BigInteger)
    cap_minor: Mapped[int] = mapped_column(BigInteger)
    minimum_minor: Mapped[int] = mapped_column(BigInteger)
    line_count: Mapped[int]


class Outage(TenantOwned, Base):
    """A time during which our service did not run for this shop; guaranteed minimums do not count it. The newest telling of a key holds."""

    __tablename__ = "outage"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="outage_lasts"),
        {"info": access(app="SELECT, INSERT", append_only=True)},
    )
    outage_key: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str]
    is_withdrawn: Mapped[bool]
    recorded_at: Mapped[datetime]


class EarningEvent(TenantOwned, Base):
    """One telling of something outside an order that earns: a lead, a booking, or a work's income elsewhere, with its evidence.

    The head (employee, kind, moment, work) of an event never changes; of its tellings the one with the latest (told_at, sha256) holds.
    """

    __tablename__ = "earning_event"
    __table_args__ = (
        Index("ix_earning_event_employee", "tenant_id", "employee_id", "occurred_at"),
        Index("ix_earning_event_work", "tenant_id", "work_id", postgresql_where=text("work_id IS NOT NULL")),
        {"info": access(app="SELECT, INSERT", append_only=True)},
    )
    earning_event_id: Mapped[UUID] = mapped_column(primary_key=True)
    told_at: Mapped[datetime] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    source: Mapped[str]
    external_id: Mapped[str]
    employee_id: Mapped[UUID]
    occurred_at: Mapped[datetime]
    work_id: Mapped[UUID | None]
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    evidence: Mapped[dict[str, Any]]
    is_void: Mapped[bool]
    recorded_at: Mapped[datetime]
