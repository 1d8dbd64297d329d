"""Moves what a statement says: reserves that are due flow back, a part is kept back, and the rest becomes payable."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.ledger.accounts import earned_by, payable_to, reserve_of
from billing.ledger.writer import Cause, Leg, Movement, post, transaction_id_of
from billing.revenue_share.periods import Period
from billing.statements.carry import PayeeBalance
from billing.statements.contracts import SignedTerms
from billing.statements.tables import Statement, StatementPayee
from tenants.database import tenant_of

Account = Callable[[UUID, str], str]
"""The name of an employee's account for a payee."""


@dataclass(frozen=True, slots=True)
class Released:
    """A reserve whose day has come: the statement that kept it, and minor units by payee."""

    statement_id: UUID
    period_name: str
    payees: dict[str, int]

    @property
    def why(self) -> str:
        """The sentence both the statement and the book carry."""
        return f"The days for late refunds of {self.period_name} are over; what was kept back flows back."


def releases_due(session: Session, employee_id: UUID, previous: Statement | None, period: Period) -> tuple[Released, ...]:
    """Reserves that came due after the previous statement's month and not after this one's: each belongs to exactly one statement."""
    if previous is None:
        return ()
    due = StatementPayee.reserve_due_at
    query = (
        select(StatementPayee, Statement.period_name)
        .join(
            Statement,
            (Statement.tenant_id == StatementPayee.tenant_id) & (Statement.statement_id == StatementPayee.statement_id),
        )
        .where(
            Statement.tenant_id == tenant_of(session), Statement.employee_id == employee_id, StatementPayee.reserved_minor > 0,
            due > previous.period_end, due <= period.end,
        )
        .order_by(Statement.number, StatementPayee.payee)
    )  # fmt: skip
    found: dict[UUID, Released] = {}
    for row, name in session.execute(query):
        found.setdefault(row.statement_id, Released(row.statement_id, name, {})).payees[row.payee] = row.reserved_minor
    return tuple(found.values())


def post_closing(
    session: Session, contract: SignedTerms, statement: Statement, balances: Sequence[PayeeBalance], released: Sequence[Released],
    *, now: datetime,
) -> None:  # fmt: skip
    """Post the releases, the reserve and the payable amount, each once per contract, a leg per payee."""
    employee_id, name = statement.employee_id, statement.period_name
    wanted = [
        ("reserve_release", one.why, one.statement_id, _legs(statement, reserve_of, earned_by, one.payees)) for one in released
    ]  # fmt: skip
    kept = _legs(statement, earned_by, reserve_of, {one.payee: one.reserved_minor for one in balances})
    paid = _legs(statement, earned_by, payable_to, {one.payee: one.payable_minor for one in balances})
    wanted.append(("reserve", f"Kept back by the statement of {name}.", statement.statement_id, kept))
    wanted.append(("close", f"Paid by the statement of {name}.", statement.statement_id, paid))
    working = {"statement": str(statement.statement_id), "root": statement.root}
    movements = [
        Movement(
            kind=kind, contract_version_id=contract.contract_version_id, employee_id=employee_id, period_start=statement.period_start,
            cause=Cause("statement", statement.statement_id, why), working=working, occurred_at=statement.period_end, effective_at=now,
            legs=legs, transaction_id=transaction_id_of(statement.tenant_id, kind, about),
        )
        for kind, why, about, legs in wanted if legs
    ]  # fmt: skip
    post(session, movements, now=now)


def _legs(statement: Statement, source: Account, destination: Account, payees: Mapping[str, int]) -> tuple[Leg, ...]:
    """A posting for each payee with an amount."""
    who = statement.employee_id
    return tuple(
        Leg(source(who, payee), destination(who, payee), minor, statement.currency, payee) for payee, minor in payees.items() if minor
    )
