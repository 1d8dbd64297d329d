"""Takes stored deliveries under their row locks, opens them and reads what they tell; what cannot be read says why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.connectors.connector import Document, Fact, Wanted
from billing.connectors.kinds import connector_of
from billing.errors import BillingError
from billing.inbox.earnings import NeutralEarning, ToldEarning
from billing.inbox.sealing import BodyUnreadable, unseal
from billing.inbox.strict_json import read_object
from billing.inbox.tables import InboundEvent, MerchantConnection, RawKey
from billing.neutral_order import NeutralOrder
from billing.orders.tellings import OrderSource, Told, ToldOrder, ToldRefund
from billing.rows import rows_for
from tenants.database import tenant_of

ERASED: Final = "The delivery's bytes were erased before they were read."
TEST: Final = "test"
"""A header of ours beside a test event: it is read like any other, and nothing of it is booked."""
SUBJECT_PART_LENGTH_MAX: Final = 100
TOLD_NOTHING: Final = "A test: it was signed rightly and could be read; nothing of it is booked."


_TAKE_ACROSS: Final = """SELECT e.tenant_id, e.connection_id, c.channel, c.is_order_book, e.event_id, e.body_sealed, k.key, c.kind,
    e.headers, c.settings @> '{"is_sandbox": true}'
FROM unnest(%s::uuid[], %s::uuid[]) AS asked (tenant_id, event_id) JOIN inbound_event e USING (tenant_id, event_id)
JOIN merchant_connection c USING (tenant_id, connection_id) LEFT JOIN raw_key k USING (tenant_id, event_id)
WHERE e.state = 'received' ORDER BY e.tenant_id, e.event_id FOR UPDATE OF e SKIP LOCKED"""


@dataclass(frozen=True, slots=True)
class TakenDelivery:
    """A delivery under its row lock, still sealed; without a key its bytes were erased."""

    source: OrderSource
    event_id: UUID
    body_sealed: bytes
    key: bytes | None
    kind: str
    headers: Mapping[str, str | int]
    is_sandbox: bool


@dataclass(frozen=True, slots=True)
class ReadDelivery:
    """What a delivery tells, what has to be fetched for it, and the sentence why it cannot be read or tells nothing."""

    event_id: UUID
    connection_id: UUID
    event_type: str | None
    subject: str | None
    told: tuple[Told | ToldEarning, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    note: str | None = None
    is_refused: bool = False


def take(session: Session, event_ids: Sequence[UUID]) -> list[TakenDelivery]:
    """Lock those of the deliveries that still wait and that nobody else holds, in the sequence they came."""
    same = InboundEvent.tenant_id
    query = (
        select(
            InboundEvent.connection_id, MerchantConnection.channel, MerchantConnection.is_order_book, InboundEvent.event_id,
            InboundEvent.body_sealed, RawKey.key, MerchantConnection.kind, InboundEvent.headers, MerchantConnection.settings,
        )
        .join(MerchantConnection, (MerchantConnection.tenant_id == same) & (MerchantConnection.connection_id == InboundEvent.connection_id))
        .outerjoin(RawKey, (RawKey.tenant_id == same) & (RawKey.event_id == InboundEvent.event_id))
        .where(same == tenant_of(session), InboundEvent.event_id == func.any(list(event_ids)), InboundEvent.state == "received")
        .order_by(InboundEvent.event_id)
        .with_for_update(of=InboundEvent, skip_locked=True)
    )  # fmt: skip
    return [
        TakenDelivery(
            OrderSource(connection_id, channel, is_order_book, event_id), event_id, body_sealed, key, kind, headers,
            settings.get("is_sandbox") is True,
        )
        for connection_id, channel, is_order_book, event_id, body_sealed, key, kind, headers, settings in session.execute(query)
    ]  # fmt: skip


def take_across(session: Session, tenants: Sequence[UUID], event_ids: Sequence[UUID]) -> list[tuple[UUID, TakenDelivery]]:
    """As `take`, for deliveries of any number of shops; `tenants` and `event_ids` run side by side. The session is `intake`'s."""
    return [
        (
            tenant_id,
            TakenDelivery(OrderSource(connection_id, channel, is_order_book, event_id), event_id, sealed, key, kind, headers, is_sandbox),
        )
        for tenant_id, connection_id, channel, is_order_book, event_id, sealed, key, kind, headers, is_sandbox in rows_for(
            session, _TAKE_ACROSS, tenants, event_ids
        )
    ]


def read_deliveries(taken: Iterable[TakenDelivery], *, tenant_id: UUID, now: datetime) -> list[ReadDelivery]:
    """Open and read each delivery; one that cannot be read does not stop the others."""
    return [_read(one, tenant_id, now) for one in taken]


def _read(taken: TakenDelivery, tenant_id: UUID, now: datetime) -> ReadDelivery:
    of = taken.event_id, taken.source.connection_id
    if taken.key is None:
        return ReadDelivery(*of, None, None, note=ERASED, is_refused=True)
    body = b""
    try:
        body = unseal(taken.body_sealed, taken.key, bound_to=str(taken.event_id))
        reading = connector_of(taken.kind).read(Document(body, taken.headers, tenant_id, now, taken.is_sandbox))
    except (BillingError, BodyUnreadable) as error:
        return ReadDelivery(*of, None, _numbers_in(body), note=str(error), is_refused=True)
    if TEST in taken.headers:
        return ReadDelivery(*of, reading.event_type, reading.subject, note=TOLD_NOTHING)
    told = tuple(_told(fact, taken.source) for fact in reading.facts)
    return ReadDelivery(*of, reading.event_type, reading.subject, told, reading.wanted, reading.note)


def _numbers_in(body: bytes) -> str | None:
    """The id and number a refused body gives its order, so that who looks for the order finds it; None where it gives none."""
    try:
        inner: Any = read_object(body)
    except BillingError:
        return None
    for name in ("data", "object"):
        inner = inner[name] if isinstance(inner.get(name), dict) else inner
    found = [inner.get(name) for name in ("id", "number", "order_number")]
    plain = [str(one) for one in found if isinstance(one, str | int) and 0 < len(str(one)) <= SUBJECT_PART_LENGTH_MAX]
    return " ".join(dict.fromkeys(one for one in plain if one.isprintable())) or None


def _told(fact: Fact, source: OrderSource) -> Told | ToldEarning:
    if isinstance(fact, NeutralEarning):
        return ToldEarning(fact, source.connection_id)
    return ToldOrder(fact, source) if isinstance(fact, NeutralOrder) else ToldRefund(fact, source)
