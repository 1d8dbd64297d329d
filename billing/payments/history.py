"""A bill's state and its history: every change is one line of the history and one announcement."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from billing.events import BillChanged
from billing.payments.tables import Bill, BillNote
from tenants.identifiers import new_id
from tenants.outbox import announce


def tell(session: Session, bill: Bill, what: str, detail: Mapping[str, Any], *, actor: str, now: datetime) -> None:
    """Write one line of a bill's history."""
    session.add(
        BillNote(
            tenant_id=bill.tenant_id,
            note_id=new_id(now),
            statement_id=bill.statement_id,
            at=now,
            actor=actor,
            what=what,
            detail=dict(detail),
        )
    )


def move_to(session: Session, bill: Bill, state: str, *, actor: str, now: datetime) -> None:
    """Bring a bill into a state; nothing happens when it is in it."""
    if bill.state == state:
        return
    tell(session, bill, state, {"from": bill.state}, actor=actor, now=now)
    bill.state = state
    changed = BillChanged(
        statement_id=bill.statement_id, number=bill.number, period_name=bill.period_name, state=state, currency=bill.currency,
        amount_minor=bill.amount_minor,
    )  # fmt: skip
    announce(session, changed, now=now)
