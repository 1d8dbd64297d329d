"""The limit a shop sets on its own bill: letters at 50, 80 and 100 percent, and, if it wants, no more offers for the rest of the month.

What counts is what the month's movements come to by now in the limit's currency, refunds taken off, for all employees together. At the
limit nobody stops earning from orders that come in anyway, for that is agreed by contract; what stops, if the shop chose it, is handing
out new coupons until the month is over or the limit is raised. Employees paid in another currency do not count.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.currencies import exponent_of
from billing.events import SpendingReached
from billing.ledger.posted import signed_for_employee
from billing.ledger.tables import LedgerTransaction, Posting
from billing.money import AMOUNT_MINOR_MAX
from billing.payment_errors import BillDetailsRefused
from billing.payments.accounts import held_account
from billing.payments.tables import BillAccount, SpendingAlert
from billing.revenue_share.periods import Period, period_of
from tenants.audit import note
from tenants.database import Database, tenant_of
from tenants.every_shop import shops_with
from tenants.identifiers import to_public
from tenants.outbox import announce
from tenants.tenant import tenant_view

PERCENTS: Final = (50, 80, 100)


@dataclass(frozen=True, slots=True)
class Spending:
    """The running month in minor units: what it comes to by currency, and the limit, if one is set."""

    period: Period
    spent_minor: dict[str, int]
    limit_minor: int | None
    currency: str | None
    stops_offers: bool
    reached_until: datetime | None

    @property
    def percent(self) -> int | None:
        """Whole percent of the limit, rounded down; None without one."""
        if self.limit_minor is None or self.currency is None:
            return None
        return max(self.spent_minor.get(self.currency, 0), 0) * 100 // self.limit_minor


def spending(session: Session, *, now: datetime) -> Spending:
    """How the running month stands, in the shop's time zone."""
    row = session.get(BillAccount, tenant_of(session))
    period = period_of(now, tenant_view(session).time_zone)
    limit = (row.limit_minor, row.limit_currency, row.stops_offers, row.reached_until) if row else (None, None, False, None)
    return Spending(period, _spent(session, period), *limit)


def set_limit(session: Session, *, limit_minor: int | None, currency: str, stops_offers: bool, actor: str, now: datetime) -> None:
    """Set the limit, or none. Offers that a limit had stopped go on until the new one is looked at, which happens at once.

    Raises BillDetailsRefused, or CurrencyUnknown.
    """
    exponent_of(currency)
    if limit_minor is not None and not 0 < limit_minor <= AMOUNT_MINOR_MAX:
        raise BillDetailsRefused("A limit is an amount above zero.", "limit")
    row = held_account(session)
    row.limit_minor, row.limit_currency = limit_minor, None if limit_minor is None else currency
    row.stops_offers, row.reached_until = stops_offers and limit_minor is not None, None
    what = {"limit_minor": limit_minor, "currency": currency, "stops_offers": row.stops_offers}
    note(session, actor, "bill.limit_changed", to_public("shp", row.tenant_id), what, now=now)
    session.flush()
    watch_spending(session, now=now)


def shops_with_limits(database: Database) -> list[UUID]:
    """The shops that have set themselves a limit."""
    with database.intake_session() as session:
        return shops_with(session, BillAccount, BillAccount.limit_minor.is_not(None))


def watch_spending(session: Session, *, now: datetime) -> int:
    """Tell once of each share of the limit that the month has reached, and stop offers at it where that was wanted; return how many."""
    stands = spending(session, now=now)
    if stands.percent is None or stands.limit_minor is None or stands.currency is None:
        return 0
    new = [percent for percent in PERCENTS if percent <= stands.percent and _is_new(session, stands, percent, now)]
    row = held_account(session)
    is_over = stands.percent >= PERCENTS[-1] and row.stops_offers
    row.reached_until = stands.period.end if is_over else None
    for percent in new[-1:]:  # a month that jumps past two at once is told of the higher one
        stops = row.stops_offers and percent == PERCENTS[-1]
        spent = stands.spent_minor.get(stands.currency, 0)
        announce(session, SpendingReached(stands.period.name, percent, stands.currency, spent, stands.limit_minor, stops), now=now)
    return len(new)


def _is_new(session: Session, stands: Spending, percent: int, now: datetime) -> bool:
    values = {
        "tenant_id": tenant_of(session), "period_name": stands.period.name, "limit_minor": stands.limit_minor, "currency": stands.currency,
        "percent": percent, "spent_minor": stands.spent_minor.get(stands.currency or "", 0), "told_at": now,
    }  # fmt: skip
    kept = insert(SpendingAlert).values(**values).on_conflict_do_nothing()
    return session.scalar(kept.returning(SpendingAlert.percent)) is not None


def _spent(session: Session, period: Period) -> dict[str, int]:
    """What the month's movements come to, by currency; what moves between an employee's own accounts counts for nothing."""
    of_posting = (Posting.tenant_id == LedgerTransaction.tenant_id) & (Posting.transaction_id == LedgerTransaction.transaction_id)
    query = (
        select(Posting.currency, cast(func.sum(signed_for_employee()), BigInteger))
        .select_from(LedgerTransaction)
        .join(Posting, of_posting)
        .where(
            LedgerTransaction.tenant_id == tenant_of(session), signed_for_employee() != 0,
            LedgerTransaction.effective_at >= period.start, LedgerTransaction.effective_at < period.end,
        )
        .group_by(Posting.currency)
    )  # fmt: skip
    return {row[0]: row[1] for row in session.execute(query)}
