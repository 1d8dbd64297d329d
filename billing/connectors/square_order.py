"""A fetched Square order as a neutral one, and Square's refunds. Square's minor units are those of ISO 4217."""

import re
from datetime import datetime
from typing import Final
from uuid import UUID

from billing.connectors.marks import Marks, read_marks
from billing.connectors.sums import with_cents_settled
from billing.connectors.values import ShopFields
from billing.customer_hash import customer_hash
from billing.errors import PayloadRefused
from billing.neutral_order import NeutralLine, NeutralOrder, NeutralRefund, OrderStatus

_CODE: Final = re.compile(r"[0-9A-Za-z]+(?:-[0-9A-Za-z]+)+", re.ASCII)
"""A discount's name that looks like a code of ours ("K7QZM-4HXPA"); "Happy hour" is a discount nobody typed."""


def read_square_order(data: ShopFields, *, tenant_id: UUID, now: datetime, is_test: bool) -> NeutralOrder:
    """One order. Raises PayloadRefused with the field that is wrong, also where Square has not written its lines yet."""
    if not data.values.get("line_items"):
        raise PayloadRefused("Square has not written the order's lines yet; it is fetched again.")
    currency = data.object_of("total_money").currency("currency")
    charges = [_net_and_tax(one, currency) for one in data.objects_of("service_charges")]
    marks, buyer = _marks(data), data.identifier_or_none("customer_id")
    order = NeutralOrder(
        external_id=data.text("id"), number=data.text_or_none("ticket_name"), status=_status(data),
        occurred_at=data.moment("created_at", now=now), source_updated_at=data.moment("updated_at", now=now), currency=currency,
        lines=tuple(_line(one, currency) for one in data.objects_of("line_items")), shipping_minor=sum(one[0] for one in charges),
        shipping_tax_minor=sum(one[1] for one in charges), tip_minor=_money(data, "total_tip_money", currency),
        captured_minor=_money(data, "total_money", currency), is_test=is_test, codes=marks.codes, visitor_id=marks.visitor_id,
        click_id=marks.click_id, work_id=marks.work_id, notes=marks.notes, payment_reference=_payment(data),
        customer=customer_hash(tenant_id, buyer) if buyer else None,
    )  # fmt: skip
    return with_cents_settled(order)


def read_square_refund(data: ShopFields, *, now: datetime) -> NeutralRefund:
    """One refund, by amount; it counts once it is completed, and one that was rejected or failed is void."""
    currency = data.object_of("amount_money").currency("currency")
    amount_minor = _money(data, "amount_money", currency)
    if amount_minor == 0:
        raise data.wrong("amount_money", "above zero")
    return NeutralRefund(
        external_id=data.text("id"), kind="refund", external_order_id=data.identifier_or_none("order_id"),
        payment_reference=data.text("payment_id"), occurred_at=data.moment("created_at", now=now),
        source_updated_at=data.moment("updated_at", now=now), currency=currency, amount_minor=amount_minor,
        is_void=data.word("status") != "COMPLETED",
    )  # fmt: skip


def _status(data: ShopFields) -> OrderStatus:
    """An order that is still open has been paid once nothing is due any more."""
    if data.word("state") == "CANCELED":
        return "cancelled"
    due = data.object_of("net_amount_due_money")
    return "paid" if data.word("state") == "COMPLETED" or (due.values and due.whole("amount", 0) == 0) else "pending"


def _line(line: ShopFields, currency: str) -> NeutralLine:
    """Square's line total holds every tax, and its tax total both the taxes added and those inside the price."""
    net, tax = _net_and_tax(line, currency)
    product = line.identifier_or_none("catalog_object_id") or "custom"
    return NeutralLine(line.text("uid"), product, _quantity(line), net, tax, line.word("item_type") == "GIFT_CARD")


def _quantity(line: ShopFields) -> int:
    """Written as a text, and of goods sold by weight with digits after the point: those are one piece."""
    text = line.word("quantity")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 1


def _net_and_tax(part: ShopFields, currency: str) -> tuple[int, int]:
    total, tax = _money(part, "total_money", currency), _money(part, "total_tax_money", currency)
    if tax > total:
        raise part.wrong("total_tax_money", "at most the total")
    return total - tax, tax


def _money(part: ShopFields, name: str, currency: str) -> int:
    money = part.object_of(name)
    if not money.values:
        return 0
    amount_minor = money.whole("amount", 0)
    if amount_minor < 0 or money.currency("currency") != currency:
        raise part.wrong(name, f"an amount of zero or more in {currency}")
    return amount_minor


def _payment(data: ShopFields) -> str | None:
    tenders = data.objects_of("tenders")
    return (tenders[0].identifier_or_none("payment_id") or tenders[0].identifier_or_none("id")) if tenders else None


def _marks(data: ShopFields) -> Marks:
    """From the order's metadata, the reference a checkout may give it, and the names of the discounts on it."""
    names = [one.word("name").strip() for one in data.objects_of("discounts")]
    named, reference = dict(data.object_of("metadata").values), data.word("reference_id")
    if reference.startswith(("vis_", "tch_")):
        named.setdefault("tillhand_click" if reference.startswith("tch_") else "tillhand_visitor", reference)
    return read_marks(named, codes=[name for name in names if _CODE.fullmatch(name)])
