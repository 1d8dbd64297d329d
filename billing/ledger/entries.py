"""Reads the book as an employee sees it: each movement with its transaction and, if it is about an order, the credit that explains it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from billing.attribution.tables import AttributionCredit, AttributionRun
from billing.ledger.accounts import signed_minor
from billing.ledger.posted import signed_for_employee
from billing.ledger.tables import LedgerTransaction, Posting
from billing.orders.tables import OrderRevision, ShopOrder
from tenants.database import tenant_of


@dataclass(frozen=True)
class Entry:
    """One posting as seen from the employee: positive minor units earned, negative taken back.

    A line about a whole month (tier, cap, minimum ...), a bonus or a royalty has no order and no decision.
    """

    posting: Posting
    transaction: LedgerTransaction
    order: ShopOrder | None
    run: AttributionRun | None
    credit: AttributionCredit | None
    event_id: UUID | None

    @property
    def amount_minor(self) -> int:
        """Signed minor units for the employee."""
        return signed_minor(self.posting.source, self.posting.destination, self.posting.amount_minor)


def entries(session: Session, *conditions: Any) -> Iterator[Entry]:
    """Movements that meet the conditions (on Posting, LedgerTransaction or ShopOrder), in the sequence they take effect.

    What moves between two accounts of the shop, or two of the employee, changes nothing for the employee and is left out.
    """
    query = _joined().where(Posting.tenant_id == tenant_of(session), signed_for_employee() != 0, *conditions)
    in_sequence = query.order_by(
        LedgerTransaction.effective_at,
        LedgerTransaction.recorded_at,
        LedgerTransaction.revision,
        LedgerTransaction.transaction_id,
        Posting.number,
        AttributionCredit.number,
    )
    seen: set[tuple[UUID, int]] = set()
    for posting, transaction, order, run, credit, event_id in session.execute(in_sequence):
        key = posting.transaction_id, posting.number
        if key not in seen:  # an employee with several credits on one order still has one movement
            seen.add(key)
            yield Entry(posting, transaction, order, run, credit, event_id)


def moment_is_within(start: datetime, end: datetime) -> Any:
    """The condition that a movement takes effect in [start, end)."""
    return and_(LedgerTransaction.effective_at >= start, LedgerTransaction.effective_at < end)


def _joined() -> Any:
    """A reversal has no credit in its own revision, so the credit may be missing; its run then says why. A month's line has no order."""
    tenant = LedgerTransaction.tenant_id
    return (
        select(Posting, LedgerTransaction, ShopOrder, AttributionRun, AttributionCredit, OrderRevision.event_id)
        .join(LedgerTransaction, and_(tenant == Posting.tenant_id, LedgerTransaction.transaction_id == Posting.transaction_id))
        .outerjoin(ShopOrder, and_(ShopOrder.tenant_id == tenant, ShopOrder.order_id == LedgerTransaction.order_id))
        .outerjoin(OrderRevision, _same_revision(OrderRevision))
        .outerjoin(AttributionRun, _same_revision(AttributionRun))
        .outerjoin(
            AttributionCredit,
            and_(
                _same_revision(AttributionCredit),
                AttributionCredit.contract_version_id == Posting.contract_version_id, AttributionCredit.employee_id == Posting.employee_id,
            ),
        )
    )  # fmt: skip


def _same_revision(table: type[OrderRevision] | type[AttributionRun] | type[AttributionCredit]) -> ColumnElement[bool]:
    return and_(
        table.tenant_id == LedgerTransaction.tenant_id,
        table.order_id == LedgerTransaction.order_id,
        table.revision == LedgerTransaction.revision,
    )
