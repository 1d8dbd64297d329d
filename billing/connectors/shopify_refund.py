"""A Shopify refund: what went back for which line, once the money has really moved.

The message is sent when a refund is made, whether or not its money moves. Its transactions say: succeeded, it counts; still pending or
failed, it is void until a later telling says otherwise. A refund without any transaction takes goods off the order (an edit), and these
count as gone back.
"""

from datetime import datetime

from billing.connectors.values import ShopFields, ranked
from billing.neutral_order import NeutralRefund, RefundLine


def read_shopify_refund(data: ShopFields, *, order_id: str, now: datetime) -> NeutralRefund | None:
    """One refund, alone or inside its order; None where neither money nor goods went back."""
    currency = _currency(data)
    if currency is None:
        return None
    paid_back = [one for one in data.objects_of("transactions") if one.word("kind") == "refund"]
    moved = [one for one in paid_back if one.word("status") == "success"]
    counted = [one for one in (moved or paid_back) if one.currency("currency") == currency]
    money_minor = sum(one.minor("amount", currency) for one in counted)
    lines = _lines(data, currency, money_minor)
    lines_minor = sum(line.net_minor + line.tax_minor for line in lines)
    amount_minor = money_minor if counted else lines_minor
    if amount_minor <= 0:
        return None
    created_at = data.moment("created_at", now=now)
    told_at = max([created_at, *(one.moment("processed_at", now=now) for one in paid_back if one.values.get("processed_at"))])
    return NeutralRefund(
        external_id=data.identifier("id"), kind="refund", external_order_id=order_id, payment_reference=None, occurred_at=created_at,
        source_updated_at=ranked(told_at, len(moved)), currency=currency, amount_minor=amount_minor,
        lines=lines if lines_minor <= amount_minor else (), is_void=bool(paid_back) and not moved,
    )  # fmt: skip


def _currency(data: ShopFields) -> str | None:
    """The shop's currency where lines tell it; a refund of an amount alone is in the currency its money moved in."""
    for line in data.objects_of("refund_line_items"):
        return line.object_of("subtotal_set").object_of("shop_money").currency("currency_code")
    for transaction in data.objects_of("transactions"):
        return transaction.currency("currency")
    return None


def _lines(data: ShopFields, currency: str, money_minor: int) -> tuple[RefundLine, ...]:
    """What went back for each line. Whether subtotals hold their tax is nowhere said, but the money that moved adds up in one way only."""
    told = [
        (one.identifier("line_item_id"), _amount(one, "subtotal_set", currency), _amount(one, "total_tax_set", currency))
        for one in data.objects_of("refund_line_items")
    ]
    subtotals, taxes = sum(one[1] for one in told), sum(one[2] for one in told)
    beside = sum(
        abs(_amount(one, "amount_set", currency) + _amount(one, "tax_amount_set", currency))
        for one in data.objects_of("order_adjustments")
        if one.word("kind") == "shipping_refund"
    )
    is_gross = taxes > 0 and money_minor == subtotals + beside
    return tuple(RefundLine(line_id, subtotal - tax if is_gross else subtotal, tax) for line_id, subtotal, tax in told)


def _amount(part: ShopFields, name: str, currency: str) -> int:
    return part.object_of(name).object_of("shop_money").minor("amount", currency, "0")
