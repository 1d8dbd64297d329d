"""Signs terms for an employee. A signed version never changes; a new one takes over from its first day on."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from billing.attribution.models import MODELS
from billing.contract_terms import ContractTerms, document_of, sha256_of
from billing.errors import ContractsOverlap, ContractStartsInThePast, ContractTermsRefused
from billing.events import ContractSigned
from billing.orders.locks import hold
from billing.revenue_share.tables import ContractEffect, ContractVersion
from tenants.database import tenant_of
from tenants.identifiers import new_id
from tenants.outbox import announce


def sign_contract(
    session: Session, *, employee_id: UUID, terms: ContractTerms, accepted_by: str, now: datetime, starts_at: datetime | None = None
) -> UUID:
    """Record that `accepted_by` accepted the terms, in force from `starts_at` (now unless given); return the version's id.

    Announces ContractSigned. Raises ContractTermsRefused, ContractStartsInThePast when it would reach back over days that another
    version governs, ContractsOverlap when a later version is already signed.
    """
    if terms.attribution_model not in MODELS:
        raise ContractTermsRefused(f"The attribution model {terms.attribution_model[:60]!r} is not known; choose {', '.join(MODELS)}.")
    if not accepted_by.strip():
        raise ContractTermsRefused("A contract needs the name of who accepted it.")
    hold(session, ("contract of employee", employee_id))
    starts_at = starts_at or now
    latest = _latest(session, employee_id)
    if latest is not None:
        _hand_over(session, latest, starts_at, now)
    version = _version(session, latest, employee_id, terms=terms, now=now)
    version.accepted_by = accepted_by.strip()
    _write(session, version, starts_at)
    announce(session, ContractSigned(version.contract_id, version.contract_version_id, employee_id, starts_at), now=now)
    return version.contract_version_id


def _latest(session: Session, employee_id: UUID) -> ContractVersion | None:
    query = select(ContractVersion).where(ContractVersion.tenant_id == tenant_of(session), ContractVersion.employee_id == employee_id)
    return session.scalar(query.order_by(ContractVersion.number.desc()).limit(1))


def _hand_over(session: Session, latest: ContractVersion, starts_at: datetime, now: datetime) -> None:
    """End the latest version where the new one starts. Days already lived keep the version they were lived under."""
    if starts_at < now:
        raise ContractStartsInThePast("Another version governs those days; a new one starts now or later.")
    effect = session.get_one(ContractEffect, (latest.tenant_id, latest.contract_version_id), with_for_update=True, populate_existing=True)
    begun = effect.effective.lower
    if begun is not None and starts_at <= begun:
        raise ContractsOverlap(f"A version that starts on {begun.date()} is already signed.")
    effect.effective = Range(begun, starts_at, bounds="[)")
    session.flush()  # the old range must end before the new one is written, or the two overlap


def _version(
    session: Session, latest: ContractVersion | None, employee_id: UUID, *, terms: ContractTerms, now: datetime
) -> ContractVersion:
    """The next version of the employee's contract, or the first of a new one; who accepted it is the caller's to fill in."""
    document = document_of(terms)
    return ContractVersion(
        tenant_id=tenant_of(session), contract_version_id=new_id(now), contract_id=latest.contract_id if latest else new_id(now),
        number=latest.number + 1 if latest else 1, employee_id=employee_id, terms=document, terms_sha256=sha256_of(document),
        accepted_at=now,
    )  # fmt: skip


def _write(session: Session, version: ContractVersion, starts_at: datetime) -> None:
    session.add(version)
    session.flush()
    effective = Range(starts_at, None, bounds="[)")
    session.add(
        ContractEffect(
            tenant_id=version.tenant_id,
            contract_version_id=version.contract_version_id,
            contract_id=version.contract_id,
            effective=effective,
        )
    )
    session.flush()
