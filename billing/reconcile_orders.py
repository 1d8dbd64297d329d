"""Pulls what was missed: asks each merchant's system what changed since the last time, and stores what we did not have.

Webhooks are sent at least once as long as somebody listens; a shop system that was switched off, or that switched its webhook off, is
caught up with here. What had come before is known by its bytes or its id and changes nothing.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from billing.connectors.asking import Ask, AskOverHttps
from billing.connectors.connector import Wanted
from billing.connectors.pulling import ASKABLE, Pulled, pull_changes
from billing.connectors.tables import ConnectionToken
from billing.connectors.wishes import wish_for
from billing.errors import FetchFailed
from billing.fetch_orders import NOWHERE_ELSE, Origins, account_of
from billing.inbox.storing import Incoming, store
from billing.inbox.tables import MerchantConnection
from tenants.database import Database
from tenants.every_shop import shops_with

EVERY: Final = timedelta(hours=1)
OVERLAP: Final = timedelta(hours=2)
"""Asked for once more each time: other systems' clocks differ, and a change may show in their lists a little late."""
FIRST_REACH: Final = timedelta(days=3)
BATCH: Final = 100


def shops_to_ask(database: Database) -> list[UUID]:
    """The shops with a connection to a system that can be asked for orders."""
    with database.intake_session() as session:
        return shops_with(session, MerchantConnection, MerchantConnection.removed_at.is_(None), MerchantConnection.kind.in_(ASKABLE))


def reconcile_due(
    database: Database, tenant_id: UUID, *, clock: Callable[[], datetime], ask: Ask | None = None, origins: Origins = NOWHERE_ELSE
) -> int:
    """Catch up with every connection of a shop that was not asked for an hour and lets us ask; return how many new things came."""
    with database.tenant_session(tenant_id) as session:
        query = (
            select(MerchantConnection.connection_id, MerchantConnection.reconciled_until, MerchantConnection.created_at)
            .join(
                ConnectionToken,
                (ConnectionToken.tenant_id == MerchantConnection.tenant_id)
                & (ConnectionToken.connection_id == MerchantConnection.connection_id),
            )
            .where(
                MerchantConnection.tenant_id == tenant_id, MerchantConnection.removed_at.is_(None), MerchantConnection.kind.in_(ASKABLE)
            )
            .order_by(MerchantConnection.connection_id)
        )  # fmt: skip
        found = [(row[0], row[1], row[2]) for row in session.execute(query)]
    now, new = clock(), 0
    for connection_id, until, made_at in found:
        if until is None or now - until >= EVERY:
            since = (until or max(made_at, now - FIRST_REACH)) - OVERLAP
            new += reconcile(database, tenant_id, connection_id, since=since, now=now, ask=ask, origins=origins)
    return new


def reconcile(
    database: Database, tenant_id: UUID, connection_id: UUID, *, since: datetime, now: datetime, ask: Ask | None = None,
    origins: Origins = NOWHERE_ELSE,
) -> int:  # fmt: skip
    """Ask one connection's system what changed since a moment and store what is new; return how many things were.

    When it fails midway, what came stays, the reason is shown, and the next time begins at the same moment again.
    """
    new = 0
    try:
        with database.tenant_session(tenant_id) as session:
            account = account_of(session, connection_id, origins)
        batch: list[Pulled] = []
        for pulled in pull_changes(ask or AskOverHttps(), account, since):
            batch.append(pulled)
            if len(batch) == BATCH:
                new += _keep(database, tenant_id, connection_id, batch, now)
                batch = []
        new += _keep(database, tenant_id, connection_id, batch, now)
    except FetchFailed as error:
        _note(database, tenant_id, connection_id, str(error), None)
        return new
    _note(database, tenant_id, connection_id, f"{new} new." if new else "Nothing was missing.", now)
    return new


def _keep(database: Database, tenant_id: UUID, connection_id: UUID, batch: list[Pulled], now: datetime) -> int:
    with database.tenant_session(tenant_id) as session:
        connection = session.get_one(MerchantConnection, (tenant_id, connection_id))
        stored = [
            store(session, connection, Incoming(one.key, one.headers, one.body, "repeat"), now=now)
            for one in batch
            if one.wanted_order_id is None
        ]
        wanted = [(connection_id, Wanted("order", one.wanted_order_id)) for one in batch if one.wanted_order_id is not None]
        wish_for(session, wanted, now=now)
    return sum(not one.is_repeat for one in stored)


def _note(database: Database, tenant_id: UUID, connection_id: UUID, why: str, until: datetime | None) -> None:
    with database.tenant_session(tenant_id) as session:
        connection = session.get_one(MerchantConnection, (tenant_id, connection_id), with_for_update=True)
        connection.reconcile_note = why
        connection.reconciled_until = until or connection.reconciled_until
