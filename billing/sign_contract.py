"""Signs terms for an employee. A signed version never changes; a new one takes over from its first day on."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from billing.contract_terms import ContractTerms, document_of, read_terms, sha256_of
from billing.errors import ContractsOverlap, ContractStartsInThePast, ContractTermsRefused, TermsShownDiffer
from billing.events import ContractSigned
from billing.ledger.writer import Cause
from billing.orders.locks import hold_contracts
from billing.orders.since import reckon_since
from billing.revenue_share.days import cut, days_of, latest_version
from billing.revenue_share.tables import ContractEffect, ContractVersion
from tenants.database import tenant_of
from tenants.identifiers import new_id
from tenants.outbox import announce

START_DAYS_MAX: Final = timedelta(days=3_653)
"""No month lies beyond the calendar, and no statement is drawn for a century in which nobody sold anything."""


def sign_contract(
    session: Session, *, employee_id: UUID, terms: ContractTerms, accepted_by: str, now: datetime, starts_at: datetime | None = None,
    shown_sha256: str | None = None,
) -> UUID:  # fmt: skip
    """Record that `accepted_by` accepted the terms, in force from `starts_at` (now unless given); return the version's id.

    `shown_sha256` is the hash of the terms the person was shown; it must be that of the terms signed. After a dismissal the next version
    is a new hire in the same contract. What is known already of its days is reckoned afresh at once.
    Announces ContractSigned. Raises ContractTermsRefused (TermsShownDiffer when the hashes differ;
    also when the currency or the zone of the months would change), ContractStartsInThePast when it would reach back over days that
    another version governs, ContractsOverlap when a later version is already signed.
    """
    _check(terms, accepted_by, shown_sha256)
    hold_contracts(session, alone=True)
    starts_at = starts_at or now
    if abs(starts_at - now) > START_DAYS_MAX:
        raise ContractTermsRefused("A contract begins within ten years of today.")
    latest = latest_version(session, employee_id)
    if latest is not None:
        _hand_over(session, latest, terms, starts_at, now)
    version = _version(session, latest, employee_id, terms=terms, now=now)
    version.accepted_by = accepted_by.strip()
    _write(session, version, starts_at)
    why = f"A contract was signed that governs this day, version {version.number} from {starts_at.date()} on."
    reckon_since(session, starts_at, Cause("contract", version.contract_version_id, why), employee_id=employee_id, now=now)
    announce(session, ContractSigned(version.contract_id, version.contract_version_id, employee_id, starts_at), now=now)
    return version.contract_version_id


def _check(terms: ContractTerms, accepted_by: str, shown_sha256: str | None) -> None:
    if not accepted_by.strip():
        raise ContractTermsRefused("A contract needs the name of who accepted it.")
    if shown_sha256 is not None and shown_sha256 != sha256_of(document_of(terms)):
        raise TermsShownDiffer("These are not the terms that were shown; read them again before you accept.")


def _hand_over(session: Session, latest: ContractVersion, terms: ContractTerms, starts_at: datetime, now: datetime) -> None:
    """End the latest version where the new one starts. Days already lived keep the version they were lived under."""
    before = read_terms(latest.terms)
    if (before.currency, before.period_time_zone) != (terms.currency, terms.period_time_zone):
        raise ContractTermsRefused(
            f"The contract counts in {before.currency} and in months of {before.period_time_zone}; neither may change while it lasts."
        )
    if starts_at < now:
        raise ContractStartsInThePast("Another version governs those days; a new one starts now or later.")
    days = days_of(session, latest)
    begun, ended = days.effective.lower, days.effective.upper
    if begun is not None and starts_at <= begun:
        raise ContractsOverlap(f"A version that starts on {begun.date()} is already signed.")
    if ended is None or starts_at < ended:
        cut(session, latest, days, starts_at, now=now)


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
