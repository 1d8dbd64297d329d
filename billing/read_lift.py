"""What an employee really adds: buyers who met it against buyers who, by a hash, did not, for a shop that looks as often as it likes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from billing.contract_terms import ContractTerms
from billing.lift.of_period import experiment_of, lift_of_period
from billing.lift.outcomes import DayOfVisitors, Gathered, gather, months_of
from billing.lift.sequence import ArmSums, Cohort, Effect, compare
from billing.lift.verdict import LiftVerdict, evidence_sentence
from billing.revenue_share.versions import contracts_at

__all__ = ["ArmSums", "Effect", "LiftMonth", "LiftPoint", "LiftReading", "LiftVerdict", "compare_arms", "lift_of_period", "read_lift"]

CONFIDENCE_PPM: Final = 950_000
"""With which a contract is read that does not pay on lift."""


@dataclass(frozen=True)
class LiftPoint:
    """The comparison as it stood with all visitors up to this day: one point of the curve that narrows."""

    day: date
    visitors: int
    effect: Effect | None


@dataclass(frozen=True)
class LiftMonth:
    """One month's own visitors: the effect per visitor and, times the visitors who met the employee, what it added (minor units)."""

    period_start: datetime
    treated: ArmSums
    holdout: ArmSums
    effect: Effect | None
    added_minor: int | None


@dataclass(frozen=True)
class LiftReading:
    """All visitors of the contract version in force, in its currency; `sentence` says it for people.

    `visitors_waiting` still have their window before them; `orders_waiting` are in other currencies and wait for a rate.
    """

    contract_version_id: UUID
    currency: str
    confidence_ppm: int
    treated: ArmSums
    holdout: ArmSums
    effect: Effect | None
    added_minor: int | None
    sentence: str
    months: tuple[LiftMonth, ...]
    points: tuple[LiftPoint, ...]
    visitors_waiting: int
    orders_waiting: int


def read_lift(session: Session, *, employee_id: UUID, now: datetime) -> LiftReading | None:
    """The experiment of the employee's contract version in force, with every refund known by now; None without a contract."""
    found = next((version for version in contracts_at(session, now) if version.employee_id == employee_id), None)
    if found is None:
        return None
    experiment = experiment_of(session, found.contract_version_id, found.terms)
    return _reading(found.contract_version_id, found.terms, gather(session, experiment, now=now))


def _reading(contract_version_id: UUID, terms: ContractTerms, gathered: Gathered) -> LiftReading:
    confidence_ppm = terms.lift.confidence_ppm if terms.lift else CONFIDENCE_PPM
    months = months_of(gathered.days, terms.period_time_zone)
    treated = sum((month.treated for month in months), ArmSums())
    holdout = sum((month.holdout for month in months), ArmSums())
    effect = compare(treated, holdout, confidence_ppm)
    sentence = evidence_sentence(treated, holdout, confidence_ppm, terms.currency)
    return LiftReading(
        contract_version_id, terms.currency, confidence_ppm, treated, holdout, effect, _added(treated, effect), sentence,
        tuple(_month(month, confidence_ppm) for month in months), _points(gathered.days, confidence_ppm), gathered.visitors_waiting,
        gathered.orders_waiting,
    )  # fmt: skip


def _points(days: Sequence[DayOfVisitors], confidence_ppm: int) -> tuple[LiftPoint, ...]:
    joined = accumulate(days, lambda before, day: DayOfVisitors(day.day, before.treated + day.treated, before.holdout + day.holdout))
    return tuple(
        LiftPoint(day.day, day.treated.visitors + day.holdout.visitors, compare(day.treated, day.holdout, confidence_ppm)) for day in joined
    )


def _month(month: Cohort, confidence_ppm: int) -> LiftMonth:
    effect = compare(month.treated, month.holdout, confidence_ppm)
    return LiftMonth(month.period_start, month.treated, month.holdout, effect, _added(month.treated, effect))


def _added(treated: ArmSums, effect: Effect | None) -> int | None:
    return None if effect is None else effect.added_minor(treated.visitors)


def compare_arms(treated: ArmSums, holdout: ArmSums) -> Effect | None:
    """Compare any two ways that visitors were given by an even draw, with the interval that holds at every look (95 %)."""
    return compare(treated, holdout, CONFIDENCE_PPM)
