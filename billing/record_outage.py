"""Records when our own service did not run for a shop: a guaranteed minimum is not owed for that time."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.errors import OutageRefused
from billing.orders.locks import hold
from billing.revenue_share.tables import Outage
from tenants.database import tenant_of


def record_outage(
    session: Session, outage_key: str, *, starts_at: datetime, ends_at: datetime, reason: str, now: datetime, is_withdrawn: bool = False
) -> int:
    """Note [starts_at, ends_at) under a key such as "2026-11-21 database"; return how often it was told (a repetition counts once).

    The operator calls it for every shop concerned. Telling a key again corrects it, `is_withdrawn` takes it back. Months still open count
    it at their close; closed ones when they are settled again. Raises OutageRefused.
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
    number = latest.number + 1 if latest else 1
    session.add(
        Outage(
            tenant_id=tenant_of(session), outage_key=outage_key, number=number, starts_at=starts_at, ends_at=ends_at, reason=reason,
            is_withdrawn=is_withdrawn, recorded_at=now,
        )
    )  # fmt: skip
    session.flush()
    return number
