"""A closed statement as others see it: what it comes to, its root, and what each payee is due."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from billing.statements.tables import Statement, StatementPayee

_PAYEES: Final = (
    select(StatementPayee)
    .where(StatementPayee.tenant_id == bindparam("tenant_id"), StatementPayee.statement_id == bindparam("statement_id"))
    .order_by(StatementPayee.payee)
)


@dataclass(frozen=True)
class PayeeView:
    """One payee's part of a statement, in minor units."""

    payee: str
    name: str
    role: str
    brought_forward_minor: int
    earned_minor: int
    reserved_minor: int
    released_minor: int
    payable_minor: int
    carried_minor: int
    reserve_due_at: datetime


@dataclass(frozen=True)
class StatementView:
    """A closed statement in short. `sums` has signed minor units by kind of line; `root` is what a recount needs."""

    statement_id: UUID
    employee_id: UUID
    number: int
    period_name: str
    period_start: datetime
    period_end: datetime
    time_zone: str
    currency: str
    line_count: int
    root: str
    sums: dict[str, int]
    earned_minor: int
    payable_minor: int
    carried_minor: int
    closed_at: datetime
    payees: tuple[PayeeView, ...]


def view_of(session: Session, row: Statement) -> StatementView:
    """A statement's row with its payees."""
    payees = tuple(
        PayeeView(
            one.payee, one.name, one.role, one.brought_forward_minor, one.earned_minor, one.reserved_minor, one.released_minor,
            one.payable_minor, one.carried_minor, one.reserve_due_at,
        )
        for one in session.scalars(_PAYEES, {"tenant_id": row.tenant_id, "statement_id": row.statement_id})
    )  # fmt: skip
    return StatementView(
        row.statement_id, row.employee_id, row.number, row.period_name, row.period_start, row.period_end, row.time_zone, row.currency,
        row.line_count, row.root, row.footer["sums"], row.earned_minor, row.payable_minor, row.carried_minor, row.closed_at, payees,
    )  # fmt: skip
