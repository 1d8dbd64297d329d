"""What a month of a contract version comes to by now: kept in a derived row, or summed from the ledger, which is the truth."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, func, select, text, tuple_
from sqlalchemy.orm import Session

from billing.ledger.posted import posted_lines
from billing.ledger.tables import LedgerTransaction
from billing.revenue_share.period_lines import LINE_KINDS
from billing.revenue_share.tables import PeriodTotal
from tenants.database import tenant_of

EARNING_KINDS: Final = ("share", "royalty_income", "bonus")
"""What a month's tiers, cap and minimum are reckoned on."""

MonthKey = tuple[UUID, datetime]
"""(contract version, start of the month)"""

_KEEP: Final = text(
    """INSERT INTO period_total (tenant_id, contract_version_id, period_start, turnover_minor, subtotal_minor, tier_minor, lift_minor,
        cap_minor, minimum_minor, line_count)
    VALUES (:tenant_id, :contract_version_id, :period_start, :turnover_minor, :subtotal_minor, :tier_minor, :lift_minor, :cap_minor,
        :minimum_minor, :line_count)
    ON CONFLICT (tenant_id, contract_version_id, period_start) DO UPDATE SET turnover_minor = excluded.turnover_minor,
        subtotal_minor = excluded.subtotal_minor, tier_minor = excluded.tier_minor, lift_minor = excluded.lift_minor,
        cap_minor = excluded.cap_minor, minimum_minor = excluded.minimum_minor, line_count = excluded.line_count"""
)


@dataclass(frozen=True, slots=True)
class MonthTotal:
    """Sales that count for tiers, what was earned, what stands posted of each line, and how many line transactions there are."""

    contract_version_id: UUID
    period_start: datetime
    turnover_minor: int
    subtotal_minor: int
    posted: Mapping[str, int]
    line_count: int

    def plus(self, turnover_minor: int, subtotal_minor: int) -> "MonthTotal":
        """The total after a change."""
        turnover, subtotal = self.turnover_minor + turnover_minor, self.subtotal_minor + subtotal_minor
        return replace(self, turnover_minor=turnover, subtotal_minor=subtotal)


def totals_of(session: Session, keys: Collection[MonthKey]) -> dict[MonthKey, MonthTotal]:
    """The kept totals of these months; a month without a row is missing and must be summed."""
    row = PeriodTotal
    wanted = tuple_(row.contract_version_id, row.period_start).in_(sorted(keys))
    query = select(
        row.contract_version_id, row.period_start, row.turnover_minor, row.subtotal_minor, row.line_count, row.tier_minor,
        row.lift_minor, row.cap_minor, row.minimum_minor,
    ).where(row.tenant_id == tenant_of(session), wanted)  # fmt: skip
    return {
        (version, start): MonthTotal(version, start, turnover, subtotal, _named(posted), count)
        for version, start, turnover, subtotal, count, *posted in session.execute(query)
    }


def sum_total(session: Session, contract_version_id: UUID, period_start: datetime) -> MonthTotal:
    """A month's total from its transactions and postings alone."""
    lines = {kind: sum(by_payee.values()) for kind, by_payee in posted_lines(session, contract_version_id, period_start).items()}
    table = LedgerTransaction
    turnover = table.working["turnover_minor"].astext.cast(BigInteger) - table.working["turnover_before_minor"].astext.cast(BigInteger)
    query = select(
        func.coalesce(func.sum(turnover).filter(table.kind == "share"), 0), func.count().filter(table.kind.in_(LINE_KINDS))
    ).where(table.tenant_id == tenant_of(session), table.contract_version_id == contract_version_id, table.period_start == period_start)
    sold, count = session.execute(query).one()
    subtotal = sum(lines.get(kind, 0) for kind in EARNING_KINDS)
    posted = _named([lines.get(kind, 0) for kind in LINE_KINDS])
    return MonthTotal(contract_version_id, period_start, int(sold), subtotal, posted, int(count))


def _named(posted: Sequence[int]) -> dict[str, int]:
    return {kind: int(minor) for kind, minor in zip(LINE_KINDS, posted, strict=True)}


def keep_totals(session: Session, totals: Sequence[MonthTotal]) -> None:
    """Write what these months come to, over what was kept before."""
    tenant_id = tenant_of(session)
    rows: list[dict[str, Any]] = [
        {
            "tenant_id": tenant_id, "contract_version_id": one.contract_version_id, "period_start": one.period_start,
            "turnover_minor": one.turnover_minor, "subtotal_minor": one.subtotal_minor, "line_count": one.line_count,
            **{f"{kind}_minor": one.posted[kind] for kind in LINE_KINDS},
        }
        for one in totals
    ]  # fmt: skip
    if rows:
        session.execute(_KEEP, rows)
