"""Reads the movements of one employee's month in the sequence a statement lists them, each with its evidence.

A month may hold a million movements, so they come through a cursor on the server, a few thousand at a time, as plain values. What a
statement lists is what moved on the employee's `earned` accounts; closing itself moves on, and is written after the last of them.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.ledger.accounts import earned_by
from billing.revenue_share.periods import Period
from tenants.database import tenant_of

ROWS_PER_FETCH: Final = 4_000


class EntryRow(NamedTuple):
    """One transaction as the cursor gives it. Moments are UTC text of one length; `occurred_at` is empty where it is `effective_at`.

    `working` and `credits` are JSON text on one line, as PostgreSQL spells jsonb: a million of them are not read and written anew.
    `moved` lists the payees' signed minor units, such as "owner 24,platform 136".
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
    moved: str | None
    order_id: str | None
    revision: int | None
    order_ref: str | None
    raw_sha256: str | None
    credits: str | None
    reason: str | None

    def payees(self) -> dict[str, int]:
        """Signed minor units by payee, as the employee's `earned` accounts see them."""
        found: dict[str, int] = {}
        for part in self.moved.split(",") if self.moved else ():
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
    t.tenant_id = :tenant AND t.employee_id = :employee AND t.effective_at >= :start AND t.effective_at < :end
    AND t.kind NOT IN ('close', 'reserve', 'reserve_release')
"""
_MOMENT: Final = """'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""

_ENTRIES: Final = f"""
SELECT t.transaction_id::text, t.kind, t.cause, t.why, t.contract_version_id::text,
    t.period_start, CASE WHEN t.occurred_at <> t.effective_at THEN to_char(t.occurred_at AT TIME ZONE 'UTC', {_MOMENT}) END,
    to_char(t.effective_at AT TIME ZONE 'UTC', {_MOMENT}), t.working::text,
    (SELECT string_agg(p.payee || CASE p.destination WHEN CAST(:earned AS text) || p.payee THEN ' ' ELSE ' -' END || p.amount_minor, ',')
        FROM posting p WHERE p.tenant_id = t.tenant_id AND p.transaction_id = t.transaction_id
            AND CAST(:earned AS text) || p.payee IN (p.source, p.destination)),
    t.order_id::text, t.revision, coalesce(o.number, o.external_id), e.body_sha256, c.credits::text,
    CASE WHEN c.credits IS NULL AND t.order_id IS NOT NULL THEN (
        SELECT coalesce(run.rejected_reason, run.reason) FROM attribution_run run
        WHERE run.tenant_id = t.tenant_id AND run.order_id = t.order_id AND run.revision = t.revision) END
FROM ledger_transaction t
LEFT JOIN shop_order o ON o.tenant_id = t.tenant_id AND o.order_id = t.order_id
LEFT JOIN order_revision r ON r.tenant_id = t.tenant_id AND r.order_id = t.order_id AND r.revision = t.revision
LEFT JOIN inbound_event e ON e.tenant_id = r.tenant_id AND e.event_id = r.event_id
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('weight_ppm', k.weight_ppm, 'reason', k.reason, 'touch', k.touch_id,
        'conversation', k.conversation_id, 'coupon', k.coupon_id, 'link', k.link_id, 'work', k.work_id)) ORDER BY k.number) AS credits
    FROM attribution_credit k WHERE k.tenant_id = t.tenant_id AND k.order_id = t.order_id AND k.revision = t.revision
        AND k.contract_version_id = t.contract_version_id
) c ON true
WHERE {_WITHIN}
ORDER BY t.effective_at, t.revision NULLS LAST, t.recorded_at, t.transaction_id
"""  # noqa: S608 - every piece is a constant of this file

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
    found = session.execute(text(_TOUCHED), _about(session, employee_id, period))
    return [Touched(*row) for row in found]


def earlier_movements(session: Session, employee_id: UUID, period: Period) -> Iterator[Earlier]:
    """For each movement of the period whose order had moved before under the same contract version: the movement just before."""
    for row in session.execute(text(_EARLIER), _about(session, employee_id, period)):
        yield Earlier(*row)


def entry_rows(session: Session, employee_id: UUID, period: Period) -> Iterator[EntryRow]:
    """The period's movements by the moment they take effect; one order's movements of one moment by revision."""
    # A sequence by index is wanted from the first row to the last: no plan may stop to sort a million wide rows.
    session.execute(text("SET LOCAL cursor_tuple_fraction = 1"))
    about = _about(session, employee_id, period)
    result = session.execute(text(_ENTRIES), about, execution_options={"stream_results": True, "yield_per": ROWS_PER_FETCH})
    for rows in result.partitions():
        yield from map(EntryRow._make, rows)


def _about(session: Session, employee_id: UUID, period: Period) -> dict[str, Any]:
    earned = earned_by(employee_id, "")
    return {"tenant": tenant_of(session), "employee": employee_id, "start": period.start, "end": period.end, "earned": earned}
