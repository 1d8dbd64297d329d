"""Reads the movements of one employee's month in the sequence a statement lists them, each with its evidence.

A month may hold a million movements, so they are streamed, a few thousand at a time, as plain values. What a
statement lists is what moved on the employee's `earned` accounts; closing itself moves on, and is written after the last of them.
"""

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from itertools import chain, islice
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.ledger.accounts import earned_by
from billing.revenue_share.periods import Period
from tenants.database import tenant_of

ROWS_PER_FETCH: Final = 4_000
ROWS_PER_CHUNK: Final = 500
MEMORY_MEGABYTES: Final = 128
"""What one close may use in PostgreSQL for each of its joins, and for its sort, before it writes to disk: a month of 150,000 lines fits."""


class EntryRow(NamedTuple):
    """One transaction of the month. Moments are UTC text of one length; `occurred_at` is empty where it is `effective_at`.

    `working` and `credits` are JSON text on one line: a million of them are not read and written anew. `moved` lists the payees' signed
    minor units, such as ("owner 24", "platform 136").
    """

    transaction_id: str
    kind: str
    cause: str
    why: str
    contract_version_id: str
    period_start: datetime
    occurred_at: str | None
    effective_at: str
    working: str
    order_id: str | None
    revision: int | None
    order_ref: str | None
    raw_sha256: str | None
    reason: str | None
    moved: tuple[str, ...]
    credits: str | None

    def payees(self) -> dict[str, int]:
        """Signed minor units by payee, as the employee's `earned` accounts see them."""
        found: dict[str, int] = {}
        for part in self.moved:
            payee, _, minor = part.partition(" ")
            found[payee] = found.get(payee, 0) + int(minor)
        return found


class Touched(NamedTuple):
    """A contract version with facts of one month among the movements, and how many there are."""

    contract_version_id: UUID
    period_start: datetime
    movement_count: int


class Earlier(NamedTuple):
    """For a movement of an order that had one before: which, and when that one took effect."""

    transaction_id: str
    earlier_id: str
    effective_at: datetime


_WITHIN: Final = """
    t.tenant_id = %(tenant)s AND t.employee_id = %(employee)s AND t.effective_at >= %(start)s AND t.effective_at < %(end)s
    AND t.kind NOT IN ('close', 'reserve', 'reserve_release')
"""
_MOMENT: Final = """'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""
_CREDIT: Final = "'{\"weight_ppm\":' || k.weight_ppm || ',\"reason\":' || to_json(k.reason)::text || " + " || ".join(
    f"""coalesce(',"{name}":"' || k.{name}_id || '"', '')""" for name in ("touch", "conversation", "coupon", "link", "work")
) + " || '}'"  # fmt: skip

# Postings and credits are joined, not gathered per transaction: nearly every transaction has one of each, and a join of whole tables
# costs PostgreSQL two thirds of a million look-ups (31 against 47 us a line). Where there are several, `_entry` folds the rows again.
_ENTRIES: Final = f"""
SELECT t.transaction_id::text, t.kind, t.cause, t.why, t.contract_version_id::text,
    t.period_start, CASE WHEN t.occurred_at <> t.effective_at THEN to_char(t.occurred_at AT TIME ZONE 'UTC', {_MOMENT}) END,
    to_char(t.effective_at AT TIME ZONE 'UTC', {_MOMENT}), t.working::text,
    t.order_id::text, t.revision, coalesce(o.number, o.external_id), e.body_sha256,
    CASE WHEN k.number IS NULL AND t.order_id IS NOT NULL THEN (
        SELECT coalesce(run.rejected_reason, run.reason) FROM attribution_run run
        WHERE run.tenant_id = t.tenant_id AND run.order_id = t.order_id AND run.revision = t.revision) END,
    p.number, p.payee || CASE p.destination WHEN CAST(%(earned)s AS text) || p.payee THEN ' ' ELSE ' -' END || p.amount_minor,
    k.number, {_CREDIT}
FROM ledger_transaction t
LEFT JOIN shop_order o ON o.tenant_id = t.tenant_id AND o.order_id = t.order_id
LEFT JOIN order_revision r ON r.tenant_id = t.tenant_id AND r.order_id = t.order_id AND r.revision = t.revision
LEFT JOIN inbound_event e ON e.tenant_id = r.tenant_id AND e.event_id = r.event_id
LEFT JOIN posting p ON p.tenant_id = t.tenant_id AND p.transaction_id = t.transaction_id
    AND CAST(%(earned)s AS text) || p.payee IN (p.source, p.destination)
LEFT JOIN attribution_credit k ON k.tenant_id = t.tenant_id AND k.order_id = t.order_id AND k.revision = t.revision
    AND k.contract_version_id = t.contract_version_id
WHERE {_WITHIN}
ORDER BY t.effective_at, t.revision NULLS LAST, t.recorded_at, t.transaction_id, p.number, k.number
"""  # noqa: S608 - every piece is a constant of this file
_OWN_FIELDS: Final = 14
"""So many columns are the transaction's; behind them stand one posting's number and text, and one credit's."""

_TOUCHED: Final = f"""
SELECT t.contract_version_id, t.period_start, count(*) FROM ledger_transaction t WHERE {_WITHIN}
GROUP BY t.contract_version_id, t.period_start ORDER BY t.period_start, t.contract_version_id
"""  # noqa: S608 - every piece is a constant of this file

_EARLIER: Final = f"""
SELECT t.transaction_id::text, b.transaction_id::text, b.effective_at FROM ledger_transaction t
JOIN LATERAL (
    SELECT b.transaction_id, b.effective_at FROM ledger_transaction b WHERE b.tenant_id = t.tenant_id AND b.order_id = t.order_id
        AND b.contract_version_id = t.contract_version_id AND b.period_start = t.period_start AND b.kind = t.kind
        AND b.revision < t.revision
    ORDER BY b.revision DESC LIMIT 1
) b ON true
WHERE {_WITHIN} AND t.kind = 'share' AND t.revision > 1
"""  # noqa: S608 - every piece is a constant of this file


def touched_periods(session: Session, employee_id: UUID, period: Period) -> list[Touched]:
    """Which contract versions and months the period's movements are about: its own, and earlier ones whose facts came late."""
    found = session.connection().exec_driver_sql(_TOUCHED, _about(session, employee_id, period))
    return [Touched(*row) for row in found]


def earlier_movements(session: Session, employee_id: UUID, period: Period) -> Iterator[Earlier]:
    """For each movement of the period whose order had moved before under the same contract version: the movement just before."""
    for row in session.connection().exec_driver_sql(_EARLIER, _about(session, employee_id, period)):
        yield Earlier(*row)


def entry_rows(session: Session, employee_id: UUID, period: Period) -> Generator[EntryRow, None, None]:
    """The period's movements by the moment they take effect; one order's movements of one moment by revision.

    While rows are worked on, the next ones are fetched, so the caller leaves the session alone until the last of them; whoever may stop
    before closes it, for until then even a rollback waits for the stream.
    """
    session.execute(text(f"SET LOCAL work_mem = '{MEMORY_MEGABYTES}MB'"))
    # The rows are streamed, not fetched from a cursor: for a cursor PostgreSQL joins and sorts with one process alone.
    with closing(_streamed(session, _about(session, employee_id, period))) as streamed, closing(_one_ahead(streamed)) as batches:
        yield from _folded(batches)


def _streamed(session: Session, about: dict[str, Any]) -> Generator[Sequence[Any], None, None]:
    """The rows of the query, so many at a time. Row-level security holds as for any query."""
    connection: Any = session.connection().connection.driver_connection
    with connection.cursor() as cursor, closing(cursor.stream(_ENTRIES, about, size=ROWS_PER_CHUNK)) as rows:
        while batch := list(islice(rows, ROWS_PER_FETCH)):
            yield batch


def _one_ahead(batches: Iterator[Sequence[Any]]) -> Generator[Sequence[Any], None, None]:
    """The batches, the next one fetched by a thread while the caller works on this one: PostgreSQL and Python each have a processor."""
    with ThreadPoolExecutor(1) as fetching:
        coming = fetching.submit(next, batches, ())
        while rows := coming.result():
            coming = fetching.submit(next, batches, ())
            yield rows


def _folded(batches: Iterator[Sequence[Any]]) -> Iterator[EntryRow]:
    """A row per transaction; the rows of one stand side by side."""
    rows: list[Any] = []
    for row in chain.from_iterable(batches):
        if rows and row[0] != rows[0][0]:
            yield _entry(rows)
            rows = []
        rows.append(row)
    if rows:
        yield _entry(rows)


def _entry(rows: Sequence[Any]) -> EntryRow:
    """One transaction; each of its postings meets each of its credits in one row."""
    own, (number, moved, credit_number, credit) = rows[0][:_OWN_FIELDS], rows[0][_OWN_FIELDS:]
    if len(rows) == 1:
        return EntryRow._make((*own, () if number is None else (moved,), None if credit_number is None else f"[{credit}]"))
    postings = {row[_OWN_FIELDS]: row[_OWN_FIELDS + 1] for row in rows}
    credited = {row[_OWN_FIELDS + 2]: row[_OWN_FIELDS + 3] for row in rows}
    return EntryRow._make((*own, tuple(postings.values()), None if credit_number is None else f"[{','.join(credited.values())}]"))


def _about(session: Session, employee_id: UUID, period: Period) -> dict[str, Any]:
    earned = earned_by(employee_id, "")
    return {"tenant": tenant_of(session), "employee": employee_id, "start": period.start, "end": period.end, "earned": earned}
