"""What is known about orders at this moment, loaded under their locks, any number of them in a few queries."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from billing.inbox.tables import MerchantConnection
from billing.neutral_order import NeutralOrder, NeutralRefund, read_order, read_refund
from billing.orders.locks import LockedOrder
from billing.orders.tables import OrderSnapshot, RefundFact, ShopOrder
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


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """The winning snapshot, every refund that belongs to it, and another order that reports the same sale and comes first."""

    order: NeutralOrder
    refunds: tuple[NeutralRefund, ...]
    ignored_refunds: tuple[tuple[str, str], ...]
    counted_elsewhere: UUID | None


@dataclass(frozen=True, slots=True)
class _ToldRefund:
    refund: NeutralRefund
    channel: str
    connection_id: UUID
    is_from_book: bool


def load_facts(session: Session, locked: Mapping[UUID, LockedOrder]) -> dict[UUID, OrderFacts]:
    """Everything known about locked orders. Their rows' columns follow the winning snapshots first, for facts are found by them."""
    winners = _winners(session, locked)
    _follow(session, locked, winners)
    refunds = _refunds(session, locked.values())
    elsewhere = _counted_elsewhere(session, locked.values())
    found: dict[UUID, OrderFacts] = {}
    for order_id, winner in winners.items():
        counted, ignored = _sorted_out(refunds.get(order_id, []))
        found[order_id] = OrderFacts(winner, counted, ignored, elsewhere.get(order_id))
    return found


def _winners(session: Session, order_ids: Collection[UUID]) -> dict[UUID, NeutralOrder]:
    """The snapshot of each order with the highest (source_updated_at, sha256)."""
    query = (
        select(OrderSnapshot.order_id, OrderSnapshot.neutral)
        .where(OrderSnapshot.tenant_id == tenant_of(session), OrderSnapshot.order_id == func.any(list(order_ids)))
        .ext(distinct_on(OrderSnapshot.order_id))
        .order_by(OrderSnapshot.order_id, OrderSnapshot.source_updated_at.desc(), OrderSnapshot.neutral_sha256.desc())
    )
    return {order_id: read_order(neutral) for order_id, neutral in session.execute(query)}


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


def _refunds(session: Session, rows: Collection[LockedOrder]) -> dict[UUID, list[_ToldRefund]]:
    """Each order's refunds, found by its reference in its channel or by its payment, earlier tellings first."""
    by_reference = {(row.channel, row.external_id): row.order_id for row in rows}
    by_payment: dict[str, list[UUID]] = defaultdict(list)
    for row in rows:
        if row.payment_reference:
            by_payment[row.payment_reference].append(row.order_id)
    query = (
        select(RefundFact.neutral, RefundFact.channel, RefundFact.connection_id, MerchantConnection.is_order_book)
        .join(
            MerchantConnection,
            (MerchantConnection.tenant_id == RefundFact.tenant_id) & (MerchantConnection.connection_id == RefundFact.connection_id),
        )
        .where(
            RefundFact.tenant_id == tenant_of(session),
            or_(
                and_(
                    RefundFact.channel == func.any(sorted({row.channel for row in rows})),
                    RefundFact.external_order_id == func.any([row.external_id for row in rows]),
                ),
                RefundFact.payment_reference == func.any(list(by_payment)),
            ),
        )
        .order_by(RefundFact.source_updated_at, RefundFact.neutral_sha256)
    )
    found: dict[UUID, list[_ToldRefund]] = defaultdict(list)
    for neutral, channel, connection_id, is_from_book in session.execute(query):
        told = _ToldRefund(read_refund(neutral), channel, connection_id, is_from_book)
        belongs = set(by_payment.get(told.refund.payment_reference or "", ()))
        named = by_reference.get((channel, told.refund.external_order_id or ""))
        for order_id in belongs | ({named} if named else set()):
            found[order_id].append(told)
    return found


def _sorted_out(told: list[_ToldRefund]) -> tuple[tuple[NeutralRefund, ...], tuple[tuple[str, str], ...]]:
    """Refunds count from the channel's order book only; chargebacks from whoever tells them, since only a bank may know of one."""
    if not told:
        return (), ()
    latest = {(one.connection_id, one.refund.kind, one.refund.external_id): one for one in told}  # later tellings replace earlier ones
    counted = tuple(one.refund for one in latest.values() if one.is_from_book or one.refund.kind == "chargeback")
    ignored = ((f"{one.refund.kind} {one.refund.external_id}", _NOT_THE_BOOK) for one in latest.values())
    return counted, tuple(
        item for item, one in zip(ignored, latest.values(), strict=True) if not (one.is_from_book or one.refund.kind == "chargeback")
    )


def _counted_elsewhere(session: Session, rows: Collection[LockedOrder]) -> dict[UUID, UUID]:
    """Another channel's order with the same payment is the same sale; the one whose connection is older counts."""
    paid = {row.payment_reference for row in rows if row.payment_reference}
    if not paid:
        return {}
    query = (
        select(ShopOrder.payment_reference, ShopOrder.order_id)
        .where(ShopOrder.tenant_id == tenant_of(session), ShopOrder.payment_reference == func.any(list(paid)))
        .ext(distinct_on(ShopOrder.payment_reference))
        .order_by(ShopOrder.payment_reference, ShopOrder.connection_id, ShopOrder.external_id)
    )
    first = {row[0]: row[1] for row in session.execute(query)}
    return {
        row.order_id: first[row.payment_reference] for row in rows if row.payment_reference and first[row.payment_reference] != row.order_id
    }
