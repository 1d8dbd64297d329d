"""What was told by whom, and the orders that tellings concern."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from billing.neutral_order import NeutralOrder, NeutralRefund
from billing.orders.refund_links import Leads, LeadsBy, OrderName, RefundKey, key_of

OrderKey = OrderName


@dataclass(frozen=True, slots=True)
class OrderSource:
    """Where a fact came from: the connection, its sales channel, whether it is that channel's order book, and the delivery."""

    connection_id: UUID
    channel: str
    is_order_book: bool
    event_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class OrderRecorded:
    """The order a fact belongs to (None while it waits for one), its revision now, and whether anything changed."""

    order_id: UUID | None
    revision: int
    is_changed: bool


@dataclass(frozen=True, slots=True)
class ToldOrder:
    """One state of an order, and who told it."""

    order: NeutralOrder
    source: OrderSource

    @property
    def order_key(self) -> OrderKey:
        """The order it is about."""
        return self.source.channel, self.order.external_id

    @property
    def payment_reference(self) -> str | None:
        """The payment it names."""
        return self.order.payment_reference


@dataclass(frozen=True, slots=True)
class ToldRefund:
    """One refund or chargeback, and who told it."""

    refund: NeutralRefund
    source: OrderSource

    @property
    def order_key(self) -> OrderKey:
        """The order it names; the id is None where it names only a payment."""
        return self.source.channel, self.refund.external_order_id

    @property
    def refund_key(self) -> RefundKey:
        """What all tellings of the refund share."""
        return key_of(self.source.connection_id, self.refund)

    @property
    def payment_reference(self) -> str | None:
        """The payment it names."""
        return self.refund.payment_reference


Told = ToldOrder | ToldRefund


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """An order as far as finding it goes."""

    order_id: UUID
    channel: str
    external_id: str
    payment_reference: str | None
    connection_id: UUID
    revision: int


NOTHING: Final = Leads()


class OrderIndex:
    """The orders that tellings concern, found by reference or by payment; of several with one payment the older connection first.

    `leads` are what other tellings of a refund named, by the refund; and what refunds of an order named besides, by the order.
    """

    def __init__(self, rows: Iterable[FoundOrder], leads: LeadsBy) -> None:
        self._leads = leads
        self.by_key: dict[OrderKey, FoundOrder] = {}
        self.by_payment: dict[str, list[FoundOrder]] = {}
        for row in rows:
            self.by_key[row.channel, row.external_id] = row
            if row.payment_reference is not None:
                self.by_payment.setdefault(row.payment_reference, []).append(row)

    def of(self, told: Told) -> list[FoundOrder]:
        """Every order one telling concerns: the one it names, those with its payment, those with the payment it had before; and, where
        a refund is told in several ways, those that any of them names."""
        is_report = isinstance(told, ToldOrder) and not told.source.is_order_book
        named = None if is_report else self.by_key.get(told.order_key)
        found = [named] if named else []
        leads = self._leads.get(told.refund_key if isinstance(told, ToldRefund) else told.order_key, NOTHING)
        others = (self.by_key.get(name) for name in sorted(leads.orders, key=str))
        found += [row for row in others if row is not None and row not in found]
        for payment in (told.payment_reference, named.payment_reference if named else None, *sorted(leads.payments)):
            found += [row for row in self.by_payment.get(payment or "", ()) if row not in found]
        return found

    def came_from(self, told: ToldRefund, row: FoundOrder) -> bool:
        """Whether earlier tellings of the refund led to this order, by its name or else by its payment, while this one names another."""
        if told.refund.external_order_id is None or told.order_key == (row.channel, row.external_id):
            return False
        earlier = self._leads.get(told.refund_key, NOTHING)
        return (row.channel, row.external_id) in earlier.orders or (not earlier.orders and row.payment_reference in earlier.payments)
