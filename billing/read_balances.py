"""Reads what stands on each account of the book, and the trial balance that shows that nothing was made or lost."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from billing.chain.snapshots import Balances, balances_now, take_snapshot


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """One account in one currency, in minor units: what it received less what left it."""

    account: str
    currency: str
    minor: int


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """Every account that is not at zero, by currency and name, and each currency's sum, which is zero in a sound book."""

    accounts: tuple[AccountBalance, ...]
    sum_of_currency: dict[str, int]

    @property
    def is_balanced(self) -> bool:
        """Whether every currency adds up to nothing."""
        return not any(self.sum_of_currency.values())


def balances(session: Session) -> Balances:
    """(account, currency) -> minor units for every account this tenant's book ever used."""
    return balances_now(session)


def trial_balance(session: Session) -> TrialBalance:
    """The book's accounts side by side."""
    found = balances_now(session)
    sums: dict[str, int] = {}
    for (_, currency), minor in found.items():
        sums[currency] = sums.get(currency, 0) + minor
    rows = (AccountBalance(account, currency, minor) for (account, currency), minor in found.items() if minor)
    return TrialBalance(tuple(sorted(rows, key=lambda row: (row.currency, row.account))), sums)


def snapshot_balances(session: Session, *, now: datetime) -> int:
    """Keep the balances as of the last seal, so that later readings start there; return the segment's number (0 before the first)."""
    return take_snapshot(session, now=now)
