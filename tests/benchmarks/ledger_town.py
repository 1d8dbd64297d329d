"""A town with as many orders as wanted: a few told through the product's own verbs, the rest copied from them inside PostgreSQL.

Copies differ in every id, number and reference and are otherwise rows the product wrote, so tables and indexes have the size and
shape of a real year. The server is durable (fsync on), as in production.
"""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy.orm import Session

import app.tables  # noqa: F401 - the tables of every room
from billing.connections import create_connection
from billing.contract_terms import ContractTerms
from billing.issue_coupon import issue_coupon
from billing.neutral_order import NeutralLine, NeutralOrder, NeutralRefund, RefundLine
from billing.offers import OfferTerms, create_offer
from billing.record_order import OrderSource, record_order
from billing.record_refund import record_refund
from billing.record_touch import Touch, record_touch
from billing.sign_contract import sign_contract
from migrations.history import upgrade
from tenants.database import Database, connect
from tenants.identifiers import new_id
from tenants.local_postgres import LocalPostgres
from tenants.roles import ADMIN_ROLE, APP, INTAKE, OPERATOR, OWNER, prepare_database
from tenants.tenant import open_tenant

START = datetime(2026, 11, 1, 8, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
TEMPLATES = 20
LINES, TOUCHES = 3, 5
WITH_CODE, GIVEN_BACK, MET_BY_TWO = range(4, 10), range(8, 10), range(10, 12)
"""Of 20 templates 6 were paid with a code of ours, a line of 2 came back, and 2 were brought by two employees together."""

KINDS = ("conversation", "link_click", "conversation", "coupon_issue", "conversation")
KEPT = {"tenant_id", "connection_id", "employee_id", "contract_version_id", "contract_id", "offer_id"}
NUMBERED = {"external_id", "number", "payment_reference", "dedupe_key"}
COPIED = (
    "shop_order", "order_snapshot", "touch", "order_revision", "attribution_run", "attribution_credit", "ledger_transaction", "posting",
)  # fmt: skip


@dataclass(frozen=True)
class Town:
    """The running server, its database as the product sees it, and the one tenant and employee in it."""

    database: Database
    admin_url: str
    tenant_id: UUID
    employee_id: UUID
    source: OrderSource


@contextmanager
def town(terms: ContractTerms) -> Iterator[Town]:
    """A fresh durable PostgreSQL with TEMPLATES orders in it, each with LINES lines and TOUCHES touches; removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="tillhand-bench-"))
    folder.chmod(0o755)  # the database server's own account must be able to pass
    server = LocalPostgres(folder).start()
    try:
        prepare_database(server.url(ADMIN_ROLE, "postgres"), database="bench", passwords=server.passwords())
        upgrade(server.url(OWNER, "bench"))
        urls = {role: server.url(role, "bench") for role in (APP, INTAKE, OPERATOR)}
        database = connect(app_url=urls[APP], intake_url=urls[INTAKE], operator_url=urls[OPERATOR])
        try:
            admin_url = server.url(ADMIN_ROLE, "bench").replace("+psycopg", "")
            yield _settle(database, admin_url, terms)
        finally:
            database.dispose()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _settle(database: Database, admin_url: str, terms: ContractTerms) -> Town:
    tenant_id, employee_id, colleague_id = new_id(START), new_id(START), new_id(START)
    signed_at = START - timedelta(days=60)
    with database.tenant_session(tenant_id) as session:
        open_tenant(session, name="Bench", time_zone="UTC", allowed_origins=(), now=signed_at)
        for one in (employee_id, colleague_id):
            sign_contract(session, employee_id=one, terms=terms, accepted_by="Bench", now=signed_at)
        book = create_connection(session, name="Shop", channel="online", is_order_book=True, now=START)
        offer = OfferTerms("Ten off", "EUR", percent_ppm=100_000, coupons_max=TEMPLATES, starts_at=signed_at, ends_at=NOW)
        offer_id = create_offer(session, employee_id=employee_id, offer=offer, now=signed_at)
    made = Town(database, admin_url, tenant_id, employee_id, OrderSource(book.connection_id, "online", True))
    for number in range(TEMPLATES):
        with database.tenant_session(tenant_id) as session:
            _tell(session, made, number, colleague_id, offer_id)
    return made


def _tell(session: Session, made: Town, number: int, colleague_id: UUID, offer_id: UUID) -> None:
    """One template: its touches, its order, and what is the matter with some of them."""
    visitor, begun = new_id(NOW), START + timedelta(hours=number)
    for step, kind in zip(range(TOUCHES), itertools.cycle(KINDS), strict=False):
        met_by = colleague_id if number in MET_BY_TWO and step == 0 else made.employee_id
        touch = Touch(new_id(NOW), begun + timedelta(minutes=step), kind, met_by, visitor, conversation_id=new_id(NOW))
        record_touch(session, touch, now=NOW)
    codes: tuple[str, ...] = ()
    if number in WITH_CODE:
        issued = issue_coupon(session, offer_id=offer_id, visitor_id=visitor, conversation_id=None, turn_id=None, now=begun)
        codes = (issued.code,)
    sold = order(f"T-{number}", number, visitor, codes)
    record_order(session, sold, source=made.source, now=NOW)
    if number in GIVEN_BACK:
        line, moment = sold.lines[0], sold.occurred_at + timedelta(days=1)
        back, paid = (RefundLine(line.line_id, line.net_minor, line.tax_minor),), line.net_minor + line.tax_minor
        refund = NeutralRefund(f"R-{number}", "refund", sold.external_id, None, moment, moment, "EUR", paid, back)
        record_refund(session, refund, source=made.source, now=NOW)


def order(reference: str, number: int, visitor: UUID | None, codes: tuple[str, ...] = ()) -> NeutralOrder:
    """An ordinary paid order of LINES lines; its amounts differ by `number`."""
    at = START + timedelta(hours=number + 2)
    lines = tuple(NeutralLine(str(n), "beans", 1 + n, 1_000 + 137 * number + n, 200 + 27 * number, False) for n in range(LINES))
    captured = sum(line.net_minor + line.tax_minor for line in lines)
    return NeutralOrder(reference, reference, "paid", at, at, "EUR", lines, 0, 0, 0, captured, visitor_id=visitor, codes=codes)


def copy_orders(made: Town, orders: int, *, before: int = 0) -> None:
    """Bring the town from `before` to `orders` orders (multiples of TEMPLATES), as the server's administrator, without checks.

    Only the order templates are copied; their documents keep the templates' ids inside, which changes neither size nor shape.
    """
    first, last = before // TEMPLATES, orders // TEMPLATES - 1
    with psycopg.connect(made.admin_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        originals = "number LIKE 'T-%' AND number NOT LIKE '%/%'"
        connection.execute(f"CREATE TEMP TABLE original AS SELECT order_id, visitor_id FROM shop_order WHERE {originals}")
        for table in COPIED:
            _copy(connection, table, max(first, 1), last)
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _copy(connection: psycopg.Connection, table: str, first: int, last: int) -> None:
    columns = connection.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position", [table]
    ).fetchall()
    values = [_copied(name, kind) for name, kind in columns]
    if table == "touch":
        source = sql.SQL("touch AS t JOIN original AS o ON o.visitor_id = t.visitor_id")
    else:
        source = sql.SQL("{} AS t JOIN original AS o ON o.order_id = t.order_id").format(sql.Identifier(table))
    connection.execute(
        sql.SQL("INSERT INTO {} SELECT {} FROM {}, generate_series({}, {}) AS n").format(
            sql.Identifier(table), sql.SQL(", ").join(values), source, sql.Literal(first), sql.Literal(last)
        )
    )


def _copied(name: str, kind: str) -> sql.Composable:
    column = sql.SQL("t.{}").format(sql.Identifier(name))
    if kind == "uuid" and name not in KEPT:
        return sql.SQL("md5({} || '/' || n)::uuid").format(column)
    if name in NUMBERED and kind.startswith(("text", "character")):
        return sql.SQL("{} || '/' || n").format(column)
    return column
