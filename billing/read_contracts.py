"""Reads the signed terms of an employee, every version with its days, its hash and who accepted it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.contract_terms import ContractTerms, read_terms
from billing.revenue_share.tables import ContractEffect, ContractVersion
from tenants.database import Database, tenant_of
from tenants.every_shop import shops_with


@dataclass(frozen=True)
class ContractView:
    """One signed version: its terms, their sha256, and [starts_at, ends_at) in UTC; `ends_at` is None while it runs."""

    contract_id: UUID
    contract_version_id: UUID
    number: int
    terms: ContractTerms
    terms_sha256: str
    accepted_by: str
    accepted_at: datetime
    starts_at: datetime
    ends_at: datetime | None

    def governs(self, start: datetime, end: datetime) -> bool:
        """Whether it was in force at any moment of [start, end)."""
        return self.starts_at < end and (self.ends_at is None or self.ends_at > start)


def shops_with_ended_contracts(database: Database, now: datetime) -> list[UUID]:
    """The shops of which any contract version has come to its end by now, found in one query."""
    with database.operator_session() as session:
        return shops_with(session, ContractEffect, func.upper(ContractEffect.effective) <= now)


def contracts_of(session: Session, employee_id: UUID) -> list[ContractView]:
    """Every version signed for an employee, the first one first; empty when none was."""
    query = (
        select(ContractVersion, ContractEffect)
        .join(
            ContractEffect,
            (ContractEffect.tenant_id == ContractVersion.tenant_id)
            & (ContractEffect.contract_version_id == ContractVersion.contract_version_id),
        )
        .where(ContractVersion.tenant_id == tenant_of(session), ContractVersion.employee_id == employee_id)
        .order_by(ContractVersion.number)
    )
    return [_view(version, effect) for version, effect in session.execute(query)]


def _view(version: ContractVersion, effect: ContractEffect) -> ContractView:
    starts_at = effect.effective.lower
    assert starts_at is not None  # noqa: S101 - sign_contract always writes a first day
    return ContractView(
        contract_id=version.contract_id,
        contract_version_id=version.contract_version_id,
        number=version.number,
        terms=read_terms(version.terms),
        terms_sha256=version.terms_sha256,
        accepted_by=version.accepted_by,
        accepted_at=version.accepted_at,
        starts_at=starts_at,
        ends_at=effect.effective.upper,
    )
