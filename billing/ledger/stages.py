"""How far a credit has come, from dates alone: no job has to run for a share to mature."""

from datetime import datetime, timedelta
from typing import Literal

from billing.contract_terms import ContractTerms
from billing.revenue_share.periods import period_of

Stage = Literal["pending", "locked", "cleared", "invoiced"]
STAGES: tuple[Stage, ...] = ("pending", "locked", "cleared", "invoiced")


def stage_of(occurred_at: datetime, terms: ContractTerms, *, now: datetime, is_closed: bool = False) -> Stage:
    """pending while the buyer may return the goods, locked until its month may close, then cleared, and invoiced on a closed statement.

    `is_closed` says that the month in which the movement takes effect is closed.
    """
    if is_closed:
        return "invoiced"
    if now < occurred_at + timedelta(days=terms.return_window_days):
        return "pending"
    closes_at = period_of(occurred_at, terms.period_time_zone).end + timedelta(days=max(terms.soft_days, terms.return_window_days))
    return "locked" if now < closes_at else "cleared"
