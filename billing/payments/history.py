"""A bill's state and its history: every change is one line of the history and one announcement."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.events import BillChanged
from billing.payments.tables import Bill, BillNote
from tenants.outbox import announce


def tell(session: Session, bill: Bill, what: str, detail: Mapping[str, Any], *, actor: str, now: datetime) -> None:
    """Write one line of a bill's history. The caller holds the bill's row, so the lines have one sequence."""
    mine = BillNote.tenant_id == bill.tenant_id, BillNote.statement_id == bill.statement_id
    number = (session.scalar(select(func.count()).select_from(BillNote).where(*mine)) or 0) + 1
    session.add(
        BillNote(
            tenant_id=bill.tenant_id, statement_id=bill.statement_id, number=number, at=now, actor=actor, what=what, detail=dict(detail)
        )
    )
    session.flush()


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
