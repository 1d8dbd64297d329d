"""The book's movements kept narrow, so that a page about a month reads one small table and what was written since, never the whole book.

Kept is what was written in database transactions that had all ended when it was gathered (`ledger_transaction.written_in`), so no movement
that commits late is left out or counted twice; what is younger is read from the book itself. Nothing here is a fact: `forget` and
`keep_movements` give the same rows again, and without any of them the same pages come from the book alone.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, cast, delete, func, insert, literal, select, text, union_all
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from billing.attribution.tables import AttributionRun
from billing.ledger.posted import signed_for_employee
from billing.ledger.tables import LedgerTransaction, Posting
from billing.orders.locks import hold
from billing.statements.tables import KeptMovement, KeptUntil
from tenants.database import tenant_of

COLUMNS: Final = (
    "tenant_id", "transaction_id", "currency", "employee_id", "contract_version_id", "period_start", "kind", "order_id", "revision",
    "amount_minor", "base_minor", "occurred_at", "effective_at", "recorded_at", "written_in", "is_first",
)  # fmt: skip
_OF_SHARES: Final = frozenset(("sale", "refund", "chargeback", "correction"))
_ENDED: Final = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
_BEGUN: Final = text("pg_snapshot_xmax(pg_current_snapshot())::text::bigint")


def movements(session: Session, conditions: Sequence[tuple[str, Any]]) -> Any:
    """Movements as a subquery with COLUMNS. Each condition is a column's name, and a function from that column to a condition."""
    until = kept_before(session)
    kept = _where(select(*(getattr(KeptMovement, name) for name in COLUMNS)), KeptMovement, conditions)
    kept = kept.where(KeptMovement.tenant_id == tenant_of(session), KeptMovement.written_in < until)
    since = _where(_from_the_book(session, LedgerTransaction.written_in >= until), LedgerTransaction, conditions)
    return union_all(kept, since).subquery("movement")


def earned_by_kind(session: Session, employee_id: UUID, contract_version_id: UUID, period_start: datetime) -> dict[str, int]:
    """What a month's facts have earned under one contract version by now, whenever booked: minor units by the ledger's kind."""
    found = movements(
        session,
        [
            ("employee_id", lambda column: column == employee_id),
            ("contract_version_id", lambda column: column == contract_version_id),
            ("period_start", lambda column: column == period_start),
        ],
    ).c
    earned: dict[str, int] = {}
    for kind, minor in session.execute(select(found.kind, cast(func.sum(found.amount_minor), BigInteger)).group_by(found.kind)):
        earned[ledger_kind(kind)] = earned.get(ledger_kind(kind), 0) + minor
    return earned


def ledger_kind(kind: str) -> str:
    """The ledger's own name of a payslip's kind: sales, refunds and corrections are all shares of orders."""
    return "share" if kind in _OF_SHARES else kind


def kept_before(session: Session) -> int:
    """What was written before this is kept; 0 when nothing is, or when the database counts anew (restored from a dump)."""
    query = select(KeptUntil.written_before).where(KeptUntil.tenant_id == tenant_of(session), KeptUntil.written_before <= _BEGUN)
    return session.scalar(query) or 0


def keep_movements(session: Session) -> int:
    """Keep what was written since the last time and can no longer change; return how many movements that were. Repeating it is safe."""
    hold(session, ("kept movements", "keep"))
    tenant_id, start, end = tenant_of(session), kept_before(session), session.scalar(_ENDED) or 0
    if start == 0:
        forget(session)
    table = LedgerTransaction
    found = _from_the_book(session, and_(table.written_in >= start, table.written_in < end))
    kept: Any = KeptMovement.__table__
    written = session.connection().execute(insert(kept).from_select(COLUMNS, found), execution_options={"preserve_rowcount": True})
    known = postgresql.insert(KeptUntil).values(tenant_id=tenant_id, written_before=end)
    session.execute(known.on_conflict_do_update(index_elements=["tenant_id"], set_={"written_before": end}))
    return written.rowcount


def forget(session: Session) -> None:
    """Delete everything kept of this shop."""
    for table in (KeptMovement, KeptUntil):
        session.execute(delete(table).where(table.tenant_id == tenant_of(session)))


def _where(query: Select[Any], table: Any, conditions: Sequence[tuple[str, Any]]) -> Select[Any]:
    return query.where(*(condition(getattr(table, name)) for name, condition in conditions))


def _from_the_book(session: Session, *conditions: ColumnElement[bool]) -> Any:
    """COLUMNS of the movements that bring an employee something or take it, from the ledger itself.

    What was booked for an order in one database transaction is read together or not at all, so one of it can stand for the order.
    """
    table, run = LedgerTransaction, AttributionRun
    together = func.row_number().over(
        partition_by=table.order_id, order_by=(table.points_to.is_not(None), table.transaction_id, Posting.currency)
    )
    same_run = and_(run.tenant_id == table.tenant_id, run.order_id == table.order_id, run.revision == table.revision)
    return (
        select(
            table.tenant_id, table.transaction_id, Posting.currency, table.employee_id, table.contract_version_id, table.period_start,
            _kind(), table.order_id, table.revision, cast(func.sum(signed_for_employee()), BigInteger),
            func.coalesce(run.base_minor, literal(0, BigInteger)), table.occurred_at, table.effective_at, table.recorded_at,
            table.written_in, and_(table.order_id.is_not(None), table.points_to.is_(None), together == 1),
        )
        .join(Posting, and_(Posting.tenant_id == table.tenant_id, Posting.transaction_id == table.transaction_id))
        .outerjoin(run, same_run)
        .where(table.tenant_id == tenant_of(session), signed_for_employee() != 0, *conditions)
        .group_by(table.tenant_id, table.transaction_id, Posting.currency, run.base_minor)
    )  # fmt: skip


def _kind() -> ColumnElement[str]:
    """`billing.statements.payslip`'s names of the kinds, said to the database."""
    table = LedgerTransaction
    is_undone = table.cause.in_(("refund", "chargeback"))
    return case((table.kind != "share", table.kind), (table.points_to.is_(None), "sale"), (is_undone, table.cause), else_="correction")
