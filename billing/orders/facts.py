"""What is known about orders at this moment, loaded under their locks, any number of them in a few queries."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, case, cast, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from billing.neutral_order import NeutralOrder, NeutralRefund, read_order
from billing.orders.locks import LockedOrder
from billing.orders.refunds import ToldRefund, refunds_about
from billing.orders.tables import OrderSnapshot, ShopOrder
from tenants.database import tenant_of

_MOVE: Final = text(
    """UPDATE shop_order SET number = told.number, occurred_at = told.occurred_at, currency = told.currency,
        captured_minor = told.captured_minor, payment_reference = told.payment_reference, visitor_id = told.visitor_id,
        click_id = told.click_id, customer = told.customer
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:numbers AS text[]), CAST(:moments AS timestamptz[]), CAST(:currencies AS text[]),
        CAST(:captured AS bigint[]), CAST(:payments AS text[]), CAST(:visitors AS uuid[]), CAST(:clicks AS uuid[]),
        CAST(:customers AS text[])
    ) AS told (order_id, number, occurred_at, currency, captured_minor, payment_reference, visitor_id, click_id, customer)
    WHERE shop_order.tenant_id = :tenant_id AND shop_order.order_id = told.order_id"""
)
_NOT_THE_BOOK: Final = "Refunds count as the channel's order book reports them."
_ANOTHER_BOOK: Final = "Another channel reports the same sale; each channel's refunds count on its own order."
_TOLD_ALREADY: Final = "Another connection has told this chargeback already."
_ANOTHER_DAY: Final = "A later message dates the sale {}; it keeps the day it was first told with."


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """The winning snapshot, every refund that belongs to it, and another order that reports the same sale and comes first.

    `captured_minor_max` is the most the order ever was, where an edit has lowered it since: refunds may be as old as that.
    """

    order: NeutralOrder
    refunds: tuple[NeutralRefund, ...]
    ignored_refunds: tuple[tuple[str, str], ...]
    counted_elsewhere: UUID | None
    captured_minor_max: int | None = None


@dataclass(frozen=True, slots=True)
class _Winner:
    """The snapshot that counts, and the most that the order ever was in its currency."""

    order: NeutralOrder
    captured_minor_max: int


@dataclass(frozen=True, slots=True)
class _Paid:
    """An order as its payment finds it."""

    order_id: UUID
    connection_id: UUID
    channel: str
    external_id: str


Payments = Mapping[str, list[_Paid]]
"""payment -> its orders, those of the older connection first"""


def load_facts(session: Session, locked: Mapping[UUID, LockedOrder]) -> dict[UUID, OrderFacts]:
    """Everything known about locked orders. Their rows' columns follow the winning snapshots first, for facts are found by them."""
    winners = _winners(session, locked)
    _follow(session, locked, {order_id: one.order for order_id, one in winners.items()})
    payments = _payments(session, locked.values())
    refunds = _refunds(session, locked.values(), payments)
    found: dict[UUID, OrderFacts] = {}
    for order_id, winner in winners.items():
        row = locked[order_id]
        counted, ignored = _sorted_out(refunds.get(order_id, []), row, payments)
        lowered = winner.captured_minor_max if winner.captured_minor_max > winner.order.captured_minor else None
        found[order_id] = OrderFacts(winner.order, counted, ignored, _counted_elsewhere(row, payments), lowered)
    return found


def _winners(session: Session, order_ids: Collection[UUID]) -> dict[UUID, _Winner]:
    """The snapshot of each order that is the latest by the shop's clock; of one moment a cancelled one, then a paid one, then by hash.

    The moment of the sale stays that of the earliest snapshot, because it says which month and which contract the order belongs to.
    """
    neutral = OrderSnapshot.neutral
    status = case({"cancelled": 2, "paid": 1}, value=neutral["status"].astext, else_=0)
    ages = (OrderSnapshot.source_updated_at, OrderSnapshot.neutral_sha256)
    sold_at = func.first_value(neutral["occurred_at"].astext).over(partition_by=OrderSnapshot.order_id, order_by=ages)
    captured = cast(neutral["captured_minor"].astext, BigInteger)
    captured_max = func.max(captured).over(partition_by=(OrderSnapshot.order_id, neutral["currency"].astext))
    query = (
        select(OrderSnapshot.order_id, neutral, sold_at, captured_max)
        .where(OrderSnapshot.tenant_id == tenant_of(session), OrderSnapshot.order_id == func.any(list(order_ids)))
        .ext(distinct_on(OrderSnapshot.order_id))
        .order_by(OrderSnapshot.order_id, ages[0].desc(), status.desc(), ages[1].desc())
    )
    return {row[0]: _Winner(_sold_at(read_order(row[1]), row[2]), row[3]) for row in session.execute(query)}


def _sold_at(order: NeutralOrder, first_told: str) -> NeutralOrder:
    moment = datetime.fromisoformat(first_told)
    if moment == order.occurred_at:
        return order
    return replace(order, occurred_at=moment, notes=(*order.notes, _ANOTHER_DAY.format(order.occurred_at.isoformat())))


def _follow(session: Session, locked: Mapping[UUID, LockedOrder], winners: Mapping[UUID, NeutralOrder]) -> None:
    """An order's own columns are an index over its winning snapshot, for finding it; the snapshot is the truth."""
    moved: list[LockedOrder] = []
    for order_id, told in winners.items():
        row = locked[order_id]
        was = (row.number, row.occurred_at, row.currency, row.captured_minor, row.payment_reference, row.visitor_id, row.click_id,
               row.customer)  # fmt: skip
        now_is = (told.number, told.occurred_at, told.currency, told.captured_minor, told.payment_reference, told.visitor_id,
                  told.click_id, told.customer)  # fmt: skip
        if was != now_is:
            (row.number, row.occurred_at, row.currency, row.captured_minor, row.payment_reference, row.visitor_id, row.click_id,
             row.customer) = now_is  # fmt: skip
            moved.append(row)
    if moved:
        session.execute(
            _MOVE,
            {
                "tenant_id": tenant_of(session), "ids": [row.order_id for row in moved], "numbers": [row.number for row in moved],
                "moments": [row.occurred_at for row in moved], "currencies": [row.currency for row in moved],
                "captured": [row.captured_minor for row in moved], "payments": [row.payment_reference for row in moved],
                "visitors": [row.visitor_id for row in moved], "clicks": [row.click_id for row in moved],
                "customers": [row.customer for row in moved],
            },
        )  # fmt: skip


def _payments(session: Session, rows: Collection[LockedOrder]) -> Payments:
    """All orders of the shop that share a payment with one of these."""
    paid = {row.payment_reference for row in rows if row.payment_reference}
    if not paid:
        return {}
    query = (
        select(ShopOrder.payment_reference, ShopOrder.order_id, ShopOrder.connection_id, ShopOrder.channel, ShopOrder.external_id)
        .where(ShopOrder.tenant_id == tenant_of(session), ShopOrder.payment_reference == func.any(list(paid)))
        .order_by(ShopOrder.connection_id, ShopOrder.occurred_at, ShopOrder.external_id)
    )
    found: dict[str, list[_Paid]] = defaultdict(list)
    for reference, order_id, connection_id, channel, name in session.execute(query):
        found[reference or ""].append(_Paid(order_id, connection_id, channel, name))
    return found


def _refunds(session: Session, rows: Collection[LockedOrder], payments: Payments) -> dict[UUID, list[ToldRefund]]:
    """Each order's refunds, found by its reference in its channel or by its payment.

    A connection's orders may share a payment: what names one of them belongs to that one, and what names only the payment to the first.
    """
    told = refunds_about(session, [(row.channel, row.external_id) for row in rows], list(payments))
    known = {(row.channel, row.external_id): (row.connection_id, row.order_id) for row in rows}
    known |= {(one.channel, one.external_id): (one.connection_id, one.order_id) for paid in payments.values() for one in paid}
    known |= _orders_named(session, {one.name for one in told if one.name is not None} - known.keys())
    found: dict[UUID, list[ToldRefund]] = defaultdict(list)
    for one in told:
        belongs = dict((known[one.name],)) if one.name in known else {}
        for paid in payments.get(one.payment_reference or "", ()):
            belongs.setdefault(paid.connection_id, paid.order_id)
        for order_id in belongs.values():
            found[order_id].append(one)
    return found


def _orders_named(session: Session, names: Collection[tuple[str, str]]) -> dict[tuple[str, str], tuple[UUID, UUID]]:
    """(connection, order) of orders that are not being worked out now, yet refunds found by payment name them."""
    if not names:
        return {}
    query = select(ShopOrder.channel, ShopOrder.external_id, ShopOrder.connection_id, ShopOrder.order_id).where(
        ShopOrder.tenant_id == tenant_of(session), tuple_(ShopOrder.channel, ShopOrder.external_id).in_(sorted(names))
    )
    return {(channel, name): (connection_id, order_id) for channel, name, connection_id, order_id in session.execute(query)}


def _sorted_out(
    told: list[ToldRefund], row: LockedOrder, payments: Payments
) -> tuple[tuple[NeutralRefund, ...], tuple[tuple[str, str], ...]]:
    """Which refunds of an order count, and why others do not."""
    paid = payments.get(row.payment_reference or "", ())
    rivals = {one.channel for one in paid} - {row.channel}
    counted: list[NeutralRefund] = []
    ignored: list[tuple[str, str]] = []
    by_bank: set[str] = set()
    in_sequence = sorted(told, key=lambda one: (one.channel != row.channel, not one.is_from_book, one.connection_id))
    for one in in_sequence:
        refund = one.refund
        why = _why_ignored(one, rivals, by_bank)
        if why is None:
            counted.append(refund)
        else:
            ignored.append((f"{refund.kind} {refund.external_id}", why))
        if refund.kind == "chargeback":
            by_bank.add(refund.external_id)
    return tuple(counted), tuple(ignored)


def _why_ignored(told: ToldRefund, rivals: Collection[str], by_bank: Collection[str]) -> str | None:
    """Refunds count from the channel's order book only; chargebacks from whoever tells them first, since only a bank may know of one."""
    if told.refund.kind == "chargeback":
        return _TOLD_ALREADY if told.refund.external_id in by_bank else None
    if not told.is_from_book:
        return _NOT_THE_BOOK
    return _ANOTHER_BOOK if told.channel in rivals else None


def _counted_elsewhere(row: LockedOrder, payments: Payments) -> UUID | None:
    """Another connection's order with the same payment is the same sale; the one whose connection is older counts."""
    paid = payments.get(row.payment_reference or "", ())
    return paid[0].order_id if paid and paid[0].connection_id != row.connection_id else None
