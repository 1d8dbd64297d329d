"""Draws the bill of a closed statement: one statement, one bill, under the statement's own id. What is drawn never changes again.

Nothing leaves the house here; the worker makes the invoice at the gateway afterwards (collect_fee.py). A statement that pays nothing has
no bill. One that ends below zero after the contract is over, so that nothing will ever set it off, gives credit notes on earlier bills.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from billing.payments.accounts import buyer_of, held_account, want_work
from billing.payments.credits import credit_for_good, filled_again
from billing.payments.history import tell
from billing.payments.lines import lines_of
from billing.payments.tables import Bill, BillAccount, BillLine
from billing.read_statement import StatementView, statement_view
from tenants.database import tenant_of
from tenants.employee import employee_view
from tenants.identifiers import to_public

SHOP_LETTERS: Final = 6


def draw_bill(session: Session, *, statement_id: UUID, now: datetime) -> UUID | None:
    """Draw it, or find it drawn already; its id, or None when there is nothing to pay. Raises StatementUnknown."""
    statement, account = statement_view(session, statement_id=statement_id), held_account(session)
    if session.get(Bill, (tenant_of(session), statement_id)) is not None:
        return statement_id
    again_minor = filled_again(session, statement)
    amount_minor = statement.payable_minor + again_minor
    if amount_minor > 0:
        _draw(session, account, statement, again_minor, now)
    credit_for_good(session, statement, now=now)
    return statement_id if amount_minor > 0 else None


def _draw(session: Session, account: BillAccount, statement: StatementView, again_minor: int, now: datetime) -> None:
    account.bills_count += 1
    bill = _bill(session, statement, account.bills_count, now)
    bill.amount_minor = statement.payable_minor + again_minor
    bill.buyer = buyer_of(session, account).document()
    session.add(bill)
    session.flush()
    _add_lines(session, statement, again_minor)
    tell(session, bill, "drawn", {}, actor="worker", now=now)
    want_work(account, now)


def _bill(session: Session, statement: StatementView, count: int, now: datetime) -> Bill:
    shop = to_public("shp", tenant_of(session))[-SHOP_LETTERS:].upper()
    return Bill(
        tenant_id=tenant_of(session), statement_id=statement.statement_id, employee_id=statement.employee_id,
        number=f"T{shop}-{count:04d}", period_name=statement.period_name, root=statement.root, currency=statement.currency,
        amount_minor=0, credited_minor=0, state="drawn", is_charged=False, seller={}, drawn_at=now,
        attempt_count=0, looks_wanted=0, looks_done=0, failures=0,
    )  # fmt: skip


def _add_lines(session: Session, statement: StatementView, again_minor: int) -> None:
    lines = lines_of(
        statement.sums, employee_id=statement.employee_id, employee_name=employee_view(session, statement.employee_id).name,
        carried_minor=statement.carried_minor, credited_before_minor=again_minor,
    )  # fmt: skip
    session.add_all(
        BillLine(
            tenant_id=tenant_of(session), statement_id=statement.statement_id, position=one.position, employee_id=one.employee_id,
            kind=one.kind, title=one.title, amount_minor=one.amount_minor,
        )
        for one in lines
    )  # fmt: skip
    session.flush()
