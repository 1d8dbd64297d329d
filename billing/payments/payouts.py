"""What is due to whom out of paid bills: the owners of likenesses and agencies. The platform's own part is nobody's payout."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from billing.ledger.accounts import PLATFORM
from billing.payments.tables import Bill, PayeePayout
from billing.statements.tables import StatementPayee
from tenants.database import tenant_of


@dataclass(frozen=True, slots=True)
class PayoutView:
    """One payee's part of one bill, in minor units. It is due while the bill is paid and it was not paid out."""

    statement_id: UUID
    bill_number: str
    period_name: str
    payee: str
    name: str
    role: str
    currency: str
    amount_minor: int
    is_due: bool
    paid_out_at: datetime | None
    reference: str | None


def payouts_of(session: Session, statement_id: UUID | None = None) -> list[PayoutView]:
    """Every payee's part of every bill, or of one."""
    of_statement = and_(StatementPayee.tenant_id == Bill.tenant_id, StatementPayee.statement_id == Bill.statement_id)
    done = and_(
        PayeePayout.tenant_id == Bill.tenant_id, PayeePayout.statement_id == Bill.statement_id, PayeePayout.payee == StatementPayee.payee
    )
    query = (
        select(Bill, StatementPayee, PayeePayout)
        .join(StatementPayee, of_statement)
        .outerjoin(PayeePayout, done)
        .where(Bill.tenant_id == tenant_of(session), StatementPayee.role != PLATFORM, StatementPayee.payable_minor > 0)
        .order_by(Bill.number, StatementPayee.payee)
    )
    if statement_id is not None:
        query = query.where(Bill.statement_id == statement_id)
    return [_view(bill, payee, payout) for bill, payee, payout in session.execute(query)]


def paid_out_of(session: Session, statement_id: UUID) -> bool:
    """Whether anybody was paid out of a bill."""
    return any(one.paid_out_at is not None for one in payouts_of(session, statement_id))


def _view(bill: Bill, payee: StatementPayee, payout: PayeePayout | None) -> PayoutView:
    return PayoutView(
        statement_id=bill.statement_id, bill_number=bill.number, period_name=bill.period_name, payee=payee.payee, name=payee.name,
        role=payee.role, currency=bill.currency, amount_minor=payee.payable_minor, is_due=bill.state == "paid" and payout is None,
        paid_out_at=payout.paid_out_at if payout else None, reference=payout.reference if payout else None,
    )  # fmt: skip
