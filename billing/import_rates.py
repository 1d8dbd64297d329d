"""Imports published exchange rates, and reckons the orders that waited for them.

Rates belong to no tenant, so only the operator imports them. An import is all or nothing, may be repeated, and never changes a
rate that stands.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from billing.exchange.published import PublishedRate, Standing, new_rates, read_published
from billing.exchange.rates import RATES_LOCK
from billing.exchange.tables import FxRate
from billing.reckon_waiting import reckon_waiting
from tenants.database import Database

ROWS_PER_STATEMENT = 5_000


@dataclass(frozen=True, slots=True)
class ImportedRates:
    """How many rates were new, how many stood already, and how many waiting orders were reckoned with them."""

    new_count: int
    repeated_count: int
    orders_reckoned: int


def import_rates(database: Database, text: str, *, now: datetime, are_jumps_confirmed: bool = False) -> ImportedRates:
    """Import a CSV of `day,base,quote,rate,source` and reckon what waited for it.

    Raises RatesUnreadable, RateAlreadyPublished (another rate stands for the day), RatesOutOfSequence, RateSeriesDiffers (another base
    currency or source), RateImplausible unless jumps and a currency's first rate were confirmed; nothing is imported then. Should the
    process die after the import, the worker's next `reckon_waiting` takes up the orders.
    """
    published = read_published(text, today=now.date())
    with database.operator_session() as session:
        session.execute(select(func.pg_advisory_xact_lock(RATES_LOCK)))
        added = new_rates(published, _standing(session, published), are_jumps_confirmed=are_jumps_confirmed)
        _write(session, added, now)
    reckoned = reckon_waiting(database, now=now)
    return ImportedRates(len(added), len(published) - len(added), reckoned)


def _standing(session: Session, published: tuple[PublishedRate, ...]) -> Standing:
    latest = select(FxRate).ext(distinct_on(FxRate.quote)).order_by(FxRate.quote, FxRate.day.desc())
    newest = {row.quote: _rate(row) for row in session.scalars(latest)}
    if not published:
        return Standing(newest, {})
    within = FxRate.day.between(published[0].day, published[-1].day)
    return Standing(newest, {(row.quote, row.day): _rate(row) for row in session.scalars(select(FxRate).where(within))})


def _rate(row: FxRate) -> PublishedRate:
    return PublishedRate(row.day, row.base, row.quote, row.rate_e9, row.source)


def _write(session: Session, added: tuple[PublishedRate, ...], now: datetime) -> None:
    for start in range(0, len(added), ROWS_PER_STATEMENT):
        rows = [
            {
                "quote": rate.quote, "day": rate.day, "base": rate.base, "rate_e9": rate.rate_e9, "source": rate.source, "imported_at": now,
            }
            for rate in added[start : start + ROWS_PER_STATEMENT]
        ]  # fmt: skip
        session.execute(insert(FxRate), rows)
