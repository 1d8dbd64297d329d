"""Reads an order in which nothing is wrong or odd, as nearly every one is, in a third of the careful reader's time.

It never says what is wrong: whatever it does not take as it stands (a field of another kind, a spoilt mark, a total that is not the sum of
its parts) it leaves to `generic.read_order`, which reads it again and finds the words. A property test holds the two together.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from billing.customer_hash import customer_hash
from billing.errors import AmountUnreadable, CurrencyUnknown
from billing.inbox.fields import FUTURE_MAX, YEAR_MIN
from billing.money import parse_amount
from billing.neutral_order import NeutralLine, NeutralOrder
from tenants.identifiers import PublicIdUnreadable, from_public

Text = Annotated[str, Meta(min_length=1, max_length=200)]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]


class _Amounts(Struct):
    total: str = "0"
    tax: str = "0"


class _Line(Struct):
    id: Text
    product: Text
    total: str
    tax: str = "0"
    quantity: Count = 1
    is_gift_card: bool = False
    categories: Annotated[list[Text], Meta(max_length=20)] | None = None


class _Marks(Struct):
    visitor: Text | None = None
    click: Text | None = None
    work: Text | None = None
    coupon: Text | None = None


class _Order(Struct):
    id: Text
    currency: Text
    created_at: str
    updated_at: str
    total: str
    lines: Annotated[list[_Line], Meta(max_length=1000)] | None = None
    number: Text | None = None
    status: Literal["pending", "paid", "cancelled"] = "paid"
    prices_include_tax: bool = False
    shipping: _Amounts | None = None
    tip: str = "0"
    is_test: bool = False
    is_staff: bool = False
    cart_created_at: str | None = None
    payment_reference: Text | None = None
    customer: Text | None = None
    attribution: _Marks | None = None
    codes: Annotated[list[Text], Meta(max_length=20)] | None = None


class _NotPlain(ValueError):
    """The careful reader must look at it."""


_NO_AMOUNTS: Final = _Amounts()
_NO_MARKS: Final = _Marks()
_IS_ODD: Final = (msgspec.ValidationError, AmountUnreadable, CurrencyUnknown, PublicIdUnreadable, ValueError)


def read_plain_order(data: Any, *, now: datetime, tenant_id: UUID | None) -> NeutralOrder | None:
    """The order that `generic.read_order` reads from the same data; None where that reader should look at it."""
    try:
        told = msgspec.convert(data, _Order)
        return _neutral(told, now, tenant_id)
    except _IS_ODD:
        return None


def _neutral(told: _Order, now: datetime, tenant_id: UUID | None) -> NeutralOrder:
    currency, gross = told.currency, told.prices_include_tax
    lines = tuple([_line(line, currency, gross) for line in told.lines or ()])
    if len(lines) > 1 and len({line.line_id for line in lines}) != len(lines):
        raise _NotPlain
    shipping = told.shipping or _NO_AMOUNTS
    shipping_minor, shipping_tax_minor = _net_and_tax(shipping.total, shipping.tax, currency, gross)
    tip_minor, captured_minor = _minor(told.tip, currency), _minor(told.total, currency)
    if sum([line.net_minor + line.tax_minor for line in lines]) + shipping_minor + shipping_tax_minor + tip_minor != captured_minor:
        raise _NotPlain
    marks = told.attribution or _NO_MARKS
    codes = [_printed(code) for code in (*(told.codes or ()), marks.coupon) if code is not None]
    customer = None if told.customer is None else _printed(told.customer)
    return NeutralOrder(
        _printed(told.id), _printed_or_none(told.number), told.status, _moment(told.created_at, now), _moment(told.updated_at, now),
        currency, lines, shipping_minor, shipping_tax_minor, tip_minor, captured_minor, told.is_test, told.is_staff,
        tuple(sorted(set(codes))), _mark(marks.visitor, "vis"), _mark(marks.click, "tch"), _mark(marks.work, "wrk"),
        None if told.cart_created_at is None else _moment(told.cart_created_at, now), _printed_or_none(told.payment_reference), (),
        None if customer is None or tenant_id is None else customer_hash(tenant_id, customer),
    )  # fmt: skip


def _line(line: _Line, currency: str, gross: bool) -> NeutralLine:
    net_minor, tax_minor = _net_and_tax(line.total, line.tax, currency, gross)
    categories = tuple(sorted({_printed(one) for one in line.categories})) if line.categories else ()
    return NeutralLine(_printed(line.id), _printed(line.product), line.quantity, net_minor, tax_minor, line.is_gift_card, categories)


def _net_and_tax(total: str, tax: str, currency: str, gross: bool) -> tuple[int, int]:
    total_minor, tax_minor = _minor(total, currency), _minor(tax, currency)
    if not gross:
        return total_minor, tax_minor
    if tax_minor > total_minor:
        raise _NotPlain
    return total_minor - tax_minor, tax_minor


def _minor(amount: str, currency: str) -> int:
    minor = parse_amount(amount, currency)
    if minor < 0:
        raise _NotPlain
    return minor


def _printed(text: str) -> str:
    if not text.isprintable():
        raise _NotPlain
    return text


def _printed_or_none(text: str | None) -> str | None:
    return None if text is None else _printed(text)


def _moment(text: str, now: datetime) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or moment.year < YEAR_MIN or moment > now + FUTURE_MAX:
        raise _NotPlain
    return moment.astimezone(UTC)


def _mark(text: str | None, prefix: str) -> UUID | None:
    if text is None:
        return None
    return from_public(prefix, text) if text.startswith(f"{prefix}_") else UUID(text)
