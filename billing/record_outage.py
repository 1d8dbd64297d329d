"""Records when our own service did not run for a shop: a guaranteed minimum is not owed for that time.

Months that are closed already are settled in the same transaction, so that nothing else has to happen before the book is right.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.errors import OutageRefused
from billing.ledger.closed import closed_periods
from billing.orders.locks import hold, hold_periods
from billing.revenue_share.governed import Interval
from billing.revenue_share.periods import Period, period_of
from billing.revenue_share.settle import settle_period
from billing.revenue_share.tables import Outage
from billing.revenue_share.versions import SignedVersion, load_contracts
from tenants.database import tenant_of


def record_outage(
    session: Session, outage_key: str, *, starts_at: datetime, ends_at: datetime, reason: str, now: datetime, is_withdrawn: bool = False
) -> int:
    """Note [starts_at, ends_at) under a key such as "2026-11-21 database"; return how often it was told (a repetition counts once).

    The operator calls it for every shop concerned. Telling a key again corrects it, `is_withdrawn` takes it back. Months still open count
    it at their close; for closed ones the difference is booked now, pointing back. Raises OutageRefused.
    """
    if not (outage_key.strip() and reason.strip()):
        raise OutageRefused("An outage needs a key and a reason that a merchant can read.")
    if not starts_at < ends_at <= now:
        raise OutageRefused("An outage is recorded when it is over, and ends after it began.")
    hold(session, ("outage", outage_key))
    told = select(Outage).where(Outage.tenant_id == tenant_of(session), Outage.outage_key == outage_key)
    latest = session.scalars(told.order_by(Outage.number.desc()).limit(1)).first()
    facts = (starts_at, ends_at, reason, is_withdrawn)
    if latest is not None and (latest.starts_at, latest.ends_at, latest.reason, latest.is_withdrawn) == facts:
        return latest.number
    concerned = _hold_months(session, [(starts_at, ends_at), *([(latest.starts_at, latest.ends_at)] if latest else [])], now=now)
    number = latest.number + 1 if latest else 1
    session.add(
        Outage(
            tenant_id=tenant_of(session), outage_key=outage_key, number=number, starts_at=starts_at, ends_at=ends_at, reason=reason,
            is_withdrawn=is_withdrawn, recorded_at=now,
        )
    )  # fmt: skip
    session.flush()
    closed = closed_periods(session, {one.contract.employee_id for one, _ in concerned})
    for one, month in concerned:
        if (one.contract.employee_id, month.start) in closed:
            settle_period(session, one.contract.contract_version_id, month.start, is_final=True, now=now)
    return number


def _hold_months(session: Session, spans: Iterable[Interval], *, now: datetime) -> list[tuple[SignedVersion, Period]]:
    """Hold alone every month whose minimum a span may change, and the running ones, in which corrections are booked, with others.

    A close of such a month either waits for this telling or is over before it, and is then corrected.
    """
    found: dict[tuple[UUID, datetime], tuple[SignedVersion, Period]] = {}
    wanted: dict[tuple[UUID, datetime], bool] = {}
    for span in spans:
        for one in load_contracts(session).versions:
            if one.contract.terms.minimum_minor is None:
                continue
            for month in _governed_months(one, span):
                found[one.contract.contract_version_id, month.start] = one, month
                wanted[one.contract.employee_id, month.start] = True
                running = period_of(now, one.contract.terms.period_time_zone)
                wanted.setdefault((one.contract.employee_id, running.start), False)
    hold_periods(session, wanted)
    return [found[key] for key in sorted(found)]


def _governed_months(signed: SignedVersion, span: Interval) -> Iterator[Period]:
    """The months in which the version governs some of the span."""
    start = max(span[0], signed.starts_at or span[0])
    end = min(span[1], signed.ends_at or span[1])
    while start < end:
        month = period_of(start, signed.contract.terms.period_time_zone)
        yield month
        start = month.end
