"""Records that money went back to a buyer. It may arrive before its order does; then it waits, visible, and joins later."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.neutral_order import NeutralRefund
from billing.orders.telling import record_facts
from billing.orders.tellings import OrderRecorded, OrderSource, ToldRefund


def record_refund(session: Session, refund: NeutralRefund, *, source: OrderSource, now: datetime) -> OrderRecorded:
    """Keep a refund or chargeback and reckon its order afresh, if that is known by now. Safe to repeat.

    A refund told twice with other figures counts as the later telling says, by the shop's own clock.
    """
    (recorded,) = record_facts(session, [ToldRefund(refund, source)], now=now)
    return recorded
