"""What stands in the book by now: for orders, and for the lines of a period."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from billing.ledger.accounts import EMPLOYEE_PREFIX
from billing.ledger.tables import LedgerTransaction, Posting
from tenants.database import tenant_of


@dataclass(frozen=True, slots=True)
class PostedShare:
    """Where one order stands under one contract version in one month: the cumulative figures of its latest transaction.

    `exchanged_from` is the order's currency when the share went through fx_clearing, and `exchanged_minor` the share in it.
    """

    contract_version_id: UUID
    employee_id: UUID
    period_start: datetime
    occurred_at: datetime
    target_minor: int
    turnover_minor: int
    exchanged_from: str | None
    exchanged_minor: int


@dataclass(frozen=True, slots=True)
class PostedOrder:
    """Everything posted for one order, and the first of its transactions, to which later ones point."""

    first_transaction_id: UUID
    shares: tuple[PostedShare, ...]


def posted_orders(session: Session, order_ids: Collection[UUID]) -> dict[UUID, PostedOrder]:
    """What stands in the book for each of these orders; an order without a transaction is left out."""
    table = LedgerTransaction
    query = (
        select(table.order_id, table.transaction_id, table.contract_version_id, table.employee_id, table.period_start, table.occurred_at,
               table.working)
        .where(table.tenant_id == tenant_of(session), table.order_id == func.any(list(order_ids)), table.kind == "share")
        .order_by(table.order_id, table.revision, table.points_to.is_not(None), table.transaction_id)
    )  # fmt: skip
    first: dict[UUID, UUID] = {}
    latest: dict[UUID, dict[tuple[UUID, datetime], PostedShare]] = defaultdict(dict)
    for order_id, transaction_id, version, employee, period_start, occurred_at, working in session.execute(query):
        first.setdefault(order_id, transaction_id)
        latest[order_id][version, period_start] = _share(version, employee, period_start, occurred_at, working)
    return {order_id: PostedOrder(first[order_id], tuple(shares.values())) for order_id, shares in latest.items()}


def posted_lines(session: Session, contract_version_id: UUID, period_start: datetime) -> dict[str, dict[str, int]]:
    """What stands in the book for one month under one contract version: minor units by kind, then by payee, as the employee sees them."""
    joined = (LedgerTransaction.tenant_id == Posting.tenant_id) & (LedgerTransaction.transaction_id == Posting.transaction_id)
    query = (
        select(LedgerTransaction.kind, Posting.payee, func.sum(signed_for_employee()))
        .join(Posting, joined)
        .where(
            LedgerTransaction.tenant_id == tenant_of(session),
            LedgerTransaction.contract_version_id == contract_version_id,
            LedgerTransaction.period_start == period_start,
        )
        .group_by(LedgerTransaction.kind, Posting.payee)
    )
    lines: dict[str, dict[str, int]] = defaultdict(dict)
    for kind, payee, total in session.execute(query):
        lines[kind][payee] = int(total)
    return dict(lines)


def signed_for_employee() -> ColumnElement[int]:
    """A posting's minor units as the employee sees them: positive towards its accounts, negative away, 0 between them."""
    towards = case((func.starts_with(Posting.destination, EMPLOYEE_PREFIX), Posting.amount_minor), else_=0)
    return towards - case((func.starts_with(Posting.source, EMPLOYEE_PREFIX), Posting.amount_minor), else_=0)


def _share(version: UUID, employee: UUID, period_start: datetime, occurred_at: datetime, working: dict[str, Any]) -> PostedShare:
    exchange = working["fx"] or {}
    return PostedShare(
        version, employee, period_start, occurred_at, working["target_minor"], working["turnover_minor"],
        exchange.get("from"), exchange.get("from_minor", 0),
    )  # fmt: skip
