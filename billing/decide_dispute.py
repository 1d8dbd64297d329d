"""Decides disputes. One that nobody decided in time is decided for the shop, by the clock.

The clock rules for the shop because only we can be late: a shop must never lose an amount to our silence.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from billing.disputes.follow import follow_orders, stands_of
from billing.disputes.tables import Dispute, DisputeDecision
from billing.errors import BillingError, DisputeRefused, DisputeUnknown, GrantExceedsHold
from billing.ledger.writer import Cause
from billing.money import Money
from billing.orders.locks import hold_contracts, lock_orders
from billing.revenue_share.settle import settle_orders
from tenants.audit import note
from tenants.database import Database, tenant_of
from tenants.identifiers import to_public

Outcome = Literal["accepted", "rejected", "adjusted"]
CLOCK: Final = "clock"
WHY_LENGTH_MAX: Final = 2000
_SILENCE: Final = "Nobody decided in time."
_SENTENCES: Final[dict[Outcome, str]] = {
    "accepted": "The dispute was accepted; what was held goes back to the shop.",
    "rejected": "The dispute was rejected; what was held is earned.",
    "adjusted": "The dispute was settled in part; a part of what was held goes back to the shop, the rest is earned.",
}

log = logging.getLogger(__name__)


def decide_dispute(
    session: Session, *, dispute_id: UUID, outcome: Outcome, why: str, decided_by: str, now: datetime, granted_minor: int | None = None
) -> None:
    """Accept, reject, or adjust to `granted_minor` of what is disputed, before the dispute's `decide_by`.

    Telling the same decision again changes nothing. Raises DisputeUnknown, and DisputeRefused when the time is over, another decision
    stands, the amount does not fit the outcome (GrantExceedsHold when it is more than is held), or the sentence why is missing.
    """
    why = why.strip()
    if not why or len(why) > WHY_LENGTH_MAX:
        raise DisputeRefused(f"A decision needs a sentence why, of at most {WHY_LENGTH_MAX} characters.")
    if (outcome == "adjusted") != (granted_minor is not None):
        raise DisputeRefused("An adjusted dispute names the amount that goes back; the other outcomes name none.")
    dispute = _locked(session, dispute_id)
    granted = {"accepted": None, "rejected": 0}.get(outcome, granted_minor)
    if _stands(session, dispute, outcome, granted):
        return
    if now >= dispute.decide_by:
        raise DisputeRefused(f"The time to decide ended at {dispute.decide_by.isoformat()}; undecided disputes are accepted.")
    if outcome == "adjusted":
        _check_grant(session, dispute, granted_minor or 0)
    decision = DisputeDecision(outcome=outcome, granted_minor=granted, why=why, decided_by=decided_by, decided_at=now)
    _decide(session, [(dispute, decision)], now=now)


def decide_overdue(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Accept this tenant's disputes whose time to decide is over; return how many. Call it again while it returns something.

    All orders are locked before the first month, as every transaction does, so that it waits in no circle with a refund. Call it in a
    transaction of its own.
    """
    overdue = select(Dispute).where(Dispute.tenant_id == tenant_of(session), _is_overdue(now)).order_by(Dispute.dispute_id)
    hold_contracts(session)
    found = session.scalars(overdue.limit(limit)).all()
    lock_orders(session, [one.order_id for one in found])
    left = overdue.where(Dispute.dispute_id.in_([one.dispute_id for one in found]))  # somebody may have decided while we waited
    decided = [
        (one, DisputeDecision(outcome="accepted", granted_minor=None, why=_SILENCE, decided_by=CLOCK, decided_at=one.decide_by))
        for one in session.scalars(left)
    ]
    _decide(session, decided, now=now)
    return len(decided)


def decide_overdue_disputes(database: Database, *, now: datetime) -> int:
    """For the worker: accept every tenant's overdue disputes, each tenant in transactions of its own; return how many."""
    with database.intake_session() as session:
        tenants = session.scalars(select(Dispute.tenant_id).where(_is_overdue(now)).distinct()).all()
    count = 0
    for tenant_id in sorted(tenants):
        try:
            with database.tenant_session(tenant_id) as session:
                count += decide_overdue(session, now=now)
        except (BillingError, SQLAlchemyError) as error:
            log.warning("overdue disputes were not decided", extra={"tenant_id": str(tenant_id), "error_class": type(error).__name__})
    return count


def _is_overdue(now: datetime) -> ColumnElement[bool]:
    decided = select(DisputeDecision.dispute_id).where(
        DisputeDecision.tenant_id == Dispute.tenant_id, DisputeDecision.dispute_id == Dispute.dispute_id
    )
    return (Dispute.decide_by <= now) & ~decided.exists()


def _locked(session: Session, dispute_id: UUID) -> Dispute:
    """The dispute, with its order's row locked: every change of a line happens under that lock."""
    dispute = session.get(Dispute, (tenant_of(session), dispute_id))
    if dispute is None:
        raise DisputeUnknown("There is no such dispute.")
    hold_contracts(session)
    lock_orders(session, [dispute.order_id])
    return dispute


def _stands(session: Session, dispute: Dispute, outcome: Outcome, granted: int | None) -> bool:
    decision = session.get(DisputeDecision, (dispute.tenant_id, dispute.dispute_id), populate_existing=True)
    if decision is None:
        return False
    if (decision.outcome, decision.granted_minor) != (outcome, granted):
        raise DisputeRefused(f"The dispute was {decision.outcome} already, on {decision.decided_at.date()}.")
    return True


def _check_grant(session: Session, dispute: Dispute, granted_minor: int) -> None:
    """The hold follows the line, so after a refund less can go back than was disputed; what the line earns later stays the employee's."""
    held = sum(one.hold_minor for one in stands_of(session, [dispute.order_id]).get(dispute.dispute_id, {}).values())
    if granted_minor <= 0:
        raise DisputeRefused("The amount that goes back is above zero.")
    if granted_minor > held:
        raise GrantExceedsHold(f"The amount that goes back is at most what is held, {Money(held, dispute.currency)}.")


def _decide(session: Session, decided: Sequence[tuple[Dispute, DisputeDecision]], *, now: datetime) -> None:
    """Record decisions about locked orders, and bring the book to where they say: once for all of them, so every month is held at once."""
    causes = {}
    for dispute, decision in decided:
        decision.tenant_id, decision.dispute_id = dispute.tenant_id, dispute.dispute_id
        sentence = next(text for outcome, text in _SENTENCES.items() if outcome == decision.outcome)
        silence = f"{_SILENCE} " if decision.decided_by == CLOCK else ""
        causes[dispute.dispute_id] = Cause("dispute", dispute.dispute_id, f"{silence}{sentence}")
    session.add_all(decision for _, decision in decided)
    session.flush()  # the decisions are read back with their disputes
    settle_orders(session, follow_orders(session, [one.order_id for one, _ in decided], now=now, causes=causes), now=now)
    for dispute, decision in decided:
        detail = {"granted_minor": decision.granted_minor, "currency": dispute.currency, "why": decision.why}
        note(session, decision.decided_by, f"dispute.{decision.outcome}", to_public("dsp", dispute.dispute_id), detail, now=now)
