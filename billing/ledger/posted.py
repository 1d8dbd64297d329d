"""What stands in the book by now."""

from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from billing.ledger.accounts import SHARE_EXPENSE
from billing.ledger.tables import Posting
from tenants.database import tenant_of


def posted_shares(session: Session, order_id: UUID) -> dict[tuple[UUID, UUID, str], int]:
    """What stands in the book for an order by now: minor units by (contract version, employee, currency)."""
    signed = case((Posting.source == SHARE_EXPENSE, Posting.amount_minor), else_=-Posting.amount_minor)
    key = Posting.contract_version_id, Posting.employee_id, Posting.currency
    query = select(*key, func.sum(signed)).where(Posting.tenant_id == tenant_of(session), Posting.order_id == order_id).group_by(*key)
    return {(version, employee, currency): int(total) for version, employee, currency, total in session.execute(query)}
