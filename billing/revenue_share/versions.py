"""Finds the contract versions that governed a moment."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.attribution.evidence import ContractInForce
from billing.contract_terms import ContractTerms, read_terms
from billing.revenue_share.tables import ContractEffect, ContractVersion
from tenants.database import tenant_of


def contracts_at(session: Session, moment: datetime) -> tuple[ContractInForce, ...]:
    """Every employee's version in force at a moment, by version id."""
    tenant_id = tenant_of(session)
    query = (
        select(ContractVersion)
        .join(
            ContractEffect,
            (ContractEffect.tenant_id == ContractVersion.tenant_id)
            & (ContractEffect.contract_version_id == ContractVersion.contract_version_id),
        )
        .where(ContractVersion.tenant_id == tenant_id, ContractEffect.effective.contains(moment))
        .order_by(ContractVersion.contract_version_id)
    )
    return tuple(
        ContractInForce(version.contract_version_id, version.employee_id, read_terms(version.terms)) for version in session.scalars(query)
    )


def terms_of_versions(session: Session, version_ids: Sequence[UUID]) -> dict[UUID, ContractTerms]:
    """The terms of the named versions."""
    query = select(ContractVersion).where(
        ContractVersion.tenant_id == tenant_of(session), ContractVersion.contract_version_id.in_(version_ids)
    )
    return {version.contract_version_id: read_terms(version.terms) for version in session.scalars(query)}


def window_days_max(session: Session) -> int:
    """The longest window any contract of this tenant gives a touch; 0 without a contract."""
    query = select(ContractVersion.terms).where(ContractVersion.tenant_id == tenant_of(session))
    return max((max(read_terms(terms).window_days.values(), default=0) for terms in session.scalars(query)), default=0)
