"""What must hold of any life's book: caps, evidence, snapshots, what statements paid and carried, and the recount of each of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from shopkeeper import Shopkeeper, balances
from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import Session

from billing.disputes.tables import Dispute
from billing.export_statement import export_statement
from billing.ledger.accounts import MINIMUM_EXPENSE, earned_by, payable_to, reserve_of, signed_minor
from billing.ledger.tables import LedgerTransaction, Posting
from billing.orders.tables import OrderRevision, OrderSnapshot
from billing.read_balances import balances as balances_from_snapshot
from billing.read_statement import StatementView, statements_of
from billing.recount import recount
from billing.revenue_share.tables import ContractEffect, ContractVersion, EarningEvent, Outage
from billing.seal_ledger import verify_chain
from billing.statements.tables import Statement

FIRST = datetime.min.replace(tzinfo=UTC)
OF_STATEMENTS = ("close", "reserve", "reserve_release")
OF_ORDERS = ("share", "dispute")
OF_MONTHS = ("tier", "cap", "minimum")
OF_EVENTS = {"bonus": ("lead", "booking"), "royalty_income": ("income",)}
IN_EARNED = case((Posting.destination.contains(".earned."), 1), else_=0) - case((Posting.source.contains(".earned."), 1), else_=0)
JOINED = (Posting.tenant_id == LedgerTransaction.tenant_id) & (Posting.transaction_id == LedgerTransaction.transaction_id)


def assert_no_cap_is_passed(session: Session, caps: Mapping[UUID, int]) -> None:
    """What each capped version earned in each month, less what disputes hold or gave back, is at most its cap; minimum included."""
    table, earned = LedgerTransaction, func.sum(IN_EARNED * Posting.amount_minor)
    query = (
        select(table.contract_version_id, table.period_start, earned)
        .join(Posting, JOINED)
        .where(table.contract_version_id.in_(caps), table.kind.not_in(OF_STATEMENTS))
        .group_by(table.contract_version_id, table.period_start)
    )
    for version_id, month, minor in session.execute(query) if caps else ():
        assert minor <= caps[version_id], f"{minor} earned in {month} under a cap of {caps[version_id]}"


def assert_balances_are_postings(session: Session) -> None:
    """Both sides balance in every currency; the newest snapshot and what came after it say what the postings say; the seals hold."""
    found = balances(session)
    for currency in {currency for _, currency in found}:
        assert sum(minor for (_, of), minor in found.items() if of == currency) == 0
    assert {key: minor for key, minor in balances_from_snapshot(session).items() if minor} == found
    assert verify_chain(session).is_intact


def pairs(rows: Iterable[Row[Any]]) -> set[tuple[Any, Any]]:
    return {(first, second) for first, second in rows}


def assert_everything_has_evidence(session: Session) -> None:
    """Each transaction leads to its order's revision and telling, an event, a dispute, a statement or a contract's month."""
    rows = list(session.scalars(select(LedgerTransaction)))
    revisions = pairs(session.execute(select(OrderRevision.order_id, OrderRevision.revision)))
    orders, disputes = set(session.scalars(select(OrderSnapshot.order_id))), set(session.scalars(select(Dispute.dispute_id)))
    events = pairs(session.execute(select(EarningEvent.kind, EarningEvent.earning_event_id)))
    statements = pairs(session.execute(select(Statement.statement_id, Statement.employee_id)))
    versions = pairs(session.execute(select(ContractVersion.contract_version_id, ContractVersion.employee_id)))
    ids = {row.transaction_id for row in rows}
    for row in rows:
        assert (row.contract_version_id, row.employee_id) in versions
        assert row.points_to is None or row.points_to in ids
        assert row.why
        if row.kind in OF_ORDERS:
            assert (row.order_id, row.revision) in revisions, row.why
            assert row.order_id in orders
        if row.kind == "dispute":
            assert row.cause != "dispute" or row.cause_id in disputes
        elif row.kind in OF_EVENTS:
            assert any((kind, row.cause_id) in events for kind in OF_EVENTS[row.kind]), row.why
        elif row.kind in OF_STATEMENTS:
            assert (row.cause_id, row.employee_id) in statements, row.why
        elif row.kind in OF_MONTHS:
            assert (row.cause, row.cause_id) == ("period", row.contract_version_id), row.why
    known = (*OF_ORDERS, *OF_EVENTS, *OF_STATEMENTS, *OF_MONTHS)
    assert {row.kind for row in rows} <= set(known)
    assert session.scalar(select(func.count()).select_from(Posting).where(Posting.transaction_id.not_in(ids))) == 0


def assert_statements_are_the_book(session: Session, employee: UUID) -> None:
    """Each statement goes on where the one before ended; what all of them paid, kept back and carried, and what is open, is the book."""
    statements, book = statements_of(session, employee_id=employee)[::-1], balances(session)
    paid, kept, carried = Counter[str](), Counter[str](), Counter[str]()
    for statement in statements:
        assert statement.payable_minor == sum(one.payable_minor for one in statement.payees)
        assert statement.carried_minor == sum(one.carried_minor for one in statement.payees)
        for one in statement.payees:
            assert one.brought_forward_minor == carried[one.payee]
            carried[one.payee] = one.carried_minor
            paid[one.payee] += one.payable_minor
            kept[one.payee] += one.reserved_minor - one.released_minor
    open_since = _open_since(session, employee, statements)
    wanted: Counter[str] = Counter()
    for payee in {*carried, *open_since}:
        wanted[payable_to(employee, payee)], wanted[reserve_of(employee, payee)] = paid[payee], kept[payee]
        wanted[earned_by(employee, payee)] = carried[payee] + open_since[payee]
    own = {account: minor for (account, _), minor in book.items() if account.startswith(f"employee.{employee}.")}
    assert {name: minor for name, minor in wanted.items() if minor} == {
        name: minor for name, minor in own.items() if ".disputed." not in name
    }


def assert_everything_recounts(shop: Shopkeeper, employee: UUID, folder: Path) -> int:
    """The offline verifier recounts each statement from its export and root, with all earlier ones beside it; return how many."""
    folder.mkdir(exist_ok=True)
    earlier: list[str] = []
    with shop.session() as session:
        for statement in statements_of(session, employee_id=employee)[::-1]:
            path = folder / f"{employee.int}-{statement.period_name}.jsonl"
            path.write_bytes(b"".join(export_statement(session, statement_id=statement.statement_id, kind="jsonl", payee=None).content))
            recount(str(path), statement.root, earlier)
            earlier.insert(0, str(path))
    return len(earlier)


def assert_only_minimums_are_left(session: Session) -> None:
    """After everything was given back the shop owes what its guaranteed minimums promise, and nothing else stands anywhere.

    A whole month under one version without an outage brings the minimum exactly; any other month brings at most that.
    """
    left = {key: minor for key, minor in balances(session).items() if not key[0].startswith("employee.")}
    assert all(account == MINIMUM_EXPENSE for account, _ in left), left
    owed, promised = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for (account, currency), minor in balances(session).items():
        if account.startswith("employee."):
            _, employee, stage, payee = account.split(".")
            assert stage != "disputed", "A dispute holds what is no longer earned."
            owed[employee, payee, currency] += minor
    months = Counter[tuple[UUID, datetime]]()
    for row, one in session.execute(select(LedgerTransaction, Posting).join(Posting, JOINED).where(LedgerTransaction.kind == "minimum")):
        minor = signed_minor(one.source, one.destination, one.amount_minor)
        promised[str(one.employee_id), one.payee, one.currency] += minor
        months[row.contract_version_id, row.period_start] += minor
    assert {key: minor for key, minor in owed.items() if minor} == {key: minor for key, minor in promised.items() if minor}
    _assert_minimums_are_as_promised(session, months)


def _assert_minimums_are_as_promised(session: Session, months: Mapping[tuple[UUID, datetime], int]) -> None:
    is_disturbed = session.scalar(select(func.count()).select_from(Outage)) != 0
    effects = {one.contract_version_id: one.effective for one in session.scalars(select(ContractEffect))}
    for version in session.scalars(select(ContractVersion)):
        minimum, days = version.terms["minimum_minor"] or 0, effects[version.contract_version_id]
        for statement in session.scalars(select(Statement).where(Statement.employee_id == version.employee_id)):
            brought = months.get((version.contract_version_id, statement.period_start), 0)
            is_whole = statement.period_start in days and (days.upper is None or statement.period_end <= days.upper)
            assert brought == minimum if is_whole and not is_disturbed else 0 <= brought <= minimum


def _open_since(session: Session, employee: UUID, statements: Sequence[StatementView]) -> Counter[str]:
    """What moved on the employee's earned accounts since the last closed month, by payee."""
    table, since = LedgerTransaction, statements[-1].period_end if statements else FIRST
    query = (
        select(Posting.payee, func.sum(IN_EARNED * Posting.amount_minor))
        .join(table, JOINED)
        .where(table.employee_id == employee, table.effective_at >= since, table.kind.not_in(OF_STATEMENTS))
        .group_by(Posting.payee)
    )
    return Counter({payee: int(minor) for payee, minor in session.execute(query)})
