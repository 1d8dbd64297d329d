"""Where the movement before each one stands: in this statement, or on which line of which earlier one.

Few movements have one before them (a refund after its sale), so the places are worked out before the lines are written: those in this
month are remembered as their line comes by, those of earlier months are looked up in the earlier statements, each segment opened once.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.revenue_share.periods import Period
from billing.statements.gather import EntryRow, earlier_movements
from billing.statements.lines import Place
from billing.statements.segments import lines_with_transactions
from billing.statements.tables import Statement
from tenants.database import tenant_of


@dataclass
class Places:
    """The movement before each movement, by transaction id, and where each of those stands as far as it is known by now."""

    before: dict[str, str]
    here: set[str]
    known: dict[str, Place]
    waiting: dict[str, list[EntryRow]] = field(default_factory=dict)

    def concerned(self) -> set[str]:
        """The movements that one stands before or that stand before one: of a million nearly none."""
        return self.here | self.before.keys()

    def is_ready(self, row: EntryRow) -> bool:
        """Whether the row can be written now; one whose forerunner stands further down is put aside until `note` gives it back."""
        before = self.before.get(row.transaction_id)
        if before is None or before in self.known or before not in self.here:
            return True
        self.waiting.setdefault(before, []).append(row)
        return False

    def follows(self, row: EntryRow) -> Place | None:
        """Where the movement before this one stands; None for the first of its order, or when no statement lists it yet."""
        return self.known.get(self.before.get(row.transaction_id, ""))

    def note(self, row: EntryRow, number: int) -> list[EntryRow]:
        """Remember the line a row was written on, if another points at it; return the rows that waited for it."""
        if row.transaction_id in self.here:
            self.known[row.transaction_id] = Place(number)
        return self.waiting.pop(row.transaction_id, [])


def places_of(session: Session, employee_id: UUID, period: Period) -> Places:
    """Work out the movement before each of the period's movements, and find those that earlier statements list."""
    before: dict[str, str] = {}
    here: set[str] = set()
    elsewhere: dict[str, datetime] = {}
    for one in earlier_movements(session, employee_id, period):
        before[one.transaction_id] = one.earlier_id
        if period.start <= one.effective_at < period.end:
            here.add(one.earlier_id)
        else:
            elsewhere[one.earlier_id] = one.effective_at
    return Places(before, here, _in_statements(session, employee_id, elsewhere))


def _in_statements(session: Session, employee_id: UUID, wanted: dict[str, datetime]) -> dict[str, Place]:
    if not wanted:
        return {}
    own = (Statement.tenant_id == tenant_of(session), Statement.employee_id == employee_id)
    span = (Statement.period_start <= max(wanted.values()), Statement.period_end > min(wanted.values()))
    found: dict[str, Place] = {}
    for statement in session.scalars(select(Statement).where(*own, *span).order_by(Statement.period_start)):
        within = {one: moment for one, moment in wanted.items() if statement.period_start <= moment < statement.period_end}
        lines = lines_with_transactions(session, statement.statement_id, within)
        found |= {one: Place(number, str(statement.statement_id), statement.period_name) for one, number in lines.items()}
    return found
