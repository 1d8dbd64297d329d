"""Signed terms, which never change, and the days each version governs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
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
        {"info": access(app="SELECT, INSERT", append_only=True)},
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
        {"info": access(app="SELECT, INSERT, UPDATE")},
    )
    contract_version_id: Mapped[UUID] = mapped_column(primary_key=True)
    contract_id: Mapped[UUID]
    effective: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
