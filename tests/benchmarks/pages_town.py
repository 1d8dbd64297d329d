"""A furnished shop grown large: its own talks and its orders of the running and the last month, copied inside PostgreSQL.

Copies differ in every id, number, reference and code and are otherwise rows the product wrote. Each copied order belongs to a copied talk,
so no conversation has more orders than a real one would. The server is durable (fsync on), as in production.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import psycopg
from fakes.furnished_shop import Furnished, furnish
from fakes.shop_history import routed
from psycopg import sql

from billing.keep_movements import keep_movements
from migrations.history import upgrade
from tenants.database import Database, connect
from tenants.local_postgres import LocalPostgres
from tenants.roles import ADMIN_ROLE, APP, INTAKE, OPERATOR, OWNER, prepare_database

TALK_TABLES = ("conversation", "turn", "touch", "coupon")
ORDER_TABLES = (
    "shop_order", "order_snapshot", "order_code", "order_revision", "attribution_run", "attribution_credit", "ledger_transaction",
    "posting", "inbound_event",
)  # fmt: skip
KEPT = {"tenant_id", "connection_id", "employee_id", "contract_version_id", "contract_id", "offer_id", "person_id"}
OF_TALKS = {"conversation_id", "turn_id", "touch_id", "coupon_id", "visitor_id"}
NUMBERED = {"external_id", "number", "payment_reference", "dedupe_key", "delivery_id", "code"}
JITTER_SECONDS = 3_000
"""Copies happen up to so long before their original, so that lists have an order to show."""


@dataclass(frozen=True)
class GrownShop:
    """The shop, the folder its server runs in, and the database's addresses by role."""

    shop: Furnished
    folder: Path
    urls: dict[str, str]
    counts: dict[str, int]


@contextmanager
def grown_shop(lines: int, talks: int, now: datetime) -> Iterator[GrownShop]:
    """A shop with at least so many ledger lines and conversations, on a server of its own; removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="tillhand-bench-"))
    folder.chmod(0o755)  # the database server's own account must be able to pass
    server = LocalPostgres(folder / "postgres").start()
    try:
        prepare_database(server.url(ADMIN_ROLE, "postgres"), database="bench", passwords=server.passwords())
        upgrade(server.url(OWNER, "bench"))
        urls = {role: server.url(role, "bench") for role in (APP, INTAKE, OPERATOR)}
        database = connect(app_url=urls[APP], intake_url=urls[INTAKE], operator_url=urls[OPERATOR])
        try:
            shop = furnish(routed(database), folder, now)
            counts = _grow(server.url(ADMIN_ROLE, "bench").replace("+psycopg", ""), lines, talks)
            _keep(database, server.url(ADMIN_ROLE, "bench").replace("+psycopg", ""), UUID(shop.account.tenant_id))
            yield GrownShop(shop, folder, urls, counts)
        finally:
            database.dispose()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _keep(database: Database, admin_url: str, tenant_id: UUID) -> None:
    """What the worker's round does every twenty seconds, so that the pages find what they find in a running house."""
    with database.tenant_session(tenant_id) as session:
        keep_movements(session)
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE kept_movement")  # as the autovacuum does within its minute


def _grow(admin_url: str, lines: int, talks: int) -> dict[str, int]:
    """Copy as the server's administrator, without checks; return how many lines, orders and conversations there are then."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        talk_copies = _copies(connection, "SELECT count(*) FROM conversation", talks)
        connection.execute("CREATE TEMP TABLE sold AS SELECT order_id FROM shop_order WHERE occurred_at >= %s", [_first_open(connection)])
        order_copies = _copies(connection, "SELECT count(*) FROM posting JOIN sold USING (order_id)", lines)
        whole = sql.SQL("{}")
        for table in TALK_TABLES:
            _copy(connection, table, whole, (talk_copies, talk_copies))
        for table in ORDER_TABLES:
            which = sql.SQL("{} WHERE order_id IN (SELECT order_id FROM sold)")
            if table == "inbound_event":
                told = "SELECT event_id FROM order_snapshot WHERE order_id IN (SELECT order_id FROM sold)"
                which = sql.SQL(f"{{}} WHERE event_id IN ({told})")
            _copy(connection, table, which, (order_copies, talk_copies))
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
        return {name: _count(connection, name) for name in ("posting", "shop_order", "conversation", "turn", "inbound_event")}


def _first_open(connection: psycopg.Connection) -> datetime:
    """The first moment that no closed month holds."""
    row = connection.execute("SELECT coalesce(max(period_end), '-infinity') FROM statement").fetchone()
    assert row is not None
    return row[0]


def _copies(connection: psycopg.Connection, count: str, wanted: int) -> int:
    row = connection.execute(count).fetchone()
    assert row is not None
    return max(1, -(-wanted // max(1, row[0])) - 1)


def _count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    assert row is not None
    return int(row[0])


def _copy(connection: psycopg.Connection, table: str, which: sql.SQL, copies: tuple[int, int]) -> None:
    """Copy a table's rows `copies[0]` times; what belongs to a talk takes the ids of one of `copies[1]` copied talks."""
    columns = connection.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER' "
        "ORDER BY ordinal_position",
        [table],
    ).fetchall()
    names = sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns)
    values = sql.SQL(", ").join(_copied(name, kind, copies[1]) for name, kind in columns)
    source = sql.SQL("(SELECT * FROM {}) AS t").format(which.format(sql.Identifier(table)))
    connection.execute(
        sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}, generate_series(1, {}) AS n").format(
            sql.Identifier(table), names, values, source, sql.Literal(copies[0])
        )
    )


def _copied(name: str, kind: str, talk_copies: int) -> sql.Composable:
    column = sql.SQL("t.{}").format(sql.Identifier(name))
    if name == "neutral":
        codes = "SELECT coalesce(jsonb_agg(code || '/' || n), '[]') FROM jsonb_array_elements_text(t.neutral -> 'codes') AS code"
        return sql.SQL(f"jsonb_set(t.neutral, '{{codes}}', ({codes}))")
    if name in OF_TALKS and kind == "uuid":
        return sql.SQL("md5({} || '/' || (n % {} + 1))::uuid").format(column, sql.Literal(talk_copies))
    if kind == "uuid" and name not in KEPT:
        return sql.SQL("md5({} || '/' || n)::uuid").format(column)
    if name in NUMBERED and kind.startswith(("text", "character")):
        return sql.SQL("{} || '/' || n").format(column)
    if kind == "timestamp with time zone" and not name.startswith("period"):
        return sql.SQL("{} - (n % {}) * interval '1 second'").format(column, sql.Literal(JITTER_SECONDS))
    return column
