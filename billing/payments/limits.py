"""Whether the shop's own limit keeps offers from being handed out now: one row, read where a coupon is issued."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.payment_errors import SpendingLimitReached
from billing.payments.tables import BillAccount
from tenants.database import tenant_of


def check_within_limit(session: Session, now: datetime) -> None:
    """Raises SpendingLimitReached while the limit is reached and the shop chose that offers stop then."""
    row = session.get(BillAccount, tenant_of(session))
    if row is not None and row.reached_until is not None and now < row.reached_until:
        raise SpendingLimitReached("This month's limit is reached, so no offers are handed out until the next month.")
