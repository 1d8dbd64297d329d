"""What is known about refunds by now: each with the figures of its latest telling, and where the latest that says so places it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.neutral_order import NeutralRefund, read_refund
from tenants.database import tenant_of

# Of one moment a telling that the refund failed comes last. Every telling of a refund is read, also one that names something else.
_TOLD: Final = text(
    """SELECT f.connection_id, f.kind, f.external_refund_id, f.channel, c.is_order_book, f.external_order_id, f.payment_reference, f.neutral
    FROM refund_fact f JOIN merchant_connection c ON c.tenant_id = f.tenant_id AND c.connection_id = f.connection_id
    WHERE f.tenant_id = :tenant_id AND (f.connection_id, f.kind, f.external_refund_id) IN (
        SELECT connection_id, kind, external_refund_id FROM refund_fact
        WHERE tenant_id = :tenant_id AND (
            payment_reference = ANY(CAST(:payments AS text[])) OR
            (channel, external_order_id) IN (SELECT * FROM unnest(CAST(:channels AS text[]), CAST(:ids AS text[])))))
    ORDER BY f.connection_id, f.kind, f.external_refund_id, f.source_updated_at, f.neutral ->> 'is_void', f.neutral_sha256"""
)


@dataclass(frozen=True, slots=True)
class ToldRefund:
    """A refund as its latest telling has it, and the order and payment it belongs to, by the latest tellings that name them."""

    refund: NeutralRefund
    channel: str
    connection_id: UUID
    is_from_book: bool
    name: tuple[str, str] | None
    payment_reference: str | None


def refunds_about(session: Session, orders: Sequence[tuple[str, str]], payments: Sequence[str]) -> list[ToldRefund]:
    """Every refund that at some telling named one of these orders (channel, the shop's id), or one of these payments."""
    parameters: dict[str, Any] = {
        "tenant_id": tenant_of(session), "payments": list(payments), "channels": [channel for channel, _ in orders],
        "ids": [name for _, name in orders],
    }  # fmt: skip
    rows = session.execute(_TOLD, parameters)
    return [_latest(list(tellings)) for _, tellings in groupby(rows, key=lambda row: row[:3])]


def _latest(tellings: Sequence[Any]) -> ToldRefund:
    """The last telling's figures; of order and payment the last that was named, for a correction seldom repeats everything."""
    connection_id, _, _, channel, is_from_book, _, _, neutral = tellings[-1]
    order, payment = _last(row[5] for row in tellings), _last(row[6] for row in tellings)
    refund = replace(read_refund(neutral), external_order_id=order, payment_reference=payment)
    return ToldRefund(refund, channel, connection_id, is_from_book, (channel, order) if order is not None else None, payment)


def _last(values: Iterable[str | None]) -> str | None:
    return next((value for value in reversed(list(values)) if value is not None), None)
