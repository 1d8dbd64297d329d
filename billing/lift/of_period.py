"""The lift line of one month of one contract version, for whoever settles the month."""

from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.contract_terms import ContractTerms
from billing.errors import ContractTermsRefused
from billing.lift.outcomes import Experiment, gather, months_of
from billing.lift.verdict import LiftVerdict, lift_amount
from billing.revenue_share.tables import ContractEffect, ContractVersion
from tenants.database import tenant_of


def lift_of_period(
    session: Session, *, contract_version_id: UUID, terms: ContractTerms, period_start: datetime, period_end: datetime, now: datetime
) -> LiftVerdict:
    """What the version owes on lift for the month [period_start, period_end), in the contract's currency; never below 0.

    Visitors first asked for in the month join the comparison when their window is over, so an early answer may still rise or fall; the
    answer after the last window is a pure function of the facts. Raises ContractTermsRefused when the version does not pay on lift.
    """
    if terms.lift is None:
        raise ContractTermsRefused("This contract does not pay on lift.")
    experiment = experiment_of(session, contract_version_id, terms, until=period_end)
    days = gather(session, experiment, now=now).days
    return lift_amount(months_of(days, terms.period_time_zone, [period_start]), terms.lift, terms.currency)


def experiment_of(session: Session, contract_version_id: UUID, terms: ContractTerms, *, until: datetime | None = None) -> Experiment:
    """The experiment a version makes: the visitors first asked for while it governs, and before `until`."""
    employee_id, effective = session.execute(
        select(ContractVersion.employee_id, ContractEffect.effective)
        .join(
            ContractEffect,
            (ContractEffect.tenant_id == ContractVersion.tenant_id)
            & (ContractEffect.contract_version_id == ContractVersion.contract_version_id),
        )
        .where(ContractVersion.tenant_id == tenant_of(session), ContractVersion.contract_version_id == contract_version_id)
    ).one()
    ends = [moment for moment in (effective.upper, until) if moment is not None]
    starts_at = cast(datetime, effective.lower)  # every version has a first day
    return Experiment(employee_id, terms, starts_at, min(ends, default=None))
