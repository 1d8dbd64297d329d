"""The one writer of the ledger: no other file adds a transaction or a posting."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from billing.errors import PostingRefused
from billing.ledger.accounts import SHARE_EXPENSE, earned_by
from billing.ledger.tables import LedgerTransaction, Posting
from tenants.database import tenant_of


@dataclass(frozen=True)
class Cause:
    """Why money moves: the kind of fact, its id, and a sentence a merchant can read."""

    kind: str
    cause_id: UUID | None
    why: str


@dataclass(frozen=True)
class ShareMovement:
    """What one revision of an order changes under one contract version: minor units per employee, positive or negative."""

    order_id: UUID
    revision: int
    contract_version_id: UUID
    currency: str
    deltas: dict[UUID, int]
    occurred_at: datetime
    effective_at: datetime


def transaction_id_of(tenant_id: UUID, order_id: UUID, contract_version_id: UUID, revision: int) -> UUID:
    """The same decision always has the same transaction id, so it can stand in the book only once."""
    return uuid5(tenant_id, f"{order_id}/{contract_version_id}/{revision}")


def post_share(session: Session, movement: ShareMovement, cause: Cause, *, now: datetime) -> UUID | None:
    """Write what changed; nothing when nothing did. Return the transaction's id.

    The caller holds the order's row lock. Raises PostingRefused without a cause.
    """
    moved = {employee: delta for employee, delta in sorted(movement.deltas.items()) if delta}
    if not moved:
        return None
    if not (cause.kind and cause.why):
        raise PostingRefused("A transaction needs a cause and a sentence that says why.")
    tenant_id = tenant_of(session)
    transaction_id = transaction_id_of(tenant_id, movement.order_id, movement.contract_version_id, movement.revision)
    session.add(
        LedgerTransaction(
            tenant_id=tenant_id, transaction_id=transaction_id, order_id=movement.order_id, revision=movement.revision,
            contract_version_id=movement.contract_version_id, cause=cause.kind, cause_id=cause.cause_id, why=cause.why,
            points_to=_first_transaction(session, movement.order_id), occurred_at=movement.occurred_at,
            effective_at=movement.effective_at, recorded_at=now,
        )
    )  # fmt: skip
    session.flush()  # the transaction's row must stand before its postings
    for number, (employee_id, delta) in enumerate(moved.items(), start=1):
        accounts = (SHARE_EXPENSE, earned_by(employee_id))
        source, destination = accounts if delta > 0 else accounts[::-1]
        session.add(
            Posting(
                tenant_id=tenant_id, transaction_id=transaction_id, number=number, source=source, destination=destination,
                amount_minor=abs(delta), currency=movement.currency, order_id=movement.order_id,
                contract_version_id=movement.contract_version_id, employee_id=employee_id,
            )
        )  # fmt: skip
    session.flush()
    return transaction_id


def posted_shares(session: Session, order_id: UUID) -> dict[tuple[UUID, UUID, str], int]:
    """What stands in the book for an order by now: minor units by (contract version, employee, currency)."""
    signed = case((Posting.source == SHARE_EXPENSE, Posting.amount_minor), else_=-Posting.amount_minor)
    key = Posting.contract_version_id, Posting.employee_id, Posting.currency
    query = select(*key, func.sum(signed)).where(Posting.tenant_id == tenant_of(session), Posting.order_id == order_id).group_by(*key)
    return {(version, employee, currency): int(total) for version, employee, currency, total in session.execute(query)}


def _first_transaction(session: Session, order_id: UUID) -> UUID | None:
    query = select(LedgerTransaction.transaction_id).where(
        LedgerTransaction.tenant_id == tenant_of(session), LedgerTransaction.order_id == order_id
    )
    return session.scalar(query.order_by(LedgerTransaction.revision, LedgerTransaction.transaction_id).limit(1))
