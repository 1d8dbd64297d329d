"""The generic message: what it says is read exactly, and what cannot be right is set aside with the field that is wrong."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shopkeeper import order_message, refund_message

from billing.errors import BillingError, OrderDoesNotAddUp, PayloadRefused
from billing.inbox.generic import read_delivery
from billing.neutral_order import (
    NeutralOrder,
    NeutralRefund,
    RefundLine,
    order_document,
    order_sha256,
    read_order,
    read_refund,
    refund_document,
)
from tenants.identifiers import to_public

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
PAYLOADS = Path(__file__).parents[1] / "payloads" / "generic"


def read(message: dict[str, Any] | bytes, *, now: datetime = NOW) -> NeutralOrder | NeutralRefund:
    return read_delivery(message if isinstance(message, bytes) else json.dumps(message).encode(), now=now)[1]


def test_taxes_are_taken_out_of_prices_that_include_them() -> None:
    order = read((PAYLOADS / "order_paid.json").read_bytes())
    assert isinstance(order, NeutralOrder)
    assert [(line.net_minor, line.tax_minor, line.is_gift_card) for line in order.lines] == [(1800, 360, False), (2500, 0, True)]
    assert (order.shipping_minor, order.shipping_tax_minor, order.tip_minor, order.captured_minor) == (400, 80, 100, 5240)
    assert order.codes == ("K7QZM-4HXPA",)
    assert read_order(order_document(order)) == order


def test_a_refund_by_lines_is_read_without_its_tax() -> None:
    refund = read((PAYLOADS / "refund_lines.json").read_bytes(), now=NOW + timedelta(days=2))
    assert isinstance(refund, NeutralRefund)
    assert refund.lines == (RefundLine("1", 900, 180),)
    assert read_refund(refund_document(refund)) == refund


def test_three_digits_and_no_digits_follow_the_currency() -> None:
    dinar = read(order_message(total="1.250", currency="KWD"))
    yen = read(order_message(total="1250", currency="JPY"))
    assert isinstance(dinar, NeutralOrder)
    assert isinstance(yen, NeutralOrder)
    assert (dinar.captured_minor, yen.captured_minor) == (1250, 1250)


def test_what_we_do_not_know_is_not_read_and_changes_nothing() -> None:
    plain, chatty = read(order_message()), read(order_message(buyer={"email": "a@b.example"}, weight=1.5))
    assert isinstance(plain, NeutralOrder)
    assert isinstance(chatty, NeutralOrder)
    assert order_sha256(plain) == order_sha256(chatty)


def test_marks_come_as_uuid_or_with_their_prefix_and_a_spoilt_one_is_only_noted() -> None:
    visitor = "0193484e-5a00-7000-8000-00000000a001"
    plain = read(order_message(attribution={"visitor": visitor}))
    prefixed = read(order_message(attribution={"visitor": to_public("vis", UUID(visitor)), "coupon": "AB-1"}))
    spoilt = read(order_message(attribution={"visitor": "robert'); drop table", "click": 7}))
    assert isinstance(plain, NeutralOrder)
    assert isinstance(prefixed, NeutralOrder)
    assert isinstance(spoilt, NeutralOrder)
    assert plain.visitor_id == prefixed.visitor_id == UUID(visitor)
    assert prefixed.codes == ("AB-1",)
    assert (spoilt.visitor_id, spoilt.click_id, len(spoilt.notes)) == (None, None, 2)


NESTED = b'{"type":"order.paid","data":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}"
BROKEN_BODIES = {
    "empty": (b"", "not JSON"),
    "truncated": (b'{"type":"order.paid","data":{"id":"1"', "not JSON"),
    "not utf-8": (b'{"type":"\xff\xfe"}', "not UTF-8 at byte 9"),
    "utf-16": ('{"type":"order.paid"}'.encode("utf-16"), "not UTF-8"),
    "a list": (b"[1,2]", "one JSON object"),
    "a text": (b'"order"', "one JSON object"),
    "nan": (b'{"type":"order.paid","data":{"total":NaN}}', "NaN"),
    "infinity": (b'{"type":"order.paid","data":{"total":-Infinity}}', "Infinity"),
    "repeated name": (b'{"type":"order.paid","data":{"id":"1","id":"2"}}', "'id' stands twice"),
    "repeated type": (b'{"type":"order.paid","type":"refund.created","data":{}}', "'type' stands twice"),
    "huge integer": (b'{"type":"order.paid","data":{"total":' + b"9" * 5000 + b"}}", "5000 digits"),
    "nested": (NESTED, "nested"),
    "nested lists": (b'{"type":"order.paid","data":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested"),
    "nested a little": (b'{"type":"x","data":' + b'{"a":' * 25 + b"1" + b"}" * 25 + b"}", "deeper than 20"),
    "unknown type": (b'{"type":"cart.begun","data":{}}', "not known"),
    "type of a wrong kind": (b'{"type":7,"data":{}}', "body.type"),
    "no data": (b'{"type":"order.paid"}', "body.data"),
    "nothing inside": (b'{"type":"order.paid","data":{}}', "data.currency"),
}


@pytest.mark.parametrize("name", BROKEN_BODIES)
def test_a_body_that_cannot_be_read_says_why(name: str) -> None:
    body, why = BROKEN_BODIES[name]
    with pytest.raises(PayloadRefused, match=why):
        read(body)


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (order_message(currency="EURO"), "not a currency"),
        (order_message(currency="XAU"), "not a currency"),
        (order_message(currency=978), "data.currency"),
        (order_message(total="30.005"), "3 digits after the point"),
        (order_message(total="10000000000000.01"), "more than any order"),
        (order_message(total="-30.00"), "zero or more"),
        (order_message(total=30), "not an amount"),
        (order_message(total=30.0), "not an amount"),
        (order_message(total="3000", currency="JPY", tip="0.5"), "1 digits after the point"),
        (order_message(id=""), "data.id"),
        (order_message(id="1\x00"), "data.id"),
        (order_message(id="\ud800"), "data.id"),
        (order_message(id="x" * 201), "data.id"),
        (order_message(id=None), "data.id"),
        (order_message(created_at="2026-11-20T09:00:00"), "offset"),
        (order_message(created_at="2026-11-20"), "offset"),
        (order_message(created_at=1763629200), "offset"),
        (order_message(created_at="1970-01-01T00:00:00Z"), "2000"),
        (order_message(created_at="2031-01-01T00:00:00Z"), "tomorrow"),
        (order_message(updated_at="soon"), "offset"),
        (order_message(status="shipped"), "data.status"),
        (order_message(status=["paid"]), "data.status"),
        (order_message(is_test="no"), "data.is_test"),
        (order_message(lines={"id": "1"}), "data.lines"),
        (order_message(lines=["beans"]), "list of objects"),
        (order_message(lines=[{}] * 1001), "at most 1000"),
        (order_message(lines=[{"id": "1", "product": "beans", "total": "15.00"}] * 2), "same id"),
        (order_message(lines=[{"id": "1", "product": "beans", "total": "30.00", "quantity": -1}]), "quantity"),
        (order_message(lines=[{"id": "1", "product": "beans", "total": "30.00", "quantity": 10**9}]), "quantity"),
        (order_message(prices_include_tax=True, lines=[{"id": "1", "product": "b", "total": "1.00", "tax": "2.00"}]), "tax is more"),
        (order_message(codes="ABC"), "data.codes"),
        (order_message(codes=["A"] * 21), "at most 20"),
        (order_message(codes=[5]), "data.codes"),
        (order_message(shipping="5.00"), "data.shipping"),
        (order_message(attribution=[]), "data.attribution"),
        (refund_message("r", "0"), "above zero"),
        (refund_message("r", "1.00", order_id=None), "data.payment_reference"),
        (refund_message("r", "1.00", kind="gift"), "data.kind"),
        (refund_message("r", "1.00", lines=[{"line": "1", "total": "1.01"}]), "more than its amount"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_right_is_named(message: dict[str, Any], why: str) -> None:
    with pytest.raises(PayloadRefused, match=why):
        read(message)


@pytest.mark.parametrize("factor", ["0.30", "300.00", "3000.00", "30.01"])
def test_a_total_that_is_not_the_sum_of_its_parts_is_refused(factor: str) -> None:
    message = order_message()
    message["data"]["total"] = factor
    with pytest.raises(OrderDoesNotAddUp):
        read(message)


@pytest.mark.parametrize("number", ["1" * 61, "0." + "1" * 61, "1e" + "1" * 61])
def test_a_number_of_very_many_digits_is_refused(number: str) -> None:
    body = json.dumps(order_message(total="30.00")).replace('"quantity": 1', f'"quantity": {number}')
    with pytest.raises(PayloadRefused, match="beyond reason"):
        read(body.encode())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = sorted(
    {*order_message()["data"], *refund_message("r", "1.00")["data"], "status", "codes", "attribution", "shipping", "tip", "kind", "is_test"}
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["order.paid", "refund.created"]), st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4))
def test_no_values_make_the_reader_crash(event_type: str, changed: dict[str, Any]) -> None:
    message = order_message() if event_type == "order.paid" else refund_message("r", "1.00")
    message["data"] |= changed
    try:
        told = read(json.dumps(message).encode())
    except BillingError:
        return
    document = order_document(told) if isinstance(told, NeutralOrder) else refund_document(told)
    assert "\\u0000" not in json.dumps(document)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80))
def test_no_bytes_make_the_reader_crash(body: bytes) -> None:
    with pytest.raises(PayloadRefused):
        read(body)
