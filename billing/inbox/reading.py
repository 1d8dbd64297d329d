"""Takes stored deliveries under their row locks, opens them and reads what they tell; what cannot be read says why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.errors import BillingError
from billing.inbox.earnings import NeutralEarning, ToldEarning
from billing.inbox.generic import read_delivery
from billing.inbox.sealing import BodyUnreadable, unseal
from billing.inbox.tables import InboundEvent, MerchantConnection, RawKey
from billing.neutral_order import NeutralOrder
from billing.orders.tellings import OrderSource, Told, ToldOrder, ToldRefund
from tenants.database import tenant_of

ERASED: Final = "The delivery's bytes were erased before they were read."


@dataclass(frozen=True, slots=True)
class TakenDelivery:
    """A delivery under its row lock, still sealed; without a key its bytes were erased."""

    source: OrderSource
    event_id: UUID
    body_sealed: bytes
    key: bytes | None


@dataclass(frozen=True, slots=True)
class ReadDelivery:
    """What a delivery tells, or the sentence why it cannot be read."""

    event_id: UUID
    event_type: str | None
    subject: str | None
    told: Told | ToldEarning | None
    refused: str | None


def take(session: Session, event_ids: Sequence[UUID]) -> list[TakenDelivery]:
    """Lock those of the deliveries that still wait and that nobody else holds, in the sequence they came."""
    same = InboundEvent.tenant_id
    query = (
        select(
            InboundEvent.connection_id, MerchantConnection.channel, MerchantConnection.is_order_book, InboundEvent.event_id,
            InboundEvent.body_sealed, RawKey.key,
        )
        .join(MerchantConnection, (MerchantConnection.tenant_id == same) & (MerchantConnection.connection_id == InboundEvent.connection_id))
        .outerjoin(RawKey, (RawKey.tenant_id == same) & (RawKey.event_id == InboundEvent.event_id))
        .where(same == tenant_of(session), InboundEvent.event_id == func.any(list(event_ids)), InboundEvent.state == "received")
        .order_by(InboundEvent.event_id)
        .with_for_update(of=InboundEvent, skip_locked=True)
    )  # fmt: skip
    return [
        TakenDelivery(OrderSource(connection_id, channel, is_order_book, event_id), event_id, body_sealed, key)
        for connection_id, channel, is_order_book, event_id, body_sealed, key in session.execute(query)
    ]


def read_deliveries(taken: Iterable[TakenDelivery], *, tenant_id: UUID, now: datetime) -> list[ReadDelivery]:
    """Open and read each delivery; one that cannot be read does not stop the others."""
    return [_read(one, tenant_id, now) for one in taken]


def _read(taken: TakenDelivery, tenant_id: UUID, now: datetime) -> ReadDelivery:
    if taken.key is None:
        return ReadDelivery(taken.event_id, None, None, None, ERASED)
    try:
        body = unseal(taken.body_sealed, taken.key, bound_to=str(taken.event_id))
        event_type, fact = read_delivery(body, now=now, tenant_id=tenant_id)
    except (BillingError, BodyUnreadable) as error:
        return ReadDelivery(taken.event_id, None, None, None, str(error))
    if isinstance(fact, NeutralEarning):
        return ReadDelivery(taken.event_id, event_type, fact.external_id, ToldEarning(fact, taken.source.connection_id), None)
    told: Told = ToldOrder(fact, taken.source) if isinstance(fact, NeutralOrder) else ToldRefund(fact, taken.source)
    return ReadDelivery(taken.event_id, event_type, fact.external_id, told, None)
