"""An order as the merchant keeps it: what was bought, paid and given back. Values only: the till decides, the journal remembers."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from app.demo.shop.prices import split

Status = Literal["placed", "paid", "cancelled"]


class Record(BaseModel):
    """A value that is never changed in place and that reads and writes itself as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Attribution(Record):
    """What the widget said about the shopper's visit; copied from the page into the cart and on into the order, never interpreted."""

    visitor: str | None = None
    click: str | None = None
    coupon: str | None = None
    work: str | None = None


class OrderLine(Record):
    """One product of an order. Amounts cover the whole quantity."""

    line_id: str
    slug: str
    name: str
    category: str
    quantity: int
    unit_minor: int
    discount_minor: int
    tax_minor: int

    @property
    def net_minor(self) -> int:
        """What the line cost after its part of the discount, before tax."""
        return self.quantity * self.unit_minor - self.discount_minor


class RefundedLine(Record):
    """The part of a refund that belongs to one line, before tax."""

    line_id: str
    quantity: int
    net_minor: int
    tax_minor: int


class Refund(Record):
    """Money given back. Without lines it is a plain amount, as a shop gives for a cold coffee."""

    refund_id: str
    refunded_at: datetime
    amount_minor: int
    lines: tuple[RefundedLine, ...] = ()
    reason: str


class Order(Record):
    """One order with everything that happened to it."""

    order_id: str
    number: str
    status: Status
    currency: str
    cart_created_at: datetime
    created_at: datetime
    updated_at: datetime
    paid_at: datetime | None = None
    buyer: str
    is_posted: bool
    lines: tuple[OrderLine, ...]
    subtotal_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    tip_minor: int
    total_minor: int
    coupon: str | None = None
    attribution: Attribution = Attribution()
    refunds: tuple[Refund, ...] = ()

    @property
    def refunded_minor(self) -> int:
        """Everything given back so far."""
        return sum(refund.amount_minor for refund in self.refunds)

    @property
    def refundable_minor(self) -> int:
        """What could still be given back: never more than was paid."""
        return self.total_minor - self.refunded_minor if self.status == "paid" else 0

    def quantity_left(self, line_id: str) -> int:
        """How many pieces of a line have not been refunded yet."""
        bought = next(line.quantity for line in self.lines if line.line_id == line_id)
        return bought - sum(part.quantity for refund in self.refunds for part in refund.lines if part.line_id == line_id)


def one_piece(order: Order, line: OrderLine) -> RefundedLine:
    """The next single piece of a line, priced so that all its pieces together give back exactly what the line cost."""
    taken = line.quantity - order.quantity_left(line.line_id)
    ones = [1] * line.quantity
    return RefundedLine(
        line_id=line.line_id, quantity=1, net_minor=split(line.net_minor, ones)[taken], tax_minor=split(line.tax_minor, ones)[taken]
    )
