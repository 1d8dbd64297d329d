"""Finds the contract versions that governed a moment. A batch of orders reads a tenant's contracts once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from billing.attribution.evidence import ContractInForce
from billing.contract_terms import ContractTerms, read_terms
from billing.revenue_share.tables import ContractEffect, ContractVersion
from billing.rows import read_json, rows_for
from tenants.database import tenant_of

_TERMS_KEPT_MAX: Final = 4096
_ACROSS: Final = """SELECT v.tenant_id, v.contract_version_id, v.employee_id, v.terms::text, v.terms_sha256,
    lower(e.effective), upper(e.effective), min(lower(e.effective)) OVER (PARTITION BY e.tenant_id, e.contract_id)
FROM contract_version v JOIN contract_effect e USING (tenant_id, contract_version_id)
WHERE v.tenant_id = ANY(%s::uuid[]) ORDER BY v.tenant_id, v.contract_version_id"""


@dataclass(frozen=True, slots=True)
class SignedVersion:
    """One version, the days it governs ([starts_at, ends_at), open at an end without a date) and the hash of its terms."""

    contract: ContractInForce
    terms_sha256: str
    starts_at: datetime | None
    ends_at: datetime | None

    def governs(self, moment: datetime) -> bool:
        """Whether the moment lies in this version's days."""
        return (self.starts_at is None or self.starts_at <= moment) and (self.ends_at is None or moment < self.ends_at)


@dataclass(frozen=True, slots=True)
class Contracts:
    """Every contract version of one tenant, read once for a whole batch of orders."""

    versions: tuple[SignedVersion, ...]
    by_id: dict[UUID, SignedVersion] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {one.contract.contract_version_id: one for one in self.versions})

    def at(self, moment: datetime) -> tuple[ContractInForce, ...]:
        """Every employee's version in force at a moment, by version id."""
        return tuple(one.contract for one in self.versions if one.governs(moment))

    @property
    def has_repeat(self) -> bool:
        """Whether any version pays for later orders of a customer it won, so that one order may change another."""
        return any(one.contract.terms.repeat is not None for one in self.versions)

    @property
    def window_days_max(self) -> int:
        """The longest window any version gives a touch; 0 without a contract."""
        return max((max(one.contract.terms.window_days.values(), default=0) for one in self.versions), default=0)


def load_contracts(session: Session) -> Contracts:
    """All contract versions of this tenant, by version id."""
    first_day = func.min(func.lower(ContractEffect.effective)).over(partition_by=ContractEffect.contract_id)
    query = (
        select(
            ContractVersion.contract_version_id, ContractVersion.employee_id, cast(ContractVersion.terms, Text),
            ContractVersion.terms_sha256, func.lower(ContractEffect.effective), func.upper(ContractEffect.effective), first_day,
        )
        .join(
            ContractEffect,
            (ContractEffect.tenant_id == ContractVersion.tenant_id)
            & (ContractEffect.contract_version_id == ContractVersion.contract_version_id),
        )
        .where(ContractVersion.tenant_id == tenant_of(session))
        .order_by(ContractVersion.contract_version_id)
    )  # fmt: skip
    return Contracts(
        tuple(
            SignedVersion(ContractInForce(version_id, employee_id, _terms(terms), begun), sha256, starts_at, ends_at)
            for version_id, employee_id, terms, sha256, starts_at, ends_at, begun in session.execute(query)
        )
    )


def contracts_across(session: Session, tenants: Collection[UUID]) -> dict[UUID, Contracts]:
    """As `load_contracts`, for every one of these shops in one query."""
    found: dict[UUID, list[SignedVersion]] = {tenant_id: [] for tenant_id in tenants}
    for tenant_id, version_id, employee_id, terms, sha256, starts_at, ends_at, begun in rows_for(session, _ACROSS, list(tenants)):
        found[tenant_id].append(SignedVersion(ContractInForce(version_id, employee_id, _terms(terms), begun), sha256, starts_at, ends_at))
    return {tenant_id: Contracts(tuple(versions)) for tenant_id, versions in found.items()}


def contracts_at(session: Session, moment: datetime) -> tuple[ContractInForce, ...]:
    """Every employee's version in force at a moment, by version id."""
    return load_contracts(session).at(moment)


def terms_of_versions(session: Session, version_ids: Sequence[UUID] | Collection[UUID]) -> dict[UUID, ContractTerms]:
    """The terms of the named versions."""
    query = select(ContractVersion.contract_version_id, cast(ContractVersion.terms, Text)).where(
        ContractVersion.tenant_id == tenant_of(session), ContractVersion.contract_version_id == func.any(list(version_ids))
    )
    return {version_id: _terms(terms) for version_id, terms in session.execute(query)}


def window_days_max(session: Session) -> int:
    """The longest window any contract of this tenant gives a touch; 0 without a contract."""
    return load_contracts(session).window_days_max


@lru_cache(_TERMS_KEPT_MAX)
def _terms(text: str) -> ContractTerms:
    """Signed terms never change, so reading the same text again would only cost time."""
    return read_terms(read_json(text))
