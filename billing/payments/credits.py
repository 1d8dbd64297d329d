"""Credit notes: what goes back to a shop when an employee has left and the carried amount stays below zero.

While a contract runs, a clawback is carried and set off against the next month. After it nothing sets it off, so the shop gets it back as
credit notes on that employee's earlier bills, the newest first, none for more than is left of it. The carried amount stays below zero in
the sealed statements, so whoever comes back and earns it full again owes it again: as a line of that month's bill.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.payments.accounts import held_account, want_work
from billing.payments.history import move_to, tell
from billing.payments.tables import Bill, BillCredit, BillLine, BillStep
from billing.statements.contracts import employment_of
from billing.statements.views import StatementView
from tenants.database import tenant_of

CREDIT: Final = "credit"
CREDITED_BEFORE: Final = "credited_before"
FIRST_POSITION: Final = 1000
"""Credit notes come after every step that makes the invoice itself."""
_NOT_OWED: Final = ("void", "credited", "charged_back")


def credit_for_good(session: Session, statement: StatementView, *, now: datetime) -> int:
    """Draw credit notes for what a statement leaves below zero, if nothing will ever set it off; return the minor units credited."""
    if statement.carried_minor >= 0 or not _is_over(session, statement, now):
        return 0
    account, left = held_account(session), -statement.carried_minor - credited_before(session, statement.employee_id)
    drawn = 0
    for bill in _bills(session, statement):
        part = min(left, bill.amount_minor - bill.credited_minor - _waiting(session, bill))
        if part > 0:
            _draw(session, bill, statement, part, now)
            want_work(account, now)
            left, drawn = left - part, drawn + part
    return drawn


def finish_credit(session: Session, bill: Bill, step: BillStep, ref: str, *, now: datetime) -> None:
    """The credit note stands at the gateway: the bill is worth that much less."""
    query = select(BillCredit).where(BillCredit.tenant_id == bill.tenant_id, BillCredit.number == step.about["number"])
    credit = session.scalars(query).one()
    credit.done_at, credit.credit_ref = now, ref
    bill.credited_minor += credit.amount_minor
    if bill.credited_minor == bill.amount_minor:
        move_to(session, bill, "credited", actor="worker", now=now)


def _draw(session: Session, bill: Bill, statement: StatementView, amount_minor: int, now: datetime) -> None:
    earlier = BillCredit.tenant_id == bill.tenant_id, BillCredit.statement_id == bill.statement_id
    count = session.scalar(select(func.count()).where(*earlier)) or 0
    number = f"{bill.number}-C{count + 1}"
    session.add(
        BillCredit(
            tenant_id=bill.tenant_id, cause_id=statement.statement_id, statement_id=bill.statement_id, number=number,
            amount_minor=amount_minor, drawn_at=now,
        )
    )  # fmt: skip
    about = {"number": number, "amount_minor": amount_minor}
    session.add(
        BillStep(
            tenant_id=bill.tenant_id, statement_id=bill.statement_id, position=FIRST_POSITION + count, name=CREDIT, about=about,
            tries=0, generation=0,
        )
    )  # fmt: skip
    bill.next_try_at = now
    tell(session, bill, "credit_drawn", {"number": number, "amount_minor": amount_minor}, actor="worker", now=now)
    session.flush()


def _is_over(session: Session, statement: StatementView, now: datetime) -> bool:
    """Whether every contract of the employee has ended before the statement's month did, and nobody has signed another since."""
    employment = employment_of(session, statement.employee_id)
    assert employment is not None  # noqa: S101 - a statement is made under a contract
    return all(one.ends_at is not None and one.ends_at <= min(statement.period_end, now) for one in employment.versions)


def credited_before(session: Session, employee_id: UUID) -> int:
    """Minor units that credit notes gave back and that the carried amount still contains, because later months have not filled it."""
    of_bill = (Bill.tenant_id == BillCredit.tenant_id) & (Bill.statement_id == BillCredit.statement_id)
    credited = select(func.coalesce(func.sum(BillCredit.amount_minor), 0)).join(Bill, of_bill)
    returned = select(func.coalesce(func.sum(BillLine.amount_minor), 0)).where(
        BillLine.tenant_id == tenant_of(session), BillLine.employee_id == employee_id, BillLine.kind == CREDITED_BEFORE
    )
    mine = Bill.tenant_id == tenant_of(session), Bill.employee_id == employee_id
    return int(session.scalar(credited.where(*mine)) or 0) - int(session.scalar(returned) or 0)


def filled_again(session: Session, statement: StatementView) -> int:
    """Of what was credited, the part that this statement's earnings filled up: it was taken off what the statement pays, and is owed."""
    brought = -sum(one.brought_forward_minor for one in statement.payees)
    filled = brought + statement.carried_minor
    return min(credited_before(session, statement.employee_id), filled) if filled > 0 else 0


def _waiting(session: Session, bill: Bill) -> int:
    """Credit drawn on the bill that the gateway has not made yet."""
    query = select(func.coalesce(func.sum(BillCredit.amount_minor), 0)).where(
        BillCredit.tenant_id == bill.tenant_id, BillCredit.statement_id == bill.statement_id, BillCredit.done_at.is_(None)
    )
    return int(session.scalar(query) or 0)


def _bills(session: Session, statement: StatementView) -> list[Bill]:
    query = select(Bill).where(
        Bill.tenant_id == tenant_of(session), Bill.employee_id == statement.employee_id, Bill.currency == statement.currency,
        Bill.state.not_in(_NOT_OWED),
    )  # fmt: skip
    return list(session.scalars(query.order_by(Bill.drawn_at.desc(), Bill.number.desc()).with_for_update()))
