"""Writes down what became of deliveries: handled, or set aside with the reason."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from billing.inbox.reading import ReadDelivery
from billing.rows import rows_for

REASON_LENGTH_MAX: Final = 500

_FINISH: Final = """UPDATE inbound_event SET state = done.state, reason = done.reason, event_type = done.event_type, subject = done.subject,
    handled_at = done.handled_at, attempts = inbound_event.attempts + 1
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
    AS done (tenant_id, event_id, state, reason, event_type, subject, handled_at)
WHERE inbound_event.tenant_id = done.tenant_id AND inbound_event.event_id = done.event_id
RETURNING inbound_event.event_id"""


def finish(session: Session, read: Sequence[tuple[UUID, ReadDelivery]], now: datetime) -> None:
    """Mark deliveries, each (shop, what was read), in one statement."""
    if not read:
        return
    own = [one for _, one in read]
    rows_for(
        session, _FINISH, [tenant_id for tenant_id, _ in read], [one.event_id for one in own],
        ["set_aside" if one.is_refused else "handled" for one in own],
        [one.note[:REASON_LENGTH_MAX] if one.note else None for one in own],
        [one.event_type for one in own], [one.subject for one in own], [now] * len(own),
    )  # fmt: skip
