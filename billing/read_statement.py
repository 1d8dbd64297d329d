"""Reads closed statements: what they come to, who is paid what, their lines, and any one line with its proof and all behind it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.errors import StatementUnknown
from billing.explain import RevisionExplained, explain_revision
from billing.statements.segments import sealed_line, sealed_lines
from billing.statements.tables import Statement
from billing.statements.views import PayeeView, StatementView, view_of
from tenants.database import tenant_of

__all__ = [
    "LINES_PER_PAGE_MAX", "LineExplained", "PayeeView", "StatementView", "explain_line", "statement_lines", "statement_of_period",
    "statement_view", "statements_of",
]  # fmt: skip

LINES_PER_PAGE_MAX: Final = 1_000


@dataclass(frozen=True)
class LineExplained:
    """One line, the hashes that lead from it to the root, and the revision of the order it came from, down to the delivery's sha256.

    `leaf` and `proof` are hex, the lowest neighbour first: sha256(0x00 + text) is the leaf, sha256(0x01 + left + right) each pair.
    """

    statement: StatementView
    number: int
    text: str
    line: dict[str, Any]
    leaf: str
    proof: tuple[str, ...]
    revision: RevisionExplained | None


def statements_of(session: Session, *, employee_id: UUID) -> list[StatementView]:
    """Every closed statement of an employee, the newest first."""
    query = select(Statement).where(Statement.tenant_id == tenant_of(session), Statement.employee_id == employee_id)
    return [view_of(session, row) for row in session.scalars(query.order_by(Statement.number.desc()))]


def statement_view(session: Session, *, statement_id: UUID) -> StatementView:
    """One statement; raises StatementUnknown."""
    row = session.get(Statement, (tenant_of(session), statement_id))
    if row is None:
        raise StatementUnknown("There is no such statement.")
    return view_of(session, row)


def statement_of_period(session: Session, *, employee_id: UUID, period_start: datetime) -> StatementView | None:
    """The statement of the month that begins at `period_start`; None while it is not closed."""
    query = select(Statement).where(
        Statement.tenant_id == tenant_of(session), Statement.employee_id == employee_id, Statement.period_start == period_start
    )
    row = session.scalar(query)
    return view_of(session, row) if row else None


def statement_lines(session: Session, *, statement_id: UUID, first_line: int = 1, limit: int = 100) -> Iterator[dict[str, Any]]:
    """Lines as documents, from `first_line` on (0 is the header), at most `limit` of them."""
    count = min(limit, LINES_PER_PAGE_MAX)
    for content in sealed_lines(session, statement_id, first_line=max(first_line, 0), line_count=count):
        yield json.loads(content)


def explain_line(session: Session, *, statement_id: UUID, number: int) -> LineExplained:
    """Everything behind one line; raises StatementUnknown, or StatementLineUnknown."""
    view = statement_view(session, statement_id=statement_id)
    sealed = sealed_line(session, statement_id, number)
    line: dict[str, Any] = json.loads(sealed.content)
    proof = tuple(one.hex() for one in sealed.proof)
    return LineExplained(view, number, sealed.content.decode(), line, sealed.leaf.hex(), proof, _revision(session, line))


def _revision(session: Session, line: dict[str, Any]) -> RevisionExplained | None:
    """The order's revision that the line's transaction was posted for."""
    if "order_id" not in line:
        return None
    return explain_revision(session, transaction_id=UUID(line["transaction"]))
