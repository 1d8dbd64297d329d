"""What disputes keep from a month's earnings by now: held or given back. A month's cap looks at what is left."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, func, select
from sqlalchemy.orm import Session

from billing.disputes.tables import Dispute
from billing.ledger.tables import LedgerTransaction
from tenants.database import tenant_of


def taken_in_disputes(session: Session, contract_version_id: UUID, period_start: datetime) -> int:
    """Minor units that the book holds or has given back for disputes of this contract version's month; 0 or more.

    It costs as much as there are disputes, not as much as there are orders. The caller holds the month alone.
    """
    tenant_id, table = tenant_of(session), LedgerTransaction
    about = select(Dispute.order_id).where(Dispute.tenant_id == tenant_id, Dispute.contract_version_id == contract_version_id)
    order_ids = session.scalars(about).all()
    if not order_ids:
        return 0
    change = table.working["before_minor"].astext.cast(BigInteger) - table.working["target_minor"].astext.cast(BigInteger)
    query = select(func.coalesce(func.sum(change), 0)).where(
        table.tenant_id == tenant_id, table.order_id == func.any(order_ids), table.kind == "dispute",
        table.contract_version_id == contract_version_id, table.period_start == period_start,
    )  # fmt: skip
    return int(session.scalars(query).one())
