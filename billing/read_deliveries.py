"""Reads the deliveries of merchants' systems: what came, what became of it, and what still waits for something."""

import base64
import binascii
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, exists, or_, select, text
from sqlalchemy.orm import Session

from billing.errors import DeliveryUnknown
from billing.inbox.sealing import unseal
from billing.inbox.tables import InboundEvent, MerchantConnection, RawKey
from billing.orders.tables import OrderReport, RefundFact, ShopOrder
from billing.revenue_share.earning_events import event_id_by
from billing.revenue_share.reckon_events import why_nothing
from tenants.database import tenant_of
from tenants.identifiers import to_public

LIMIT_MAX: Final = 200


@dataclass(frozen=True)
class DeliveryView:
    """One delivery. `state` is received, handled, waiting or set_aside.

    `reason` says in words what it waits for, why it failed or, where it was handled, why its refund does not count (in full) or its
    lead, booking or income earns nothing.
    """

    event_id: UUID
    connection_id: UUID
    connection_name: str
    channel: str
    delivery_id: str
    event_type: str | None
    subject: str | None
    state: str
    reason: str | None
    attempts: int
    received_at: datetime
    handled_at: datetime | None
    body_sha256: str
    body_length_bytes: int
    is_body_kept: bool


@dataclass(frozen=True)
class DeliveryPage:
    """Deliveries, newest first; `before` for the next page, or None at the end."""

    deliveries: tuple[DeliveryView, ...]
    next_before: str | None


@dataclass(frozen=True)
class DeliverySearch:
    """Which deliveries are wanted; what is empty means all. `words` are looked for in ids, kinds, subjects and reasons."""

    words: str = ""
    state: str = ""
    connection_id: UUID | None = None


EVERYTHING: Final = DeliverySearch()


def deliveries(session: Session, *, limit: int = 50, before: str | None = None, search: DeliverySearch = EVERYTHING) -> DeliveryPage:
    """A page of deliveries. `before` is the cursor of an earlier page; an unreadable cursor starts from the newest."""
    limit = max(1, min(limit, LIMIT_MAX))
    query = _searched(_query(session), search)
    position = _read_cursor(before)
    if position is not None:
        query = query.where(
            or_(InboundEvent.received_at < position[0], and_(InboundEvent.received_at == position[0], InboundEvent.event_id < position[1]))
        )
    rows = session.execute(query.order_by(InboundEvent.received_at.desc(), InboundEvent.event_id.desc()).limit(limit + 1)).all()
    shown = _with_asides(session, [_view(*row) for row in rows[:limit]])
    return DeliveryPage(shown, _cursor(shown[-1]) if len(rows) > limit else None)


def delivery(session: Session, *, event_id: UUID) -> DeliveryView:
    """One delivery; raises DeliveryUnknown."""
    row = session.execute(_query(session).where(InboundEvent.event_id == event_id)).one_or_none()
    if row is None:
        raise DeliveryUnknown("There is no such delivery.")
    return _with_asides(session, [_view(*row)])[0]


def delivery_body(session: Session, *, event_id: UUID) -> bytes | None:
    """The bytes as they came, or None once they were erased; raises DeliveryUnknown."""
    tenant_id = tenant_of(session)
    event, raw_key = session.get(InboundEvent, (tenant_id, event_id)), session.get(RawKey, (tenant_id, event_id))
    if event is None:
        raise DeliveryUnknown("There is no such delivery.")
    return unseal(event.body_sealed, raw_key.key, bound_to=str(event_id)) if raw_key else None


def _waits() -> tuple[Any, Any]:
    """(a refund waits for its order, a report waits for one). Waiting is not stored: it is what the facts say at this moment, so it ends
    by itself when the order arrives."""
    same_tenant = ShopOrder.tenant_id == InboundEvent.tenant_id
    by_reference = and_(ShopOrder.channel == RefundFact.channel, ShopOrder.external_id == RefundFact.external_order_id)
    by_payment = ShopOrder.payment_reference == RefundFact.payment_reference
    refund_waits = exists().where(
        RefundFact.tenant_id == InboundEvent.tenant_id, RefundFact.event_id == InboundEvent.event_id,
        ~exists().where(same_tenant, by_reference).correlate(InboundEvent, RefundFact),
        ~exists().where(same_tenant, by_payment).correlate(InboundEvent, RefundFact),
    ).correlate(InboundEvent)  # fmt: skip
    report_waits = exists().where(
        OrderReport.tenant_id == InboundEvent.tenant_id, OrderReport.event_id == InboundEvent.event_id,
        ~exists().where(same_tenant, ShopOrder.payment_reference == OrderReport.payment_reference).correlate(InboundEvent, OrderReport),
    ).correlate(InboundEvent)  # fmt: skip
    return refund_waits, report_waits


def _query(session: Session) -> Any:
    refund_waits, report_waits = _waits()
    kept = exists().where(RawKey.tenant_id == InboundEvent.tenant_id, RawKey.event_id == InboundEvent.event_id).correlate(InboundEvent)
    joined = and_(MerchantConnection.tenant_id == InboundEvent.tenant_id, MerchantConnection.connection_id == InboundEvent.connection_id)
    return (
        select(InboundEvent, MerchantConnection, refund_waits, report_waits, kept)
        .join(MerchantConnection, joined)
        .where(InboundEvent.tenant_id == tenant_of(session))
    )


def _searched(query: Any, search: DeliverySearch) -> Any:
    if search.connection_id is not None:
        query = query.where(InboundEvent.connection_id == search.connection_id)
    if search.state:
        waits = or_(*_waits())
        query = query.where(waits) if search.state == "waiting" else query.where(InboundEvent.state == search.state, ~waits)
    if search.words:
        names = (InboundEvent.dedupe_key, InboundEvent.event_type, InboundEvent.subject, InboundEvent.reason, InboundEvent.body_sha256)
        query = query.where(or_(*(name.icontains(search.words, autoescape=True) for name in names)))
    return query


def _view(event: InboundEvent, connection: MerchantConnection, refund_waits: bool, report_waits: bool, is_kept: bool) -> DeliveryView:
    waiting = {
        (True, False): "It waits for its order, which no delivery has brought yet.",
        (False, True): "This connection is not the channel's order book; it waits for an order with the same payment reference.",
    }.get((refund_waits, report_waits))
    return DeliveryView(
        event.event_id, connection.connection_id, connection.name, connection.channel, event.dedupe_key, event.event_type, event.subject,
        "waiting" if waiting else event.state, waiting or event.reason, event.attempts, event.received_at, event.handled_at,
        event.body_sha256, event.body_length_bytes, is_kept,
    )  # fmt: skip


_ASIDES: Final = text(
    """SELECT fact.event_id, (array_agg(aside.entry ->> 'why' ORDER BY aside.entry ->> 'subject' = 'all'))[1] AS why
    FROM refund_fact AS fact
    JOIN shop_order AS sale ON sale.tenant_id = fact.tenant_id AND (
        (sale.channel = fact.channel AND sale.external_id = fact.external_order_id) OR sale.payment_reference = fact.payment_reference)
    JOIN attribution_run AS run ON run.tenant_id = sale.tenant_id AND run.order_id = sale.order_id AND run.revision = sale.revision
    CROSS JOIN LATERAL jsonb_array_elements(run.excluded -> 'refunds') AS aside (entry)
    WHERE fact.tenant_id = :tenant_id AND fact.event_id = ANY(CAST(:events AS uuid[]))
        AND aside.entry ->> 'subject' IN (fact.kind || ' ' || fact.external_refund_id, 'all')
    GROUP BY fact.event_id"""
)


_ELSEWHERE: Final = text(
    """SELECT fact.event_id, min(other.external_order_id) AS name FROM refund_fact AS fact
    JOIN refund_fact AS other ON other.tenant_id = fact.tenant_id AND other.connection_id = fact.connection_id
        AND other.kind = fact.kind AND other.external_refund_id = fact.external_refund_id
        AND other.external_order_id <> fact.external_order_id
    WHERE fact.tenant_id = :tenant_id AND fact.event_id = ANY(CAST(:events AS uuid[]))
    GROUP BY fact.event_id"""
)


def _with_asides(session: Session, views: list[DeliveryView]) -> tuple[DeliveryView, ...]:
    """What its order's latest reckoning says of each refund. Like waiting this is not stored: a later edit of the order may end it."""
    told = [view.event_id for view in views if view.state == "handled" and (view.event_type or "").startswith("refund.")]
    asides = (_reported_elsewhere(session, told) | _stood_aside(session, told) if told else {}) | _idle_earnings(session, views)
    return tuple(replace(view, reason=asides.get(view.event_id, view.reason)) for view in views)


def _stood_aside(session: Session, told: list[UUID]) -> dict[UUID, str]:
    found = session.execute(_ASIDES, {"tenant_id": tenant_of(session), "events": told})
    return {row.event_id: row.why for row in found}


def _reported_elsewhere(session: Session, told: list[UUID]) -> dict[UUID, str]:
    """Refunds whose id was used for two orders, by mistake or to correct the first: both deliveries say so."""
    found = session.execute(_ELSEWHERE, {"tenant_id": tenant_of(session), "events": told})
    return {
        row.event_id: f"A refund of the same id was reported for the order {row.name} too. Such an id is unique in the shop, so it counts "
        "once, where the latest report places it."
        for row in found
    }


def _idle_earnings(session: Session, views: list[DeliveryView]) -> dict[UUID, str]:
    """Why a handled lead, booking or income earns nothing by now: no contract pays for it, it waits for a rate, it is beyond reason."""
    told: dict[UUID, UUID] = {}
    for view in views:
        kind, _, what = (view.event_type or "").partition(".")
        if view.state == "handled" and kind in ("lead", "booking", "income") and what != "withdrawn" and view.subject:
            source = to_public("con", view.connection_id)
            told[view.event_id] = event_id_by(tenant_of(session), kind, source, view.subject)
    why = why_nothing(session, set(told.values())) if told else {}
    return {event_id: why[earning] for event_id, earning in told.items() if earning in why}


def _cursor(last: DeliveryView) -> str:
    return base64.urlsafe_b64encode(f"{last.received_at.isoformat()}|{last.event_id}".encode()).decode()


def _read_cursor(text: str | None) -> tuple[datetime, UUID] | None:
    try:
        moment, _, event_id = base64.urlsafe_b64decode((text or "").encode()).decode().partition("|")
        return datetime.fromisoformat(moment), UUID(event_id)
    except (ValueError, binascii.Error):
        return None
