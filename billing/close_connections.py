"""Closes every connection of a shop that is removed, and opens those again when it is brought back."""

from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from billing.connections import DIRECTORY_KIND
from billing.inbox.doorways import is_key
from billing.inbox.tables import MerchantConnection
from tenants.database import Database, tenant_of
from tenants.directory import look_up


def close_connections(session: Session, *, now: datetime) -> None:
    """From now on, refuse what arrives at the shop's addresses: they answer that they are gone."""
    mine = (MerchantConnection.tenant_id == tenant_of(session)) & MerchantConnection.removed_at.is_(None)
    session.execute(update(MerchantConnection).where(mine).values(removed_at=now))


def reopen_connections(session: Session, *, closed_at: datetime) -> None:
    """Take deliveries again at the addresses that were closed together at this moment."""
    mine = (MerchantConnection.tenant_id == tenant_of(session)) & (MerchantConnection.removed_at == closed_at)
    session.execute(update(MerchantConnection).where(mine).values(removed_at=None))


def is_closed_address(database: Database, connection_key: str) -> bool:
    """Whether an address named a connection once that takes nothing any more: the sender may stop, and need not try again."""
    hit = look_up(database, DIRECTORY_KIND, connection_key) if is_key(connection_key) else None
    if hit is None:
        return False
    with database.tenant_session(hit.tenant_id) as session:
        mine = (MerchantConnection.tenant_id == hit.tenant_id) & (MerchantConnection.connection_id == hit.subject_id)
        return bool(session.scalar(select(exists().where(mine & MerchantConnection.removed_at.is_not(None)))))
