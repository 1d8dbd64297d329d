"""Keeps the book's movements ready for pages about months, a little behind the money and never in its way.

The worker calls it as often as it likes, at once from several places. Pages are the same without it, only slower.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.ledger.tables import LedgerTransaction
from billing.statements import kept
from billing.statements.tables import KeptUntil
from tenants.tables import Tenant

SHOPS_MAX: Final = 1_000
"""So many shops are caught up with in one round; the others have their turn in the next."""


def shops_with_new_movements(session: Session, *, at_least: int = 1) -> list[UUID]:
    """Shops whose book has grown by so many movements since it was kept last, those never kept first. Asked as the operator.

    One look at an index for each shop. A page reads the few that are younger from the book itself, so a shop that sells now and then
    need not be gone round for every sale.
    """
    since = func.coalesce(KeptUntil.written_before, 0)
    of_shop = LedgerTransaction.tenant_id == Tenant.tenant_id, LedgerTransaction.written_in >= since
    is_new = select(LedgerTransaction.transaction_id).where(*of_shop).offset(at_least - 1).limit(1).correlate(Tenant, KeptUntil).exists()
    query = select(Tenant.tenant_id).outerjoin(KeptUntil, KeptUntil.tenant_id == Tenant.tenant_id).where(is_new)
    return list(session.scalars(query.order_by(since, Tenant.tenant_id).limit(SHOPS_MAX)))


def keep_movements(session: Session) -> int:
    """Keep what this shop's book has added since the last time; return how many movements that were. Repeating it changes nothing."""
    return kept.keep_movements(session)


def forget_kept_movements(session: Session) -> None:
    """Delete what is kept. The next call of `keep_movements` keeps it all again."""
    kept.forget(session)
