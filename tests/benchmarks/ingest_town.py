"""A town of many small shops for the ingest benchmark: each with an employee under contract, an order book, and visitors she has met.

The first shop is opened through the product's own verbs, the others are its rows under other ids, keys and secrets. The PostgreSQL is
durable (fsync on), as in production.
"""

import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg

import app.tables  # noqa: F401 - the tables of every room
from billing.connections import create_connection
from billing.contract_terms import ContractTerms
from billing.inbox.signature import new_secret
from billing.record_touch import Touch, record_touch
from billing.sign_contract import sign_contract
from migrations.history import upgrade
from tenants.database import Base, Database, connect
from tenants.identifiers import new_id, to_public
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
            first = _open(database)
            admin_url = server.url(ADMIN_ROLE, "bench").replace("+psycopg", "")
            yield IngestTown(folder, server, database, urls, (first, *_copies(admin_url, first, shops - 1)))
        finally:
            database.dispose()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _open(database: Database) -> SmallShop:
    now = datetime.now(UTC)
    opened_at = now - timedelta(days=1)
    tenant_id, employee_id = new_id(opened_at), new_id(opened_at)
    visitors = tuple(new_id(now) for _ in range(VISITORS))
    with database.tenant_session(tenant_id) as session:
        open_tenant(session, name="Shop", time_zone="UTC", allowed_origins=(), now=opened_at)
        sign_contract(session, employee_id=employee_id, terms=TERMS, accepted_by="Bench", now=opened_at)
        book = create_connection(session, name="Shop", channel="online", is_order_book=True, now=opened_at)
        for visitor_id in visitors:
            touch = Touch(new_id(now), now - timedelta(hours=1), "conversation", employee_id, visitor_id, conversation_id=new_id(now))
            record_touch(session, touch, now=now)
    return SmallShop(tenant_id, book.public_key, book.secret, visitors)


def _copies(admin_url: str, first: SmallShop, count: int) -> list[SmallShop]:
    """The first shop's rows again and again, every id, key and secret in them replaced by a new one."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        texts = {
            table.name: _rows_of(connection, table.name, first.tenant_id) for table in Base.metadata.sorted_tables if "tenant_id" in table.c
        }
        filled = {name: text for name, text in texts.items() if text}
        renamings = [_renaming("".join(filled.values()), first) for _ in range(count)]
        for name, text in filled.items():
            with connection.cursor().copy(f"COPY {name} FROM STDIN") as copy:  # type: ignore[arg-type]
                for renaming in renamings:
                    copy.write(_NAMES.sub(lambda found, renaming=renaming: renaming.get(found[0], found[0]), text))
        connection.execute("ANALYZE")
    return [
        SmallShop(
            UUID(renaming[str(first.tenant_id)]), renaming[first.connection_key], renaming[first.secret],
            tuple(UUID(renaming[str(visitor_id)]) for visitor_id in first.visitors),
        )
        for renaming in renamings
    ]  # fmt: skip


def _rows_of(connection: psycopg.Connection, table: str, tenant_id: UUID) -> str:
    query = f"COPY (SELECT * FROM {table} WHERE tenant_id = '{tenant_id}') TO STDOUT"
    with connection.cursor().copy(query) as copy:  # type: ignore[arg-type]
        return b"".join(bytes(part) for part in copy).decode()


def _renaming(text: str, first: SmallShop) -> dict[str, str]:
    renaming = {name: str(new_id(datetime.now(UTC))) for name in set(re.findall(_ID, text))}
    renaming |= {name: f"{name.partition('_')[0]}_{secrets.token_hex(13)}" for name in set(re.findall(_KEY, text))}
    return renaming | {first.connection_key: to_public("con", new_id(datetime.now(UTC))), first.secret: new_secret()}


_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_KEY = r"\b[a-z]{2,6}_[0-9a-z]{24,40}\b"
_NAMES = re.compile(rf"whsec_[A-Za-z0-9+/=]+|{_ID}|{_KEY}")
