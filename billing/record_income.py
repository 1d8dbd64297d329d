"""Records what a work (a film) earned elsewhere, by licence or on a platform; its royalty is paid where the contract says so."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from billing.revenue_share.earning_events import Telling, event_id_of, keep_telling
from billing.revenue_share.reckon_events import Earned, hold_events, reckon_events

__all__ = ["Earned", "WorkIncome", "reckon_income", "record_income"]


@dataclass(frozen=True, slots=True)
class WorkIncome:
    """Income of a work as its source reports it: `amount_minor` of `currency`, in minor units, for what happened at `occurred_at`.

    `external_id` is the source's own id of the report; `evidence` names documents (an account statement's number, a hash). A later report
    under the same id corrects the amount; `is_void` takes it back. Of several the one with the latest `told_at` holds.
    """

    source: str
    external_id: str
    employee_id: UUID
    work_id: UUID
    amount_minor: int
    currency: str
    occurred_at: datetime
    told_at: datetime
    evidence: Mapping[str, str]
    is_void: bool = False


def record_income(session: Session, income: WorkIncome, *, now: datetime) -> Earned:
    """Keep what is reported and post its royalty, or what a correction changes of it; a repetition changes nothing.

    Income in another currency than the contract's is converted at its own day's rate, and waits, visibly, until that is published.
    Raises EarningEventRefused, EarningEventChanged (another day, employee, work or currency), CurrencyUnknown.
    """
    telling = Telling(
        "income", income.source, income.external_id, income.employee_id, income.occurred_at, income.told_at, income.evidence,
        income.work_id, income.amount_minor, income.currency, income.is_void,
    )  # fmt: skip
    event_id = event_id_of(session, telling)
    hold_events(session, [event_id])
    keep_telling(session, telling, now=now)
    return reckon_events(session, [event_id], now=now)[event_id]


def reckon_income(session: Session, event_ids: Collection[UUID], *, now: datetime) -> dict[UUID, Earned]:
    """Reckon reports again whose exchange rate was missing; ids that are no reports of this tenant are left out."""
    hold_events(session, event_ids)
    return reckon_events(session, event_ids, now=now)
