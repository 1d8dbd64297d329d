"""Writes orders and refunds as the generic messages of Tillhand's page ORDERS.md. No name and no address of a buyer is in them."""

from datetime import datetime
from typing import Any

from app.demo.shop.order import Order, OrderLine, Refund, RefundedLine

STATUS_WORDS = {"placed": "pending", "paid": "paid", "cancelled": "cancelled"}


def order_message(topic: str, order: Order) -> dict[str, Any]:
    """The whole order as it is sold, before any refund; `topic` is order.paid or order.updated."""
    data: dict[str, Any] = {
        "id": order.order_id,
        "number": order.number,
        "status": STATUS_WORDS[order.status],
        "created_at": _time(order.created_at),
        "updated_at": _time(order.updated_at),
        "currency": order.currency,
        "prices_include_tax": False,
        "lines": [_line(line) for line in order.lines],
        "shipping": {"total": amount(order.shipping_minor)},
        "tip": amount(order.tip_minor),
        "total": amount(order.total_minor),
        "codes": [order.coupon] if order.coupon else [],
        "attribution": order.attribution.model_dump(),
        "cart_created_at": _time(order.cart_created_at),
        "payment_reference": f"pretended-{order.order_id}" if order.paid_at else None,
    }
    return {"type": topic, "timestamp": _time(order.updated_at), "data": data}


def refund_message(order: Order, refund: Refund) -> dict[str, Any]:
    """Money that went back, by lines where the shop knows them."""
    data: dict[str, Any] = {
        "id": refund.refund_id,
        "order": order.order_id,
        "created_at": _time(refund.refunded_at),
        "currency": order.currency,
        "amount": amount(refund.amount_minor),
        "lines": [_refunded_line(line) for line in refund.lines],
    }
    return {"type": "refund.created", "timestamp": _time(refund.refunded_at), "data": data}


def amount(amount_minor: int) -> str:
    """`450` as `"4.50"`: the message wants amounts as texts in the currency's own unit. Below zero there is nothing to tell."""
    return f"{amount_minor // 100}.{amount_minor % 100:02d}"


def _line(line: OrderLine) -> dict[str, Any]:
    return {
        "id": line.line_id,
        "product": line.slug,
        "quantity": line.quantity,
        "total": amount(line.net_minor),
        "tax": amount(line.tax_minor),
    }


def _refunded_line(line: RefundedLine) -> dict[str, Any]:
    return {"line": line.line_id, "total": amount(line.net_minor + line.tax_minor), "tax": amount(line.tax_minor)}


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
