"""Which orders the tellings of one refund lead to. A later telling may name another order than an earlier one, or only the payment.

All tellings of a refund (one connection, one kind, one id) are one fact: the latest says what went back, and the latest that names an
order, or a payment, says where it belongs. So whoever tells one of them concerns every order that any of them named.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.neutral_order import NeutralRefund
from tenants.database import tenant_of

RefundKey = tuple[UUID, str, str]
"""(connection, kind, the connection's own id of the refund)"""

OrderName = tuple[str, str | None]
"""(sales channel, the shop's own id of the order)"""

LeadsBy = dict[RefundKey | OrderName, "Leads"]

_OF_REFUNDS: Final = text(
    """SELECT connection_id, kind, external_refund_id, channel, external_order_id, payment_reference FROM refund_fact
    WHERE tenant_id = :tenant_id AND (connection_id, kind, external_refund_id) IN (
        SELECT * FROM unnest(CAST(:connections AS uuid[]), CAST(:kinds AS text[]), CAST(:ids AS text[])))"""
)
_OF_ORDERS: Final = text(
    """SELECT named.channel, named.external_order_id, other.payment_reference FROM refund_fact named
    JOIN refund_fact other ON other.tenant_id = named.tenant_id AND other.connection_id = named.connection_id
        AND other.kind = named.kind AND other.external_refund_id = named.external_refund_id AND other.payment_reference IS NOT NULL
    WHERE named.tenant_id = :tenant_id AND (named.channel, named.external_order_id) IN (
        SELECT * FROM unnest(CAST(:channels AS text[]), CAST(:ids AS text[])))"""
)


@dataclass(frozen=True, slots=True)
class Leads:
    """The orders and payments that tellings name."""

    orders: set[OrderName] = field(default_factory=set)
    payments: set[str] = field(default_factory=set)

    def add(self, name: OrderName, payment: str | None) -> None:
        """One telling's."""
        if name[1] is not None:
            self.orders.add(name)
        if payment is not None:
            self.payments.add(payment)


def key_of(connection_id: UUID, refund: NeutralRefund) -> RefundKey:
    """What all tellings of a refund share."""
    return connection_id, refund.kind, refund.external_id


def leads_of_refunds(session: Session, keys: Collection[RefundKey]) -> LeadsBy:
    """What earlier tellings of these refunds named; the caller holds the refunds."""
    if not keys:
        return {}
    connections, kinds, ids = zip(*keys, strict=True)
    parameters: dict[str, Any] = {
        "tenant_id": tenant_of(session), "connections": list(connections), "kinds": list(kinds), "ids": list(ids),
    }  # fmt: skip
    found: LeadsBy = {key: Leads() for key in keys}
    for connection, kind, refund, channel, order, payment in session.execute(_OF_REFUNDS, parameters):
        found[connection, kind, refund].add((channel, order), payment)
    return found


def leads_of_orders(session: Session, names: Iterable[OrderName]) -> LeadsBy:
    """The payments named by refunds that, at some telling, named one of these orders; the caller holds the orders' references."""
    named = [name for name in names if name[1] is not None]
    if not named:
        return {}
    channels, ids = zip(*named, strict=True)
    found: LeadsBy = {}
    rows = session.execute(_OF_ORDERS, {"tenant_id": tenant_of(session), "channels": list(channels), "ids": list(ids)})
    for channel, order, payment in rows:
        found.setdefault((channel, order), Leads()).add((channel, order), payment)
    return found
