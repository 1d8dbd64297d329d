"""Balances taken at a seal, so that asking for a balance need not add up the book from its first day.

A snapshot is derived: balance = snapshot at segment N + everything that lies in no segment up to N. Without any snapshot the same sum
starts at nothing. What is sealed never changes, so a snapshot stays right for ever.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import TextClause, delete, select, text
from sqlalchemy.orm import Session

from billing.chain.segments import last_segment
from billing.chain.tables import BalanceSnapshot
from billing.orders.locks import hold
from tenants.database import tenant_of

Balances = dict[tuple[str, str], int]
"""(account, currency) -> minor units; what an account received less what left it."""

SNAPSHOTS_KEPT: Final = 3
_BOTH_SIDES: Final = """
    SELECT side.account, p.currency, sum(side.minor)::bigint AS minor
    FROM posting p {joined}
    CROSS JOIN LATERAL (VALUES (p.destination, p.amount_minor), (p.source, -p.amount_minor)) AS side (account, minor)
    WHERE p.tenant_id = :tenant AND {condition}
    GROUP BY side.account, p.currency
"""
_SEAL_OF: Final = "s.tenant_id = p.tenant_id AND s.transaction_id = p.transaction_id"
_SEALED_SINCE: Final = text(
    _BOTH_SIDES.format(joined=f"JOIN ledger_seal s ON {_SEAL_OF}", condition="s.segment > :after AND s.segment <= :until")
)
_ALL_SINCE: Final = text(
    _BOTH_SIDES.format(joined="", condition=f"NOT EXISTS (SELECT 1 FROM ledger_seal s WHERE {_SEAL_OF} AND s.segment <= :after)")  # noqa: S608
)


def balances_now(session: Session) -> Balances:
    """Every account's balance by currency, accounts at zero included. One statement reads all the book that the snapshot lacks."""
    segment, start = _latest(session)
    return _sum(session, _ALL_SINCE, start, {"after": segment})


def take_snapshot(session: Session, *, now: datetime) -> int:
    """Keep every balance as of the last sealed segment, drop all but the newest few, and return the segment's number (0: none yet)."""
    hold(session, ("ledger chain", "seal"))
    until, _ = last_segment(session)
    segment, start = _latest(session)
    if until == segment:
        return segment
    found = _sum(session, _SEALED_SINCE, start, {"after": segment, "until": until})
    document: dict[str, dict[str, int]] = defaultdict(dict)
    for (account, currency), minor in found.items():
        document[account][currency] = minor
    session.add(BalanceSnapshot(tenant_id=tenant_of(session), segment=until, balances=dict(document), taken_at=now))
    session.flush()
    old = select(BalanceSnapshot.segment).order_by(BalanceSnapshot.segment.desc()).offset(SNAPSHOTS_KEPT)
    session.execute(delete(BalanceSnapshot).where(BalanceSnapshot.tenant_id == tenant_of(session), BalanceSnapshot.segment.in_(old)))
    return until


def _latest(session: Session) -> tuple[int, Balances]:
    query = select(BalanceSnapshot.segment, BalanceSnapshot.balances).where(BalanceSnapshot.tenant_id == tenant_of(session))
    row = session.execute(query.order_by(BalanceSnapshot.segment.desc()).limit(1)).first()
    if row is None:
        return 0, {}
    return row.segment, {(account, currency): minor for account, kept in row.balances.items() for currency, minor in kept.items()}


def _sum(session: Session, statement: TextClause, start: Balances, within: Mapping[str, int]) -> Balances:
    total = defaultdict(int, start)
    parameters: dict[str, UUID | int] = {"tenant": tenant_of(session), **within}
    for account, currency, minor in session.execute(statement, parameters):
        total[account, currency] += minor
    return dict(total)
