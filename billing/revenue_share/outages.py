"""Reads the outages that a guaranteed minimum does not count."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from billing.revenue_share.periods import Period
from billing.revenue_share.tables import Outage
from tenants.database import tenant_of


def outages_of(session: Session, period: Period, *, told_before: datetime | None = None) -> tuple[tuple[datetime, datetime], ...]:
    """[start, end) of every outage that touches the period, by the newest telling of each; withdrawn ones are left out.

    `told_before` looks back at what was known then.
    """
    newest = (
        select(Outage)
        .ext(distinct_on(Outage.outage_key))
        .where(Outage.tenant_id == tenant_of(session), *([Outage.recorded_at < told_before] if told_before else []))
        .order_by(Outage.outage_key, Outage.number.desc())
    )
    return tuple(
        (row.starts_at, row.ends_at)
        for row in session.scalars(newest)
        if not row.is_withdrawn and row.starts_at < period.end and row.ends_at > period.start
    )
