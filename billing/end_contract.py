"""Dismisses an employee: its contract ends on a day, and it is said who keeps what it made and learned. It may be hired again later."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from billing.contract_terms import ownership_text, read_terms
from billing.errors import ContractEndRefused, ContractUnknown
from billing.events import ContractEnded
from billing.ledger.writer import Cause
from billing.orders.locks import hold_contracts
from billing.orders.since import reckon_since
from billing.revenue_share.days import cut, days_of, latest_version
from tenants.audit import note
from tenants.identifiers import to_public
from tenants.outbox import announce


@dataclass(frozen=True, slots=True)
class Dismissal:
    """The version that ends, when, and in plain words who keeps works, transcripts and taste and what becomes of later facts."""

    contract_version_id: UUID
    ends_at: datetime
    sentence: str


def end_contract(session: Session, employee_id: UUID, *, actor: str, now: datetime, ends_at: datetime | None = None) -> Dismissal:
    """End the employee's contract before `ends_at` (now unless given), as said by `actor` (`per_...` or a plain word).

    Orders from then on earn nothing; earlier ones keep their contract, refunds and disputes included. Announces ContractEnded. Raises
    ContractUnknown when none is in force, ContractEndRefused when the day lies in the past or before the latest version starts.
    """
    hold_contracts(session, alone=True)
    ends_at = ends_at or now
    latest = latest_version(session, employee_id)
    days = days_of(session, latest) if latest is not None else None
    if latest is None or days is None or (days.effective.upper is not None and days.effective.upper <= now):
        raise ContractUnknown("This employee has no contract that could end.")
    begun = days.effective.lower
    if ends_at < now:
        raise ContractEndRefused("A contract cannot end in the past: those days were worked under it.")
    if begun is not None and ends_at <= begun:
        raise ContractEndRefused(f"A version that starts on {begun.date()} is signed; it can end only after that.")
    if days.effective.upper is not None and ends_at >= days.effective.upper:
        raise ContractEndRefused(f"The contract ends already on {days.effective.upper.date()}.")
    cut(session, latest, days, ends_at, now=now)
    cause = Cause("contract", latest.contract_version_id, f"The contract that governed this day ended on {ends_at.date()}.")
    reckon_since(session, ends_at, cause, employee_id=employee_id, now=now)
    kept = read_terms(latest.terms).ownership
    ended = ContractEnded(latest.contract_id, latest.contract_version_id, employee_id, ends_at, kept.works, kept.transcripts, kept.taste)
    announce(session, ended, now=now)
    note(session, actor, "contract.ended", to_public("emp", employee_id), {"ends_at": ends_at.isoformat()}, now=now)
    sentence = f"The contract ends on {ends_at.date()}; what was sold before stays under it, refunds and disputes included."
    return Dismissal(latest.contract_version_id, ends_at, f"{sentence} {ownership_text(kept)}")
