"""Reads disputes: what is contested, what is held for it now, and how it ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.disputes.tables import Dispute, DisputeDecision
from billing.disputes.targets import DisputeStands
from billing.errors import DisputeUnknown
from billing.ledger.tables import LedgerTransaction
from billing.orders.tables import ShopOrder
from tenants.database import tenant_of


@dataclass(frozen=True, slots=True)
class DecisionView:
    """How a dispute ended, by whom, when and why; `decided_by` is "clock" when the time to decide ran out."""

    outcome: str
    granted_minor: int | None
    why: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class DisputeView:
    """One dispute; amounts in minor units of `currency`. `disputed_minor` is None where an old dispute contests the whole line."""

    dispute_id: UUID
    order_id: UUID
    order_number: str | None
    contract_version_id: UUID
    employee_id: UUID
    currency: str
    disputed_minor: int | None
    reason: str
    opened_by: str
    opened_at: datetime
    decide_by: datetime
    decision: DecisionView | None
    held_minor: int
    given_back_minor: int


def disputes(
    session: Session, *, employee_id: UUID | None = None, order_id: UUID | None = None, is_open: bool | None = None, limit: int = 100
) -> tuple[DisputeView, ...]:
    """This tenant's disputes, the newest first: of one employee, of one order, only open or only decided ones."""
    query = _query(session)
    if employee_id is not None:
        query = query.where(Dispute.employee_id == employee_id)
    if order_id is not None:
        query = query.where(Dispute.order_id == order_id)
    if is_open is not None:
        query = query.where(DisputeDecision.dispute_id.is_(None) if is_open else DisputeDecision.dispute_id.is_not(None))
    return _views(session, query.order_by(Dispute.opened_at.desc(), Dispute.dispute_id).limit(limit))


def dispute(session: Session, *, dispute_id: UUID) -> DisputeView:
    """One dispute; raises DisputeUnknown."""
    found = _views(session, _query(session).where(Dispute.dispute_id == dispute_id))
    if not found:
        raise DisputeUnknown("There is no such dispute.")
    return found[0]


def _query(session: Session) -> Any:
    same_order = (ShopOrder.tenant_id == Dispute.tenant_id) & (ShopOrder.order_id == Dispute.order_id)
    decided = (DisputeDecision.tenant_id == Dispute.tenant_id) & (DisputeDecision.dispute_id == Dispute.dispute_id)
    return (
        select(Dispute, ShopOrder.number, DisputeDecision)
        .join(ShopOrder, same_order)
        .outerjoin(DisputeDecision, decided)
        .where(Dispute.tenant_id == tenant_of(session))
    )


def _views(session: Session, query: Any) -> tuple[DisputeView, ...]:
    rows = session.execute(query).all()
    amounts = _amounts(session, {row.order_id for row, _, _ in rows})
    return tuple(_view(row, number, decision, amounts.get(row.dispute_id, DisputeStands())) for row, number, decision in rows)


def _amounts(session: Session, order_ids: set[UUID]) -> dict[UUID, DisputeStands]:
    """What the book's movements for each dispute add up to."""
    table = LedgerTransaction
    query = select(table.working).where(
        table.tenant_id == tenant_of(session), table.order_id == func.any(list(order_ids)), table.kind == "dispute"
    )
    found: dict[UUID, DisputeStands] = {}
    for working in session.scalars(query):
        key = UUID(working["dispute"])
        held = working["hold_minor"] - working["hold_before_minor"]
        given = working["relief_minor"] - working["relief_before_minor"]
        before = found.get(key, DisputeStands())
        found[key] = DisputeStands(before.hold_minor + held, before.relief_minor + given)
    return found


def _view(row: Dispute, number: str | None, decision: DisputeDecision | None, amounts: DisputeStands) -> DisputeView:
    ended = None
    if decision is not None:
        ended = DecisionView(decision.outcome, decision.granted_minor, decision.why, decision.decided_by, decision.decided_at)
    return DisputeView(
        row.dispute_id, row.order_id, number, row.contract_version_id, row.employee_id, row.currency, row.disputed_minor, row.reason,
        row.opened_by, row.opened_at, row.decide_by, ended, amounts.hold_minor, amounts.relief_minor,
    )  # fmt: skip
