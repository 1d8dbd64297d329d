"""Records a lead or a booking an employee brought, which earns a bonus where the contract of that day pays one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from billing.revenue_share.earning_events import Telling, keep_telling, twins_of
from billing.revenue_share.reckon_events import Earned, hold_bonus, reckon_events

__all__ = ["BonusEvent", "Earned", "record_bonus"]


@dataclass(frozen=True, slots=True)
class BonusEvent:
    """A lead or a booking as its source tells it.

    `external_id` is the source's own; `evidence` names references such as conversation_id or a reservation number, never personal data.
    `is_void` takes it back. Of several tellings of one event the one with the latest `told_at` holds.
    """

    kind: Literal["lead", "booking"]
    source: str
    external_id: str
    employee_id: UUID
    occurred_at: datetime
    told_at: datetime
    evidence: Mapping[str, str]
    is_void: bool = False


def record_bonus(session: Session, event: BonusEvent, *, now: datetime) -> Earned:
    """Keep what is told and post the bonus, or what a correction changes of it; a repetition changes nothing.

    A lead that another source told before, with the same id and the same conversation or visitor, is counted already and earns nothing.
    Returns what the event earns by now in the contract's currency, with the reason when it is nothing. Raises EarningEventRefused, or
    EarningEventChanged when the same event was told of another day, employee or kind.
    """
    telling = Telling(
        event.kind, event.source, event.external_id, event.employee_id, event.occurred_at, event.told_at, event.evidence,
        is_void=event.is_void,
    )  # fmt: skip
    hold_bonus(session, telling)
    event_id = keep_telling(session, telling, now=now)
    return reckon_events(session, twins_of(session, [telling]), now=now)[event_id]
