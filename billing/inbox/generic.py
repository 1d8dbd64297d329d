"""Reads the generic order webhook (app/api/ORDERS.md) into a neutral order or refund, or what else earns (earnings.py)."""

from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from billing.currencies import exponent_of
from billing.customer_hash import customer_hash
from billing.errors import CurrencyUnknown, OrderDoesNotAddUp, PayloadRefused
from billing.inbox.earnings import EARNING_TYPES, NeutralEarning, read_earning
from billing.inbox.fields import Fields
from billing.inbox.plain_orders import read_plain_order
from billing.inbox.strict_json import read_object
from billing.money import format_amount
from billing.neutral_order import NeutralLine, NeutralOrder, NeutralRefund, OrderStatus, RefundKind, RefundLine

LINES_MAX: Final = 1000
CODES_MAX: Final = 20
CATEGORIES_MAX: Final = 20
ORDER_TYPES: Final = ("order.paid", "order.updated")
REFUND_TYPES: Final = ("refund.created", "refund.updated")


def read_delivery(
    body: bytes, *, now: datetime, tenant_id: UUID | None = None
) -> tuple[str, NeutralOrder | NeutralRefund | NeutralEarning]:
    """The delivery's type and what it tells. Raises PayloadRefused (or CurrencyUnknown) with the field that is wrong.

    `tenant_id` salts the hash by which a shop's customers are known; without it an order names no customer.
    """
    document = read_object(body)
    event_type = Fields(document, "body").text("type")
    data = document.get("data")
    if not isinstance(data, dict):
        raise PayloadRefused("body.data must be an object.")
    if event_type in ORDER_TYPES:
        plain = read_plain_order(data, now=now, tenant_id=tenant_id)
        return event_type, plain or read_order(Fields(data), now=now, tenant_id=tenant_id)
    if event_type in REFUND_TYPES:
        return event_type, read_refund(Fields(data), now=now)
    if event_type in EARNING_TYPES:
        return event_type, read_earning(event_type, Fields(data), now=now)
    known = ", ".join(ORDER_TYPES + REFUND_TYPES + EARNING_TYPES)
    raise PayloadRefused(f"The type {event_type[:60]!r} is not known; send one of {known}.")


def read_order(data: Fields, *, now: datetime, tenant_id: UUID | None = None) -> NeutralOrder:
    """One order. The total must be the sum of its parts."""
    currency = _currency(data)
    gross = data.flag("prices_include_tax")
    lines = tuple(_line(line, currency, gross) for line in data.parts("lines", at_most=LINES_MAX))
    if len({line.line_id for line in lines}) != len(lines):
        raise PayloadRefused("data.lines: two lines have the same id.")
    shipping = _net_and_tax(data.part("shipping"), "total", currency, gross, default="0")
    order = NeutralOrder(
        external_id=data.text("id"), number=data.text_or_none("number"),
        status=cast(OrderStatus, data.one_of("status", ("pending", "paid", "cancelled"), "paid")),
        occurred_at=data.moment("created_at", now=now), source_updated_at=data.moment("updated_at", now=now),
        currency=currency, lines=lines,
        shipping_minor=shipping[0], shipping_tax_minor=shipping[1], tip_minor=data.amount("tip", currency, "0"),
        captured_minor=data.amount("total", currency), is_test=data.flag("is_test"), is_staff=data.flag("is_staff"),
        cart_created_at=data.moment_or_none("cart_created_at", now=now),
        payment_reference=data.text_or_none("payment_reference"), customer=_customer(data, tenant_id), **_marks(data),
    )  # fmt: skip
    _check_sum(order)
    return order


def read_refund(data: Fields, *, now: datetime) -> NeutralRefund:
    """One refund or chargeback, by lines or by amount alone."""
    currency = _currency(data)
    created = data.moment("created_at", now=now)
    refund = NeutralRefund(
        external_id=data.text("id"), kind=cast(RefundKind, data.one_of("kind", ("refund", "chargeback"), "refund")),
        external_order_id=data.text_or_none("order"), payment_reference=data.text_or_none("payment_reference"), occurred_at=created,
        source_updated_at=data.moment_or_none("updated_at", now=now) or created,
        currency=currency, amount_minor=data.amount("amount", currency),
        lines=tuple(_refund_line(line, currency) for line in data.parts("lines", at_most=LINES_MAX)),
        is_void=data.one_of("status", ("succeeded", "failed"), "succeeded") == "failed",
    )  # fmt: skip
    if refund.external_order_id is None and refund.payment_reference is None:
        raise PayloadRefused("data.order or data.payment_reference must say which order the money went back for.")
    if refund.amount_minor == 0:
        raise PayloadRefused("data.amount must be above zero.")
    if sum(line.net_minor + line.tax_minor for line in refund.lines) > refund.amount_minor:
        raise OrderDoesNotAddUp("The refund's lines add up to more than its amount.")
    return refund


def _currency(data: Fields) -> str:
    currency = data.text("currency")
    try:
        exponent_of(currency)
    except CurrencyUnknown as error:
        raise PayloadRefused(f"data.currency: {error}") from error
    return currency


def _line(line: Fields, currency: str, gross: bool) -> NeutralLine:
    net_minor, tax_minor = _net_and_tax(line, "total", currency, gross)
    categories = tuple(sorted(set(line.texts("categories", at_most=CATEGORIES_MAX))))
    return NeutralLine(
        line.text("id"), line.text("product"), line.count("quantity", 1), net_minor, tax_minor, line.flag("is_gift_card"), categories
    )


def _customer(data: Fields, tenant_id: UUID | None) -> str | None:
    """The shop's own id of the buyer is kept only as a hash that no other shop shares: enough to know a buyer who comes back."""
    own_id = data.text_or_none("customer")
    if own_id is None or tenant_id is None:
        return None
    return customer_hash(tenant_id, own_id)


def _refund_line(line: Fields, currency: str) -> RefundLine:
    net_minor, tax_minor = _net_and_tax(line, "total", currency, gross=True)
    return RefundLine(line.text("line"), net_minor, tax_minor)


def _net_and_tax(part: Fields, name: str, currency: str, gross: bool, default: str | None = None) -> tuple[int, int]:
    total, tax = part.amount(name, currency, default), part.amount("tax", currency, "0")
    if gross and tax > total:
        raise OrderDoesNotAddUp(f"{part.path}: the tax is more than the amount that includes it.")
    return (total - tax if gross else total), tax


def _marks(data: Fields) -> dict[str, Any]:
    """The employee's marks that travelled through the cart. A coupon in the mark counts like a code on the order."""
    marks = data.part("attribution")
    visitor, about_visitor = marks.mark("visitor", "vis")
    click, about_click = marks.mark("click", "tch")
    work, about_work = marks.mark("work", "wrk")
    notes = tuple(note for note in (about_visitor, about_click, about_work) if note)
    coupon = marks.text_or_none("coupon")
    codes = (*data.texts("codes", at_most=CODES_MAX), *((coupon,) if coupon else ()))
    return {"visitor_id": visitor, "click_id": click, "work_id": work, "notes": notes, "codes": tuple(sorted(set(codes)))}


def _check_sum(order: NeutralOrder) -> None:
    lines = sum(line.net_minor + line.tax_minor for line in order.lines)
    parts = lines + order.shipping_minor + order.shipping_tax_minor + order.tip_minor
    if parts != order.captured_minor:
        said, found = (format_amount(minor, order.currency) for minor in (order.captured_minor, parts))
        raise OrderDoesNotAddUp(f"data.total says {said}, but lines, taxes, shipping and tip add up to {found} {order.currency}.")
