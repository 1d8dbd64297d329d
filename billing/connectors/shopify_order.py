"""A Shopify order as a neutral one: as it was sold, in the shop's own currency, before anything was given back."""

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from billing.connectors.marks import Marks, pairs, read_marks
from billing.connectors.sums import parts_minor, with_cents_settled
from billing.connectors.values import ShopFields, ranked
from billing.customer_hash import customer_hash
from billing.neutral_order import NeutralLine, NeutralOrder, OrderStatus

_PAID: Final = ("paid", "partially_refunded", "refunded")
_RANK: Final[dict[OrderStatus, int]] = {"pending": 0, "paid": 1, "cancelled": 2}


def read_shopify_order(data: ShopFields, *, tenant_id: UUID, now: datetime) -> NeutralOrder:
    """One order, whatever topic brought it. Raises PayloadRefused with the field that is wrong."""
    currency, gross = data.currency("currency"), data.flag("taxes_included")
    sold = data.objects_of("line_items")
    lines = tuple(_line(one, currency, gross=gross) for one in sold if not _is_tip(one))
    shipping_minor, shipping_tax_minor = _shipping(data, currency, gross=gross)
    status, marks, buyer = _status(data), _marks(data), data.object_of("customer").identifier_or_none("id")
    order = NeutralOrder(
        external_id=data.identifier("id"), number=data.text_or_none("name"), status=status,
        occurred_at=data.moment("created_at", now=now), source_updated_at=ranked(data.moment("updated_at", now=now), _RANK[status]),
        currency=currency, lines=lines, shipping_minor=shipping_minor, shipping_tax_minor=shipping_tax_minor,
        tip_minor=_tip(data, sold, currency), captured_minor=data.minor("total_price", currency), is_test=data.flag("test"),
        codes=marks.codes, visitor_id=marks.visitor_id, click_id=marks.click_id, work_id=marks.work_id, notes=marks.notes,
        payment_reference=data.identifier_or_none("checkout_token"), customer=customer_hash(tenant_id, buyer) if buyer else None,
    )  # fmt: skip
    return with_cents_settled(_with_duties(order, data))


def _status(data: ShopFields) -> OrderStatus:
    if data.values.get("cancelled_at") is not None or data.word("financial_status") == "voided":
        return "cancelled"
    return "paid" if data.word("financial_status") in _PAID else "pending"


def _line(line: ShopFields, currency: str, *, gross: bool) -> NeutralLine:
    quantity = line.count("quantity", 1)
    total_minor = _shop_money(line, "price", currency) * quantity - _discounts(line, currency)
    tax_minor = _taxes(line, currency)
    product = line.identifier_or_none("product_id") or line.identifier_or_none("sku") or "custom"
    net_minor = total_minor - tax_minor if gross else total_minor
    if net_minor < 0:
        raise line.wrong("price", "more than its discounts and the tax in it")
    return NeutralLine(line.identifier("id"), product, quantity, net_minor, tax_minor, line.flag("gift_card"))


def _shipping(data: ShopFields, currency: str, *, gross: bool) -> tuple[int, int]:
    """(net, tax) of every delivery that was not taken off again."""
    charged = [one for one in data.objects_of("shipping_lines") if one.values.get("is_removed") is not True]
    total = sum(_shop_money(one, "price", currency) - _discounts(one, currency) for one in charged)
    tax = sum(_taxes(one, currency) for one in charged)
    return (total - tax if gross else total), tax


def _shop_money(part: ShopFields, name: str, currency: str) -> int:
    """The amount in the shop's currency; beside it stands what the buyer saw, in theirs."""
    in_shop = part.object_of(f"{name}_set").object_of("shop_money")
    return in_shop.minor("amount", currency) if in_shop.values else part.minor(name, currency)


def _discounts(part: ShopFields, currency: str) -> int:
    return sum(_shop_money(one, "amount", currency) for one in part.objects_of("discount_allocations"))


def _taxes(part: ShopFields, currency: str) -> int:
    return sum(_shop_money(one, "price", currency) for one in part.objects_of("tax_lines"))


def _is_tip(line: ShopFields) -> bool:
    """A tip given at checkout is a line too, known by how it was paid."""
    return bool(line.values.get("tip_payment_gateway") or line.values.get("tip_payment_method"))


def _tip(data: ShopFields, sold: list[ShopFields], currency: str) -> int:
    as_lines = sum(_shop_money(one, "price", currency) * one.count("quantity", 1) for one in sold if _is_tip(one))
    return as_lines or data.minor("total_tip_received", currency, "0")


def _with_duties(order: NeutralOrder, data: ShopFields) -> NeutralOrder:
    """Customs duties and other charges the order names beside its lines are costs of delivery: nobody earns a share of them."""
    named = sum(
        data.object_of(name).object_of("shop_money").minor("amount", order.currency, "0")
        for name in ("original_total_duties_set", "original_total_additional_fees_set")
    )
    if not named or order.captured_minor - parts_minor(order) < named:
        return order
    return replace(order, shipping_minor=order.shipping_minor + named)


def _marks(data: ShopFields) -> Marks:
    """From the cart's attributes, the codes typed or applied, and the page the buyer landed on."""
    codes = [one.word("code") for one in data.objects_of("discount_codes")]
    codes += [one.word("code") for one in data.objects_of("discount_applications") if one.word("type") == "discount_code"]
    attributes = pairs(data.objects_of("note_attributes"), "name")
    return read_marks(attributes, codes=codes, urls=(data.values.get("landing_site"),))
