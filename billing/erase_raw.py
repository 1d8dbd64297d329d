"""Erases the bytes of one delivery for good, as a person may ask; what was computed from them stays, and stays provable.

The bytes are sealed under a key of their own, so deleting that key erases them everywhere, in backups too. The delivery's sha256, the
neutral order without any personal data, and every hash of ledger and statements remain.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from billing.errors import DeliveryUnknown
from billing.inbox.tables import InboundEvent, RawErasure, RawKey
from tenants.database import tenant_of


def erase_raw(session: Session, *, event_id: UUID, why: str, now: datetime) -> datetime:
    """Delete the key of a delivery's bytes and note the moment; again changes nothing. Return the moment of the first erasure.

    `why` is a reference (a request's number), never a name. Raises DeliveryUnknown, also for a delivery that is still to be handled:
    its sale would be lost with its bytes.
    """
    tenant_id = tenant_of(session)
    event = session.get(InboundEvent, (tenant_id, event_id), with_for_update=True)
    if event is None or event.state == "received":
        raise DeliveryUnknown("There is no handled delivery to erase.")
    erased = session.get(RawErasure, (tenant_id, event_id))
    if erased is not None:
        return erased.erased_at
    session.execute(delete(RawKey).where(RawKey.tenant_id == tenant_id, RawKey.event_id == event_id))
    session.add(RawErasure(tenant_id=tenant_id, event_id=event_id, erased_at=now, why=why))
    session.flush()
    return now
