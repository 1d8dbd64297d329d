"""The contract versions a statement is made under, as the header of the statement carries them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.contract_terms import ContractTerms, Payee, read_terms
from billing.revenue_share.periods import Period, period_of
from billing.revenue_share.tables import ContractEffect, ContractVersion
from tenants.database import tenant_of

CLOSING_MARGIN: Final = timedelta(hours=1)
"""No transaction lives so long, and no clock in service is so slow."""


@dataclass(frozen=True, slots=True)
class SignedTerms:
    """One signed version: its stored document, and [starts_at, ends_at) in UTC; `ends_at` is None while it runs."""

    contract_version_id: UUID
    number: int
    terms: ContractTerms
    document: dict[str, Any]
    terms_sha256: str
    starts_at: datetime
    ends_at: datetime | None

    def governs(self, period: Period) -> bool:
        """Whether it was in force at any moment of the period."""
        return self.starts_at < period.end and (self.ends_at is None or self.ends_at > period.start)

    def header(self) -> dict[str, Any]:
        """What the statement says of it: enough to recount every line under it."""
        return {
            "contract_version_id": str(self.contract_version_id), "version": self.number, "terms": self.document,
            "terms_sha256": self.terms_sha256, "starts_at": _utc_text(self.starts_at),
            "ends_at": None if self.ends_at is None else _utc_text(self.ends_at),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Employment:
    """Every version signed for one employee, the first one first. Currency and time zone are the same in all."""

    employee_id: UUID
    versions: tuple[SignedTerms, ...]

    @property
    def currency(self) -> str:
        """The currency of all versions."""
        return self.versions[-1].terms.currency

    @property
    def time_zone(self) -> str:
        """The zone in which the months of all versions are cut."""
        return self.versions[-1].terms.period_time_zone

    def governing(self, period: Period) -> tuple[SignedTerms, ...]:
        """The versions in force during the period, by their days; after the contract's end the last one speaks for it."""
        found = tuple(sorted((one for one in self.versions if one.governs(period)), key=lambda one: one.starts_at))
        return found or self.versions[-1:]

    def is_governed(self, period: Period) -> bool:
        """Whether any version was in force during the period."""
        return any(one.governs(period) for one in self.versions)

    def closes_at(self, period: Period) -> datetime:
        """The moment from which the period may be closed: its goods can no longer be returned, and late facts had their days.

        CLOSING_MARGIN later than both, for what is being booked in the month by a slow clock when it ends.
        """
        waits = (max(one.terms.soft_days, one.terms.return_window_days) for one in self.governing(period))
        return period.end + timedelta(days=max(waits)) + CLOSING_MARGIN

    def payees(self) -> dict[str, Payee]:
        """Every payee any version names, by key; the latest version's name and role count."""
        return {payee.key: payee for one in self.versions for payee in one.terms.payees}

    def first_period(self) -> Period:
        """The month in which the first version began."""
        return period_of(min(one.starts_at for one in self.versions), self.time_zone)


def employment_of(session: Session, employee_id: UUID) -> Employment | None:
    """Everything signed for an employee; None when nothing was."""
    query = (
        select(ContractVersion, ContractEffect.effective)
        .join(
            ContractEffect,
            (ContractEffect.tenant_id == ContractVersion.tenant_id)
            & (ContractEffect.contract_version_id == ContractVersion.contract_version_id),
        )
        .where(ContractVersion.tenant_id == tenant_of(session), ContractVersion.employee_id == employee_id)
        .order_by(ContractVersion.accepted_at, ContractVersion.number)
    )
    found = tuple(_signed(row, days.lower, days.upper) for row, days in session.execute(query))
    return Employment(employee_id, found) if found else None


def _signed(row: ContractVersion, starts_at: datetime | None, ends_at: datetime | None) -> SignedTerms:
    assert starts_at is not None  # noqa: S101 - sign_contract always writes a first day
    terms = read_terms(row.terms)
    return SignedTerms(row.contract_version_id, row.number, terms, row.terms, row.terms_sha256, starts_at, ends_at)


def _utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
