"""Records what merchants' systems say about orders and refunds, and lets the book follow.

A snapshot never overwrites another: all are kept, and the latest by the shop's own clock counts, however late it arrives.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.neutral_order import NeutralOrder
from billing.orders.telling import record_facts
from billing.orders.tellings import OrderRecorded, OrderSource, Told, ToldOrder, ToldRefund

__all__ = ["OrderRecorded", "OrderSource", "Told", "ToldOrder", "ToldRefund", "record_facts", "record_order"]


def record_order(session: Session, order: NeutralOrder, *, source: OrderSource, now: datetime) -> OrderRecorded:
    """Keep a snapshot of an order and reckon the order afresh; `record_facts` does the same for any number at once.

    From a connection that is not its channel's order book the snapshot only joins an order with the same payment reference; it never
    makes one. Safe to repeat: a snapshot already known changes nothing.
    """
    (recorded,) = record_facts(session, [ToldOrder(order, source)], now=now)
    return recorded
