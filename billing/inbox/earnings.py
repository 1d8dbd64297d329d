"""Reads the generic messages about what earns besides orders (app/api/ORDERS.md): leads, bookings and a work's income elsewhere."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from billing.currencies import exponent_of
from billing.errors import CurrencyUnknown, PayloadRefused
from billing.inbox.fields import Fields
from billing.record_bonus import BonusEvent, record_bonus
from billing.record_income import WorkIncome, record_income
from tenants.identifiers import PublicIdUnreadable, from_public, to_public

BONUS_TYPES: Final[dict[str, tuple[Literal["lead", "booking"], bool]]] = {
    "lead.created": ("lead", False),
    "lead.withdrawn": ("lead", True),
    "booking.created": ("booking", False),
    "booking.withdrawn": ("booking", True),
}
INCOME_TYPES: Final[dict[str, bool]] = {"income.reported": False, "income.withdrawn": True}
EARNING_TYPES: Final = (*BONUS_TYPES, *INCOME_TYPES)
EVIDENCE_MAX: Final = 12


@dataclass(frozen=True, slots=True)
class NeutralEarning:
    """What one message tells, whoever tells it; `kind` income has a work, an amount and a currency."""

    kind: Literal["lead", "booking", "income"]
    external_id: str
    employee_id: UUID
    occurred_at: datetime
    told_at: datetime
    evidence: dict[str, str]
    is_void: bool
    work_id: UUID | None = None
    amount_minor: int = 0
    currency: str = ""


@dataclass(frozen=True, slots=True)
class ToldEarning:
    """A message and the connection it came by: the same id from another connection is another event."""

    fact: NeutralEarning
    connection_id: UUID


def read_earning(event_type: str, data: Fields, *, now: datetime) -> NeutralEarning:
    """One lead, booking or report of income. Raises PayloadRefused with the field that is wrong."""
    external_id, employee_id = data.text("id"), _id(data, "employee", "emp")
    occurred_at, told_at = data.moment("occurred_at", now=now), data.moment("updated_at", now=now)
    evidence = _evidence(data.part("evidence"))
    if event_type in BONUS_TYPES:
        kind, is_void = BONUS_TYPES[event_type]
        return NeutralEarning(kind, external_id, employee_id, occurred_at, told_at, evidence, is_void)
    currency = data.text("currency")
    try:
        exponent_of(currency)
    except CurrencyUnknown as error:
        raise PayloadRefused(f"data.currency: {error}") from error
    return NeutralEarning(
        "income", external_id, employee_id, occurred_at, told_at, evidence, INCOME_TYPES[event_type], _id(data, "work", "wrk"),
        data.amount("amount", currency), currency,
    )  # fmt: skip


def record_earning(session: Session, told: ToldEarning, *, now: datetime) -> None:
    """Post what it earns under the contract of its day. Raises EarningEventRefused when it cannot be right."""
    fact, source = told.fact, to_public("con", told.connection_id)
    if fact.kind != "income":
        event = BonusEvent(
            fact.kind, source, fact.external_id, fact.employee_id, fact.occurred_at, fact.told_at, fact.evidence, fact.is_void
        )  # fmt: skip
        record_bonus(session, event, now=now)
        return
    assert fact.work_id is not None  # noqa: S101 - read_earning requires it of income
    income = WorkIncome(
        source, fact.external_id, fact.employee_id, fact.work_id, fact.amount_minor, fact.currency, fact.occurred_at, fact.told_at,
        fact.evidence, fact.is_void,
    )  # fmt: skip
    record_income(session, income, now=now)


def _id(data: Fields, name: str, prefix: str) -> UUID:
    text = data.text(name)
    try:
        return from_public(prefix, text)
    except PublicIdUnreadable as error:
        raise PayloadRefused(f"{data.path}.{name}: {error}") from error


def _evidence(part: Fields) -> dict[str, str]:
    if not 0 < len(part.values) <= EVIDENCE_MAX or not all(name.isprintable() for name in part.values):
        raise PayloadRefused(f"{part.path} must name 1 to {EVIDENCE_MAX} references, such as a conversation or a reservation's number.")
    return {name: part.text(name) for name in part.values}
