"""One shape for orders and refunds, whichever system told of them. Amounts are minor units; nothing here names a person.

Connectors translate into this shape; everything after the inbox reads only this. Its sha256 names a state of an order.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import TypeAdapter

from billing.contract_terms import sha256_of

OrderStatus = Literal["pending", "paid", "cancelled"]
RefundKind = Literal["refund", "chargeback"]


@dataclass(frozen=True)
class NeutralLine:
    """One line as sold, after discounts. `net_minor` leaves tax out."""

    line_id: str
    product: str
    quantity: int
    net_minor: int
    tax_minor: int
    is_gift_card: bool
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class NeutralOrder:
    """An order as it was sold, before any refund. `captured_minor` is what the buyer paid in all.

    `customer` is a hash by which two orders of one buyer are known to be of one buyer; it names nobody.
    """

    external_id: str
    number: str | None
    status: OrderStatus
    occurred_at: datetime
    source_updated_at: datetime
    currency: str
    lines: tuple[NeutralLine, ...]
    shipping_minor: int
    shipping_tax_minor: int
    tip_minor: int
    captured_minor: int
    is_test: bool = False
    is_staff: bool = False
    codes: tuple[str, ...] = ()
    visitor_id: UUID | None = None
    click_id: UUID | None = None
    work_id: UUID | None = None
    cart_created_at: datetime | None = None
    payment_reference: str | None = None
    notes: tuple[str, ...] = ()
    customer: str | None = None


@dataclass(frozen=True)
class RefundLine:
    """What went back for one line: `net_minor` without tax, and the tax beside it."""

    line_id: str
    net_minor: int
    tax_minor: int


@dataclass(frozen=True)
class NeutralRefund:
    """Money that went back: by lines, or (without lines) as a fraction of what was captured. A void one failed or was withdrawn."""

    external_id: str
    kind: RefundKind
    external_order_id: str | None
    payment_reference: str | None
    occurred_at: datetime
    source_updated_at: datetime
    currency: str
    amount_minor: int
    lines: tuple[RefundLine, ...] = ()
    is_void: bool = False


_ORDER: TypeAdapter[NeutralOrder] = TypeAdapter(NeutralOrder)
_REFUND: TypeAdapter[NeutralRefund] = TypeAdapter(NeutralRefund)


def order_document(order: NeutralOrder) -> dict[str, Any]:
    """The order as plain JSON data."""
    document: dict[str, Any] = _ORDER.dump_python(order, mode="json")
    return document


def refund_document(refund: NeutralRefund) -> dict[str, Any]:
    """The refund as plain JSON data."""
    document: dict[str, Any] = _REFUND.dump_python(refund, mode="json")
    return document


def read_order(document: dict[str, Any]) -> NeutralOrder:
    """Rebuild an order from its document."""
    return _ORDER.validate_python(document)


def read_refund(document: dict[str, Any]) -> NeutralRefund:
    """Rebuild a refund from its document."""
    return _REFUND.validate_python(document)


def order_sha256(order: NeutralOrder) -> str:
    """The name of this exact state of an order."""
    return sha256_of(order_document(order))
