"""A small order in each system's own words, for the test event: it goes through door, signature and reading, and is not booked."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

_ID: Final = 1
_LINE: Final = "12.00"


def _shopify(now: datetime) -> dict[str, Any]:
    return {
        "id": _ID, "name": "#TEST", "test": True, "created_at": now.isoformat(), "updated_at": now.isoformat(), "currency": "EUR",
        "financial_status": "paid", "taxes_included": True, "total_price": _LINE,
        "line_items": [{"id": 1, "product_id": 1, "quantity": 1, "price": _LINE, "tax_lines": [{"price": "2.00"}]}],
    }  # fmt: skip


def _woocommerce(now: datetime) -> dict[str, Any]:
    moment = now.strftime("%Y-%m-%dT%H:%M:%S")
    return {
        "id": _ID, "number": "TEST", "status": "processing", "currency": "EUR", "date_created_gmt": moment, "date_modified_gmt": moment,
        "total": _LINE, "line_items": [{"id": 1, "product_id": 1, "quantity": 1, "total": "10.00", "total_tax": "2.00"}],
    }  # fmt: skip


def _stripe(now: datetime) -> dict[str, Any]:
    seconds = int(now.timestamp())
    session = {
        "id": "cs_test_tillhand", "created": seconds, "mode": "payment", "payment_status": "paid", "amount_total": 1200,
        "currency": "eur", "payment_intent": "pi_test_tillhand",
    }  # fmt: skip
    return {
        "id": f"evt_test_{seconds}", "created": seconds, "livemode": False, "type": "checkout.session.completed",
        "data": {"object": session},
    }  # fmt: skip


def _square(now: datetime) -> dict[str, Any]:
    refund = {
        "id": "test", "status": "COMPLETED", "payment_id": "test", "amount_money": {"amount": 1200, "currency": "EUR"},
        "created_at": now.isoformat(), "updated_at": now.isoformat(),
    }  # fmt: skip
    return {"type": "refund.updated", "event_id": f"test-{now.isoformat()}", "data": {"object": {"refund": refund}}}


def _generic(now: datetime) -> dict[str, Any]:
    line = {"id": "1", "product": "test", "quantity": 1, "total": _LINE, "tax": "2.00"}
    data = {
        "id": "test", "created_at": now.isoformat(), "updated_at": now.isoformat(), "currency": "EUR", "prices_include_tax": True,
        "lines": [line], "total": _LINE, "is_test": True,
    }  # fmt: skip
    return {"type": "order.paid", "data": data}


_SAMPLES: Final[Mapping[str, Callable[[datetime], dict[str, Any]]]] = {
    "shopify": _shopify, "woocommerce": _woocommerce, "stripe": _stripe, "square": _square, "generic": _generic,
}  # fmt: skip


def sample_of(kind: str, *, now: datetime) -> bytes:
    """The test event's body for one kind."""
    return json.dumps(_SAMPLES[kind](now)).encode()
