"""A WooCommerce order as a neutral one, and the refunds it lists. Its lines' totals never include tax, whatever the shop's prices do."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from billing.connectors.marks import Marks, pairs, read_marks
from billing.connectors.sums import taken_off, with_cents_settled
from billing.connectors.values import ShopFields, ranked
from billing.customer_hash import customer_hash
from billing.neutral_order import NeutralLine, NeutralOrder, NeutralRefund, OrderStatus

_PAID: Final = ("processing", "completed", "refunded")
_CANCELLED: Final = ("cancelled", "failed", "trash")
_RANK: Final[dict[OrderStatus, int]] = {"pending": 0, "paid": 1, "cancelled": 2}
_TIPS: Final = ("tip", "tips", "gratuity")
_GIFT_CARD_KEYS: Final = ("wc_gc_giftcard", "_wc_gc_giftcard", "pw_gift_card")
_PAYMENT_KEYS: Final = ("_stripe_intent_id", "_payment_intent_id")
_ENTRY_KEYS: Final = ("_wc_order_attribution_session_entry",)


def read_woo_order(data: ShopFields, *, tenant_id: UUID, now: datetime) -> NeutralOrder:
    """One order as it was sold. Raises PayloadRefused with the field that is wrong."""
    currency, meta = data.currency("currency"), pairs(data.objects_of("meta_data"), "key")
    status, marks, buyer = _status(data), _marks(data, meta), data.identifier_or_none("customer_id")
    lines, shipping_net, shipping_tax, tip = _parts(data, currency)
    order = NeutralOrder(
        external_id=data.identifier("id"), number=data.identifier_or_none("number"), status=status,
        occurred_at=data.gmt("date_created_gmt", now=now),
        source_updated_at=ranked(data.gmt("date_modified_gmt", now=now), _RANK[status]), currency=currency, lines=lines,
        shipping_minor=shipping_net, shipping_tax_minor=shipping_tax, tip_minor=tip,
        captured_minor=data.minor("total", currency) + _paid_by_gift_card(data, currency), codes=marks.codes, visitor_id=marks.visitor_id,
        click_id=marks.click_id, work_id=marks.work_id, notes=marks.notes, payment_reference=_payment(data, meta),
        customer=customer_hash(tenant_id, buyer) if buyer else None,
    )  # fmt: skip
    return with_cents_settled(order)


def read_woo_refunds(data: ShopFields, order: NeutralOrder) -> list[NeutralRefund]:
    """The refunds an order lists, by amount. When they were made is not told, so they carry the order's day, the same in every telling."""
    refunds = [(one.identifier("id"), -one.minor("total", order.currency)) for one in data.objects_of("refunds")]
    return [
        NeutralRefund(
            external_id=refund_id, kind="refund", external_order_id=order.external_id, payment_reference=None,
            occurred_at=order.occurred_at, source_updated_at=order.occurred_at, currency=order.currency, amount_minor=amount_minor,
        )
        for refund_id, amount_minor in refunds
        if amount_minor > 0
    ]  # fmt: skip


def _status(data: ShopFields) -> OrderStatus:
    """A status that a plugin invented ("shipped") is a paid one when the order has been paid."""
    status = data.word("status")
    if status in _CANCELLED:
        return "cancelled"
    return "paid" if status in _PAID or data.values.get("date_paid_gmt") else "pending"


def _parts(data: ShopFields, currency: str) -> tuple[tuple[NeutralLine, ...], int, int, int]:
    """(lines, delivery and surcharges net, their tax, tip). A fee below zero is a discount on the lines; one above is no product."""
    lines = tuple(_line(one, currency) for one in data.objects_of("line_items"))
    shipping = [(one.minor("total", currency), one.minor("total_tax", currency, "0")) for one in data.objects_of("shipping_lines")]
    tip = 0
    for fee in data.objects_of("fee_lines"):
        net, tax = fee.minor("total", currency), fee.minor("total_tax", currency, "0")
        if net < 0:
            lines = taken_off(lines, -net, -tax)
        elif fee.word("name").strip().lower() in _TIPS:
            tip += net + tax
        else:
            shipping.append((net, tax))
    return lines, sum(one[0] for one in shipping), sum(one[1] for one in shipping), tip


def _line(line: ShopFields, currency: str) -> NeutralLine:
    product = line.identifier_or_none("product_id") or line.identifier_or_none("sku") or "custom"
    net, tax = line.minor("total", currency), line.minor("total_tax", currency, "0")
    if net < 0 or tax < 0:
        raise line.wrong("total", "an amount of zero or more")
    is_gift_card = any(key.startswith(_GIFT_CARD_KEYS) for key in pairs(line.objects_of("meta_data"), "key"))
    return NeutralLine(line.identifier("id"), product, line.count("quantity", 1), net, tax, is_gift_card)


def _paid_by_gift_card(data: ShopFields, currency: str) -> int:
    """A gift card takes its amount off the total; the buyer has paid that part all the same."""
    return sum(one.minor("amount", currency) for one in data.objects_of("gift_cards"))


def _payment(data: ShopFields, meta: dict[str, Any]) -> str | None:
    """The payment provider's id of the payment: the intent where a plugin kept it, else what WooCommerce calls the transaction."""
    kept = [meta.get(key) for key in _PAYMENT_KEYS]
    named = ShopFields({"payment": next((one for one in kept if isinstance(one, str) and one), None)}, f"{data.path}.meta_data")
    return named.text_or_none("payment") or data.identifier_or_none("transaction_id")


def _marks(data: ShopFields, meta: dict[str, Any]) -> Marks:
    codes = [one.word("code") for one in data.objects_of("coupon_lines")]
    return read_marks(meta, codes=codes, urls=[meta.get(key) for key in _ENTRY_KEYS])
