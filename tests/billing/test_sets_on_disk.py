"""A set's commit is not waited for: whatever tells of it outside is on disk behind it, and nothing else loses its waiting by it."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from shopkeeper import Shopkeeper, order_message
from sqlalchemy import Engine, create_engine, make_url, text

from billing.inbox.claiming import Turns, claim
from billing.inbox.together import record_together
from billing.seal_ledger import seal_ledger
from tenants.database import Database
from tenants.local_postgres import LocalPostgres
from tenants.roles import ADMIN_ROLE, APP


@pytest.fixture
def admin(postgres: LocalPostgres, database_urls: dict[str, str]) -> Iterator[Engine]:
    engine = create_engine(postgres.url(ADMIN_ROLE, make_url(database_urls[APP]).database))
    yield engine
    engine.dispose()


def asked(admin: Engine, question: str) -> object:
    with admin.connect() as connection:
        return connection.scalar(text(question))


def test_a_set_tells_nobody_and_what_seals_it_is_on_disk_behind_it(database: Database, now: datetime, admin: Engine) -> None:
    shop = Shopkeeper(database, now)
    shop.touch()
    told = {shop.post(order_message(name, attribution={"visitor": str(shop.visitor_id)})).event_id for name in ("s-1", "s-2")}
    announced = asked(admin, "SELECT count(*) FROM outbox_event")
    claimed = claim(database, Turns(), now=now, limit=100)
    assert claimed is not None
    assert record_together(database, claimed.deliveries, shop.clock) >= told
    assert asked(admin, "SELECT count(*) FROM outbox_event") == announced
    with database.intake_session() as session:
        source = session.scalar(text("SELECT source FROM pg_settings WHERE name = 'synchronous_commit'"))
    assert source != "session"  # the set's own wish ended with it
    written = asked(admin, "SELECT pg_current_wal_insert_lsn()")
    with shop.session() as session:
        session.execute(text("SET LOCAL synchronous_commit = on"))  # the server of the tests waits for no disk
        seal_ledger(session, now=now)
    assert asked(admin, f"SELECT pg_current_wal_flush_lsn() >= '{written}'::pg_lsn")
