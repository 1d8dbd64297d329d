"""Fetches what messages only pointed at: asks the merchant's system, ever later while it does not answer, and stores what it says.

No transaction is open while we wait for the other system. What comes back is stored as a delivery and read as one.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.connectors.asking import Ask, AskOverHttps
from billing.connectors.pulling import ASKABLE, Account, pull_order
from billing.connectors.tables import ConnectionToken, FetchWish
from billing.errors import ConnectionUnknown, FetchFailed
from billing.inbox.storing import Incoming, store
from billing.inbox.tables import MerchantConnection
from tenants.database import Database, tenant_of
from tenants.outbox import retry_delay

TRIES_MAX: Final = 12
LIMIT: Final = 50
Origins = Mapping[str, str]
"""Kind -> the address of a program that stands in for the system, in tests."""
NOWHERE_ELSE: Final[Origins] = {}
_Claimed = tuple[UUID, UUID, str, str]


def fetch_due(
    database: Database, *, clock: Callable[[], datetime], ask: Ask | None = None, origins: Origins = NOWHERE_ELSE, limit: int = LIMIT
) -> int:
    """Fetch what is due, each in a transaction of its own; return how many were fetched or given up. Any number of workers may run it."""
    asking = ask or AskOverHttps()
    return sum(_fetch(database, one, clock, asking, origins) for one in _claim(database, clock(), limit))


def account_of(session: Session, connection_id: UUID, origins: Origins) -> Account:
    """How to ask one connection's system. Raises ConnectionUnknown where it was closed, FetchFailed where nothing lets us ask."""
    connection = session.get(MerchantConnection, (tenant_of(session), connection_id))
    if connection is None or connection.removed_at is not None:
        raise ConnectionUnknown("The connection was closed.")
    token = session.get(ConnectionToken, (connection.tenant_id, connection_id))
    if token is None or connection.kind not in ASKABLE:
        raise FetchFailed("The connection has no access to the other system, so nothing can be fetched. Give it one.")
    return Account(connection.kind, token.token, connection.settings, origins.get(connection.kind, ""))


def _claim(database: Database, now: datetime, limit: int) -> Sequence[_Claimed]:
    """Count the try and set the next before asking, so that whatever happens it is not asked for in a circle."""
    due = (
        select(FetchWish)
        .where(FetchWish.done_at.is_(None), FetchWish.next_try_at <= now)
        .order_by(FetchWish.next_try_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    with database.intake_session() as session:
        found = []
        for wish in session.scalars(due):
            wish.attempts += 1
            wish.next_try_at = now + retry_delay(wish.attempts)
            found.append((wish.tenant_id, wish.connection_id, wish.kind, wish.external_id))
    return found


def _fetch(database: Database, one: _Claimed, clock: Callable[[], datetime], ask: Ask, origins: Origins) -> bool:
    tenant_id, connection_id, _, external_id = one
    try:
        with database.tenant_session(tenant_id) as session:
            account = account_of(session, connection_id, origins)
        pulled = pull_order(ask, account, external_id)
    except (FetchFailed, ConnectionUnknown) as error:
        return _note(database, one, clock(), str(error), is_over=isinstance(error, ConnectionUnknown))
    with database.tenant_session(tenant_id) as session:
        connection = session.get_one(MerchantConnection, (tenant_id, connection_id))
        store(session, connection, Incoming(pulled.key, pulled.headers, pulled.body, "repeat"), now=clock())
        wish = _wish(session, one)
        wish.done_at, wish.reason = clock(), None
    return True


def _note(database: Database, one: _Claimed, now: datetime, why: str, *, is_over: bool) -> bool:
    with database.tenant_session(one[0]) as session:
        wish = _wish(session, one)
        wish.reason = why
        if not is_over and wish.attempts < TRIES_MAX:
            return False
        wish.done_at = now
    return True


def _wish(session: Session, one: _Claimed) -> FetchWish:
    key: Any = one
    return session.get_one(FetchWish, key, with_for_update=True)
