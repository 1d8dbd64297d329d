"""How far a credit has come, from dates alone: no job has to run for a share to mature."""

from datetime import datetime, timedelta
from typing import Literal

from billing.contract_terms import ContractTerms
from billing.revenue_share.periods import period_of

Stage = Literal["pending", "locked", "cleared"]
STAGES: tuple[Stage, ...] = ("pending", "locked", "cleared")


def stage_of(occurred_at: datetime, terms: ContractTerms, *, now: datetime) -> Stage:
    """pending while the buyer may return the goods, locked until that month ends, then cleared for payment."""
    matures_at = occurred_at + timedelta(days=terms.return_window_days)
    if now < matures_at:
        return "pending"
    return "locked" if now < period_of(matures_at, terms.period_time_zone).end else "cleared"
