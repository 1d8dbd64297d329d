"""What posting and closing could cost at least: the same rows, read and written in tables that keep nothing but the ledger's indexes."""

from collections.abc import Sequence
from datetime import datetime
from time import perf_counter
from typing import Any
from uuid import UUID

import psycopg
from isal import isal_zlib
from sqlalchemy import MetaData, Table, create_engine, text
from sqlalchemy.orm import Session

from billing.ledger.tables import LedgerTransaction, Posting
from billing.ledger.writer import Movement, transaction_id_of
from billing.merkle import leaf_hashes, root_of
from billing.rows import insert_rows
from billing.statements.segments import LINES_PER_SEGMENT


class Ceiling:
    """The two bare tables, holding what the ledger holds already, on a connection that no row-level security binds."""

    def __init__(self, admin_url: str) -> None:
        self._engine = create_engine(admin_url.replace("postgresql:", "postgresql+psycopg:", 1))
        self._tables = [_bare(table) for table in (LedgerTransaction, Posting)]
        with self._engine.begin() as connection:
            for mapped, bare in zip((LedgerTransaction, Posting), self._tables, strict=True):
                like = f"LIKE {mapped.__table__.name} INCLUDING INDEXES INCLUDING DEFAULTS"
                connection.execute(text(f"CREATE TABLE {bare.__table__.name} ({like})"))
                connection.execute(text(f"INSERT INTO {bare.__table__.name} SELECT * FROM {mapped.__table__.name}"))
                connection.execute(text(f"ANALYZE {bare.__table__.name}"))

    def post(self, tenant_id: UUID, movements: Sequence[Movement], now: datetime) -> float:
        """Write the movements' rows and commit; return the seconds. The rows are made before the clock starts."""
        transactions, postings = _rows(tenant_id, movements, now)
        started = perf_counter()
        with Session(self._engine) as session, session.begin():
            insert_rows(session, self._tables[0], _written(LedgerTransaction), transactions)
            insert_rows(session, self._tables[1], _written(Posting), postings)
        return perf_counter() - started


def close_ceiling(admin_url: str, lines: Sequence[bytes]) -> float:
    """Seconds to read the month's transactions as they lie, and to hash, pack and write lines that are finished already; nothing else.

    No join, no sequence, no sums, no line made; the connection is one that no row-level security binds.
    """
    with psycopg.connect(admin_url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare_segment (number int PRIMARY KEY, root bytea, packed bytea)")
        started = perf_counter()
        for _ in cursor.stream("SELECT transaction_id::text, why, working::text FROM ledger_transaction", size=500):
            pass
        packed = []
        for first in range(0, len(lines), LINES_PER_SEGMENT):
            own = lines[first : first + LINES_PER_SEGMENT]
            packed.append((first, root_of(leaf_hashes(own)), isal_zlib.compress(b"\n".join(own), 1)))
        root_of([root for _, root, _ in packed])
        cursor.executemany("INSERT INTO bare_segment VALUES (%s, %s, %s)", packed)
        connection.commit()
        return perf_counter() - started


def _bare(mapped: Any) -> Any:
    """A stand-in for a mapped class whose table has the same columns and another name."""
    source = mapped.__table__
    columns = [column._copy() for column in source.columns]
    return type("Bare", (), {"__table__": Table(f"bare_{source.name}", MetaData(), *columns)})


def _written(mapped: Any) -> list[str]:
    """The columns that the ledger's writer fills; the rest the database fills itself, here as there."""
    return [column.name for column in mapped.__table__.columns if column.server_default is None]


def _rows(tenant_id: UUID, movements: Sequence[Movement], now: datetime) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    transactions, postings = [], []
    for one in movements:
        values = {
            "tenant_id": tenant_id, "transaction_id": transaction_id_of(tenant_id, one.order_id, one.revision), "kind": one.kind,
            "order_id": one.order_id, "revision": one.revision, "contract_version_id": one.contract_version_id,
            "employee_id": one.employee_id, "period_start": one.period_start, "cause": one.cause.kind, "cause_id": one.cause.cause_id,
            "why": one.cause.why, "points_to": one.points_to, "working": one.working, "occurred_at": one.occurred_at,
            "effective_at": one.effective_at, "recorded_at": now,
        }  # fmt: skip
        transactions.append(tuple(values[name] for name in _written(LedgerTransaction)))
        for number, leg in enumerate(one.legs, start=1):
            posted = values | {
                "number": number, "source": leg.source, "destination": leg.destination, "amount_minor": leg.amount_minor,
                "currency": leg.currency, "payee": leg.payee,
            }  # fmt: skip
            postings.append(tuple(posted[name] for name in _written(Posting)))
    return transactions, postings
