"""Notes what deliveries only point at, so that it is fetched from the merchant's system afterwards, outside of any transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.connectors.connector import Wanted
from billing.connectors.tables import FetchWish
from tenants.database import tenant_of


def wish_for(session: Session, wanted: Sequence[tuple[UUID, Wanted]], *, now: datetime) -> None:
    """Ask for things of connections; one that was fetched before is fetched anew, because it has changed since."""
    for connection_id, one in sorted(set(wanted), key=lambda pair: (pair[0], pair[1].kind, pair[1].external_id)):
        fresh: dict[str, Any] = {"asked_at": now, "attempts": 0, "next_try_at": now, "done_at": None, "reason": None}
        row = {"tenant_id": tenant_of(session), "connection_id": connection_id, "kind": one.kind, "external_id": one.external_id, **fresh}
        key = (FetchWish.tenant_id, FetchWish.connection_id, FetchWish.kind, FetchWish.external_id)
        session.execute(insert(FetchWish).values(row).on_conflict_do_update(index_elements=key, set_=fresh))


def ask_again(session: Session, connection_id: UUID, *, now: datetime) -> None:
    """Try at once what could not be fetched so far, also what was given up: the connection has new access."""
    failed = update(FetchWish).where(
        FetchWish.tenant_id == tenant_of(session), FetchWish.connection_id == connection_id, FetchWish.reason.is_not(None)
    )
    session.execute(failed.values(attempts=0, next_try_at=now, done_at=None))
