"""The quick reader of orders says what the careful one says, or nothing at all."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shopkeeper import order_message

from billing.errors import BillingError
from billing.inbox.fields import Fields
from billing.inbox.generic import read_order
from billing.inbox.plain_orders import read_plain_order
from billing.neutral_order import NeutralOrder
from tenants.identifiers import to_public

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SHOP = UUID("0193484e-5a00-7000-8000-00000000a001")
PAYLOADS = Path(__file__).parents[1] / "payloads" / "generic"
RICH: dict[str, Any] = {
    "id": "1001", "number": "#1001", "status": "paid", "created_at": "2026-11-20T10:00:00+01:00", "updated_at": "2026-11-20T09:00:00Z",
    "currency": "EUR", "prices_include_tax": True, "total": "52.40", "tip": "1.00", "is_test": False, "is_staff": True,
    "lines": [
        {"id": "1", "product": "bag", "quantity": 2, "total": "21.60", "tax": "3.60", "categories": ["b", "a", "b"]},
        {"id": "2", "product": "card", "total": "25.00", "is_gift_card": True},
    ],
    "shipping": {"total": "4.80", "tax": "0.80"}, "cart_created_at": "2026-11-20T08:00:00Z", "payment_reference": "pi_1", "customer": "c-7",
    "attribution": {"visitor": str(SHOP), "click": to_public("tch", SHOP), "work": to_public("wrk", SHOP), "coupon": "AB-1"},
    "codes": ["K7", "AB-1"],
}  # fmt: skip


def both(data: Any, tenant_id: UUID | None = SHOP) -> tuple[NeutralOrder | None, NeutralOrder | None]:
    try:
        careful = read_order(Fields(data), now=NOW, tenant_id=tenant_id)
    except BillingError:
        careful = None
    return read_plain_order(data, now=NOW, tenant_id=tenant_id), careful


@pytest.mark.parametrize("tenant_id", [SHOP, None])
@pytest.mark.parametrize(
    "data",
    [RICH, order_message()["data"], json.loads((PAYLOADS / "order_paid.json").read_bytes())["data"], {**RICH, "weight": 7, "lines": None,
     "total": "5.80", "shipping": {"total": "4.80"}, "attribution": None, "codes": None, "customer": None, "cart_created_at": None}],
)  # fmt: skip
def test_orders_that_are_plain_are_read_the_quick_way_and_read_the_same(data: dict[str, Any], tenant_id: UUID | None) -> None:
    plain, careful = both(data, tenant_id)
    assert plain is not None
    assert plain == careful


def changed(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        *way, last = path.split(".")
        for step in way:
            data = data[int(step)] if isinstance(data, list) else data[step]
        data[last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("total", "52.41"), ("total", 52.4), ("currency", "XXX"), ("id", "a\nb"), ("id", "x" * 201), ("created_at", "2026-11-20T10:00:00"),
        ("created_at", "1999-01-01T00:00:00Z"), ("updated_at", "2027-01-01T00:00:00Z"), ("updated_at", "soon"), ("lines.1.id", "1"),
        ("lines.0.tax", "22.00"), ("tip", "-1.00"), ("attribution.visitor", "robert'); drop table"), ("attribution.click", "tch_!"),
        ("attribution.click", 7), ("codes", ["a\u0007"]), ("lines.0.quantity", True), ("status", "lost"),
    ],
)  # fmt: skip
def test_what_is_odd_is_left_to_the_careful_reader(path: str, value: Any) -> None:
    data = json.loads(json.dumps(RICH))
    changed(path, value)(data)
    assert read_plain_order(data, now=NOW, tenant_id=SHOP) is None


_NAMES = st.sampled_from([*RICH, "lines.0.total", "lines.0.tax", "lines.0.id", "lines.0.quantity", "lines.1.is_gift_card", "shipping.tax",
                          "lines.0.categories", "attribution.visitor", "attribution.work", "attribution.coupon"])  # fmt: skip
_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2_000_000), st.text(max_size=4), st.decimals(0, 9, places=2).map(str), st.just([]),
    st.just({}), st.sampled_from(["", "JPY", "0.00", "2026-11-20T09:00:00.5Z", "2026-11-20", "vis_", "ſ", "\ud800", "１", ["a"], [1], " "]),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(_NAMES, _VALUES), max_size=3))
def test_whatever_stands_in_an_order_both_readers_agree(changes: list[tuple[str, Any]]) -> None:
    data = json.loads(json.dumps(RICH))
    for path, value in changes:
        try:
            changed(path, value)(data)
        except (TypeError, KeyError, IndexError):
            continue
    plain, careful = both(data)
    assert plain is None or plain == careful
