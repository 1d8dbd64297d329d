"""What is known about one order at this moment, loaded under its lock."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from billing.inbox.tables import MerchantConnection
from billing.neutral_order import NeutralOrder, NeutralRefund, order_document, read_order, read_refund, refund_document
from billing.orders.tables import OrderSnapshot, RefundFact, ShopOrder
from tenants.database import tenant_of


@dataclass(frozen=True)
class OrderFacts:
    """The winning snapshot, every refund that belongs to it, and another order that reports the same sale and comes first."""

    order: NeutralOrder
    refunds: tuple[NeutralRefund, ...]
    ignored_refunds: tuple[tuple[str, str], ...]
    counted_elsewhere: UUID | None

    def document(self) -> dict[str, Any]:
        """The facts as plain JSON data, in one spelling."""
        return {
            "order": order_document(self.order),
            "refunds": sorted(map(refund_document, self.refunds), key=lambda refund: (refund["kind"], refund["external_id"])),
            "ignored_refunds": sorted(self.ignored_refunds),
            "counted_elsewhere": str(self.counted_elsewhere) if self.counted_elsewhere else None,
        }  # fmt: skip


def load_facts(session: Session, order: ShopOrder, winner: NeutralOrder) -> OrderFacts:
    """Everything known about a locked order whose columns already follow its winning snapshot."""
    counted, ignored = _refunds(session, order, winner.payment_reference)
    return OrderFacts(winner, counted, ignored, _counted_elsewhere(session, order, winner))


def winning_snapshot(session: Session, order_id: UUID) -> NeutralOrder:
    """The snapshot with the highest (source_updated_at, sha256)."""
    query = select(OrderSnapshot.neutral).where(OrderSnapshot.tenant_id == tenant_of(session), OrderSnapshot.order_id == order_id)
    latest = query.order_by(OrderSnapshot.source_updated_at.desc(), OrderSnapshot.neutral_sha256.desc()).limit(1)
    return read_order(session.scalars(latest).one())


def _refunds(
    session: Session, order: ShopOrder, payment_reference: str | None
) -> tuple[tuple[NeutralRefund, ...], tuple[tuple[str, str], ...]]:
    """Refunds count from the channel's order book only; chargebacks from whoever tells them, since only a bank may know of one."""
    belongs: list[ColumnElement[bool]] = [(RefundFact.channel == order.channel) & (RefundFact.external_order_id == order.external_id)]
    if payment_reference:
        belongs.append(RefundFact.payment_reference == payment_reference)
    query = (
        select(RefundFact.connection_id, RefundFact.neutral, MerchantConnection.is_order_book)
        .join(
            MerchantConnection,
            (MerchantConnection.tenant_id == RefundFact.tenant_id) & (MerchantConnection.connection_id == RefundFact.connection_id),
        )
        .where(RefundFact.tenant_id == tenant_of(session), or_(*belongs))
        .order_by(RefundFact.source_updated_at, RefundFact.neutral_sha256)
    )
    latest: dict[tuple[UUID, str, str], tuple[NeutralRefund, bool]] = {}
    for connection_id, neutral, from_book in session.execute(query):
        refund = read_refund(neutral)
        latest[connection_id, refund.kind, refund.external_id] = refund, from_book  # later tellings take the place of earlier ones
    counted: list[NeutralRefund] = []
    ignored: list[tuple[str, str]] = []
    for refund, from_book in latest.values():
        if from_book or refund.kind == "chargeback":
            counted.append(refund)
        else:
            ignored.append((f"{refund.kind} {refund.external_id}", "Refunds count as the channel's order book reports them."))
    return tuple(counted), tuple(ignored)


def _counted_elsewhere(session: Session, order: ShopOrder, winner: NeutralOrder) -> UUID | None:
    """Another channel's order with the same payment is the same sale; the one whose connection is older counts."""
    if not winner.payment_reference:
        return None
    first = (
        select(ShopOrder.order_id)
        .where(ShopOrder.tenant_id == tenant_of(session), ShopOrder.payment_reference == winner.payment_reference)
        .order_by(ShopOrder.connection_id, ShopOrder.external_id)
        .limit(1)
    )
    found = session.scalar(first)
    return found if found != order.order_id else None
