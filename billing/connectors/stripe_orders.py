"""What Stripe's events say about sales: checkout sessions, paid invoices, refunds and disputes, in Stripe's own minor units."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from billing.connectors.marks import Marks, read_marks
from billing.connectors.values import ShopFields, ranked
from billing.currencies import exponent_of
from billing.customer_hash import customer_hash
from billing.errors import OrderDoesNotAddUp
from billing.neutral_order import NeutralLine, NeutralOrder, NeutralRefund, OrderStatus, RefundKind

OWN_EXPONENTS: Final = {"MGA": 0, "ISK": 2, "UGX": 2}
"""Where Stripe counts in other units than ISO 4217: whole ariary; and hundredths of króna and shilling, for old programs' sake."""
_ORDER_RANK: Final[dict[OrderStatus, int]] = {"pending": 0, "cancelled": 1, "paid": 2}
_REFUND_RANK: Final = {"pending": 0, "requires_action": 0, "succeeded": 1, "failed": 2, "canceled": 2}
_DISPUTE_RANK: Final = {"created": 0, "updated": 1, "funds_withdrawn": 2, "funds_reinstated": 3, "closed": 4}
_NOT_TAKEN: Final = ("won", "warning_needs_response", "warning_under_review", "warning_closed", "prevented")
PAYMENTS_MAX: Final = 250


@dataclass(frozen=True, slots=True)
class StripeEvent:
    """An event: its type, when Stripe made it, whether it is of a test account, and the object it is about."""

    event_type: str
    created: datetime
    is_test: bool
    about: ShopFields
    tenant_id: UUID
    now: datetime


def read_checkout(event: StripeEvent) -> NeutralOrder | str:
    """A checkout session as an order of one line; for a subscription a note, for its invoices tell every payment, the first one too."""
    session = event.about
    if session.word("mode") == "subscription" or session.values.get("subscription"):
        return "The subscription's invoice tells this sale (invoice.paid); the session itself moves no money."
    status: OrderStatus = "paid" if session.word("payment_status") in ("paid", "no_payment_required") else "pending"
    if event.event_type.endswith("async_payment_failed"):
        status = "cancelled"
    sums, currency = session.object_of("total_details"), session.currency("currency")
    sale = _Sale("checkout", _units(session, "amount_total", currency), _units(sums, "amount_tax", currency, 0), currency)
    marks = _marks(session.object_of("metadata").values, session.values.get("client_reference_id"))
    return _order(event, sale, status, marks, _units(sums, "amount_shipping", currency, 0))


def read_invoice(event: StripeEvent) -> NeutralOrder | str:
    """A paid invoice, such as a subscription's renewal. Marks come from the metadata of the subscription and of the invoice."""
    invoice = event.about
    currency, subscription = invoice.currency("currency"), _subscription(invoice)
    total = _units(invoice, "total", currency)
    if total <= 0:
        return "An invoice that gives credit is no sale."
    sale = _Sale("subscription" if subscription else "invoice", total, _invoice_tax(invoice, currency), currency)
    metadata = {**(subscription or {}), **invoice.object_of("metadata").values}
    return _order(event, sale, "paid", _marks(metadata, None), 0)


def read_refund(event: StripeEvent) -> NeutralRefund:
    """A refund; it counts once it succeeded, and a failure after that takes it back."""
    status = event.about.word("status")
    return _back(event, "refund", _REFUND_RANK.get(status, 0), is_void=status != "succeeded")


def read_dispute(event: StripeEvent) -> NeutralRefund:
    """A dispute takes the money until it is won; an inquiry has not taken any."""
    step = event.event_type.rpartition(".")[2]
    return _back(event, "chargeback", _DISPUTE_RANK.get(step, 0), is_void=event.about.word("status") in _NOT_TAKEN)


@dataclass(frozen=True, slots=True)
class _Sale:
    """What was sold as one line: the whole amount and the tax in it."""

    product: str
    total_minor: int
    tax_minor: int
    currency: str


def _back(event: StripeEvent, kind: RefundKind, rank: int, *, is_void: bool) -> NeutralRefund:
    data = event.about
    currency = data.currency("currency")
    amount_minor = _units(data, "amount", currency)
    if amount_minor <= 0:
        raise data.wrong("amount", "above zero")
    return NeutralRefund(
        external_id=data.text("id"), kind=kind, external_order_id=None,
        payment_reference=data.text_or_none("payment_intent") or data.text("charge"), occurred_at=data.seconds("created", now=event.now),
        source_updated_at=ranked(event.created, rank), currency=currency, amount_minor=amount_minor, is_void=is_void,
    )  # fmt: skip


def _order(event: StripeEvent, sale: _Sale, status: OrderStatus, marks: Marks, shipping_minor: int) -> NeutralOrder:
    data, buyer = event.about, event.about.identifier_or_none("customer")
    cost = data.object_of("shipping_cost")
    ship = _units(cost, "amount_total", sale.currency, 0) or shipping_minor
    ship_tax = _units(cost, "amount_tax", sale.currency, 0)
    tax_minor = sale.tax_minor - ship_tax
    net_minor = sale.total_minor - ship - tax_minor
    if min(net_minor, tax_minor, ship - ship_tax) < 0:
        raise OrderDoesNotAddUp("Tax and delivery come to more than the total.")
    return NeutralOrder(
        external_id=data.text("id"), number=data.text_or_none("number"), status=status, occurred_at=data.seconds("created", now=event.now),
        source_updated_at=ranked(event.created, _ORDER_RANK[status]), currency=sale.currency,
        lines=(NeutralLine("1", sale.product, 1, net_minor, tax_minor, False),), shipping_minor=ship - ship_tax,
        shipping_tax_minor=ship_tax, tip_minor=0, captured_minor=sale.total_minor, is_test=event.is_test, codes=marks.codes,
        visitor_id=marks.visitor_id, click_id=marks.click_id, work_id=marks.work_id, notes=marks.notes, payment_reference=_payment(data),
        customer=customer_hash(event.tenant_id, buyer) if buyer else None,
    )  # fmt: skip


def _payment(data: ShopFields) -> str | None:
    """The payment intent. Invoices of newer versions list their payments; those of older ones name the intent or the charge."""
    listed = data.object_of("payments").objects_of("data", at_most=PAYMENTS_MAX)
    intents = [one.object_of("payment").text_or_none("payment_intent") for one in listed]
    return data.text_or_none("payment_intent") or next((one for one in intents if one), None) or data.text_or_none("charge")


def _subscription(invoice: ShopFields) -> Mapping[str, Any] | None:
    """The metadata of the subscription an invoice belongs to, where either version of Stripe puts it; None without a subscription."""
    for details in (invoice.object_of("parent").object_of("subscription_details"), invoice.object_of("subscription_details")):
        if details.values:
            return details.object_of("metadata").values
    return {} if invoice.values.get("subscription") else None


def _invoice_tax(invoice: ShopFields, currency: str) -> int:
    """All tax on an invoice, added to its prices or inside them; its newer and older lists say the same."""
    listed = invoice.objects_of("total_taxes") or invoice.objects_of("total_tax_amounts")
    return sum(_units(one, "amount", currency) for one in listed) or _units(invoice, "tax", currency, 0)


def _marks(metadata: Mapping[str, Any], reference: Any) -> Marks:
    """From the metadata, and from the reference a shop may give to a session: a visitor, or the click of a tracked link."""
    named = dict(metadata)
    if isinstance(reference, str):
        name = "tillhand_click" if reference.startswith("tch_") else "tillhand_visitor"
        if reference.startswith(("tch_", "vis_")):
            named.setdefault(name, reference)
    return read_marks(named)


def _units(data: ShopFields, name: str, currency: str, default: int | None = None) -> int:
    """An amount in Stripe's minor units as ISO 4217's."""
    value, off = data.whole(name, default), exponent_of(currency) - OWN_EXPONENTS.get(currency, exponent_of(currency))
    if off >= 0:
        return value * int(10**off)
    step = int(10**-off)
    if value % step:
        raise data.wrong(name, f"a whole number of {currency}")
    return value // step
