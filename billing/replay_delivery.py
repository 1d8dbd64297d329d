"""Reads a stored delivery once more: after a reason was mended, or to be sure. Facts already known change nothing."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.errors import DeliveryUnknown, ReplayRefused
from billing.inbox.storing import DOORBELL_CHANNEL
from billing.inbox.tables import InboundEvent, RawKey
from tenants.audit import note
from tenants.database import tenant_of
from tenants.identifiers import to_public


def replay_delivery(session: Session, *, event_id: UUID, now: datetime, by: str = "") -> None:
    """Let the worker handle a delivery again; `by` is who, for the audit log. Raises DeliveryUnknown and ReplayRefused."""
    tenant_id = tenant_of(session)
    event = session.get(InboundEvent, (tenant_id, event_id), with_for_update=True)
    if event is None:
        raise DeliveryUnknown("There is no such delivery.")
    if event.state == "received":
        raise ReplayRefused("It has not been read for the first time yet; that happens by itself.")
    if session.get(RawKey, (tenant_id, event_id)) is None:
        raise ReplayRefused("Its bytes were erased, so it cannot be read again.")
    event.state, event.attempts, event.next_try_at, event.handled_at = "received", 0, now, None
    session.execute(select(func.pg_notify(DOORBELL_CHANNEL, "")))
    if by:
        note(session, by, "delivery.replayed", to_public("evt", event_id), {"reason_before": event.reason or ""}, now=now)
