"""A town of many small shops for the ingest benchmark: each with an employee under contract, an order book, and visitors she has met.

Everything is made through the product's own verbs on a durable PostgreSQL (fsync on), as in production.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import app.tables  # noqa: F401 - the tables of every room
from billing.connections import create_connection
from billing.contract_terms import ContractTerms
from billing.record_touch import Touch, record_touch
from billing.sign_contract import sign_contract
from migrations.history import upgrade
from tenants.database import Database, connect
from tenants.identifiers import new_id
from tenants.local_postgres import LocalPostgres
from tenants.roles import ADMIN_ROLE, APP, INTAKE, OPERATOR, OWNER, prepare_database
from tenants.tenant import open_tenant

TERMS = ContractTerms(currency="EUR", share_ppm=80_000)
VISITORS = 4


@dataclass(frozen=True, slots=True)
class SmallShop:
    """Whose it is, where its orders go, how they are signed, and who was met."""

    tenant_id: UUID
    connection_key: str
    secret: str
    visitors: tuple[UUID, ...]


@dataclass(frozen=True)
class IngestTown:
    """The running server and the shops in it."""

    folder: Path
    server: LocalPostgres
    database: Database
    urls: dict[str, str]
    shops: tuple[SmallShop, ...]

    @property
    def admin_url(self) -> str:
        return self.server.url(ADMIN_ROLE, "bench").replace("+psycopg", "")


@contextmanager
def ingest_town(shops: int) -> Iterator[IngestTown]:
    """A fresh durable PostgreSQL with that many shops; removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="tillhand-ingest-"))
    folder.chmod(0o755)  # the database server's own account must be able to pass
    server = LocalPostgres(folder / "postgres").start()
    try:
        prepare_database(server.url(ADMIN_ROLE, "postgres"), database="bench", passwords=server.passwords())
        upgrade(server.url(OWNER, "bench"))
        urls = {role: server.url(role, "bench") for role in (APP, INTAKE, OPERATOR)}
        database = connect(app_url=urls[APP], intake_url=urls[INTAKE], operator_url=urls[OPERATOR])
        try:
            yield IngestTown(folder, server, database, urls, tuple(_open(database, number) for number in range(shops)))
        finally:
            database.dispose()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _open(database: Database, number: int) -> SmallShop:
    now = datetime.now(UTC)
    opened_at = now - timedelta(days=1)
    tenant_id, employee_id = new_id(opened_at), new_id(opened_at)
    visitors = tuple(new_id(now) for _ in range(VISITORS))
    with database.tenant_session(tenant_id) as session:
        open_tenant(session, name=f"Shop {number}", time_zone="UTC", allowed_origins=(), now=opened_at)
        sign_contract(session, employee_id=employee_id, terms=TERMS, accepted_by="Bench", now=opened_at)
        book = create_connection(session, name="Shop", channel="online", is_order_book=True, now=opened_at)
        for visitor_id in visitors:
            touch = Touch(new_id(now), now - timedelta(hours=1), "conversation", employee_id, visitor_id, conversation_id=new_id(now))
            record_touch(session, touch, now=now)
    return SmallShop(tenant_id, book.public_key, book.secret, visitors)
