"""Every verifier, tried with right, wrong, old and mangled signatures; and every reader, with bodies that make no sense."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from fakes.shop_systems import HEADERS, HOOK_URL, NOW, SECRETS, TENANT, changed, payload, signed
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.connectors.connector import Attempt, Document, Reading
from billing.connectors.kinds import CONNECTORS, connector_of
from billing.errors import BillingError, DeliveryRefused, PayloadRefused, SignatureInvalid, TimestampOutsideTolerance
from billing.inbox.signature import sign

KINDS = ("shopify", "woocommerce", "stripe", "square")
GENERIC_SECRET = "whsec_" + "QUJD" * 8
SHAPES = (
    "shopify/orders_paid", "shopify/refunds_create", "woocommerce/order_updated", "stripe/checkout_session_completed",
    "stripe/invoice_paid", "stripe/refund_updated", "stripe/dispute_created", "square/payment_updated", "square/order",
    "square/refund_updated",
)  # fmt: skip


def secret_of(kind: str) -> str:
    return SECRETS.get(kind, "a&b-secret-0123456789")


def attempt(kind: str, body: bytes, headers: Mapping[str, str], *secrets: str, late: int = 0) -> Attempt:
    lower = {name.lower(): value for name, value in headers.items()}
    return Attempt(lower, body, secrets or (secret_of(kind),), HOOK_URL + "con_1", NOW + timedelta(seconds=late))


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_signature_is_accepted_under_the_new_and_the_old_secret(kind: str) -> None:
    body = b'{"id":"evt_1","event_id":"e-1"}'
    headers = signed(kind, body, secret_of(kind), now=NOW, key="con_1")
    key = connector_of(kind).verify(attempt(kind, body, headers)).delivery_key
    assert connector_of(kind).verify(attempt(kind, body, headers, "another-secret", secret_of(kind))).delivery_key == key
    for wrong in (attempt(kind, body + b" ", headers), attempt(kind, body, headers, "another-secret"), attempt(kind, body, {})):
        with pytest.raises(SignatureInvalid):
            connector_of(kind).verify(wrong)


@pytest.mark.parametrize("kind", [*KINDS, "generic"])
def test_what_a_connector_signs_it_accepts(kind: str) -> None:
    secret = GENERIC_SECRET if kind == "generic" else secret_of(kind)
    unsigned = attempt(kind, b"{}", {"webhook-id": "test_1"}, secret)
    headers = connector_of(kind).sign(unsigned)
    assert connector_of(kind).verify(Attempt(headers, b"{}", (secret,), unsigned.url, NOW)).delivery_key


def test_each_knows_its_repeats_by_the_right_key() -> None:
    one, two = b'{"id":"evt_7","event_id":"sq-7","pending_webhooks":1}', b'{"id":"evt_7","event_id":"sq-7","pending_webhooks":2}'

    def key(kind: str, body: bytes, **how: str) -> str:
        return CONNECTORS[kind].verify(attempt(kind, body, signed(kind, body, secret_of(kind), now=NOW, key="con_1", **how))).delivery_key

    assert key("stripe", one) == key("stripe", two) == "evt_7"
    assert key("square", one) == key("square", two) == "sq-7"
    assert key("woocommerce", one) != key("woocommerce", two), "both carry the same delivery id"
    assert key("shopify", one, delivery_id="w-1") == key("shopify", two, delivery_id="w-1") == "w-1"
    for kind in ("stripe", "square"):
        assert len(key(kind, b"no json")) == len(key(kind, b"{}")) == 64


def test_woocommerces_secret_is_signed_as_it_was_before_wordpress_escaped_it() -> None:
    headers = signed("woocommerce", b"{}", "a&b-secret", now=NOW, key="con_1")
    assert connector_of("woocommerce").verify(attempt("woocommerce", b"{}", headers, "a&amp;b-secret"))


def test_stripes_clock_may_be_five_minutes_off_both_ways_and_several_signatures_stand_beside_each_other() -> None:
    headers = signed("stripe", b"{}", secret_of("stripe"), now=NOW, key="con_1")
    doubled = {"Stripe-Signature": headers["Stripe-Signature"].replace("v1=", "v1=00ff,v1=")}
    assert connector_of("stripe").verify(attempt("stripe", b"{}", doubled, late=300))
    for late in (301, -301):
        with pytest.raises(TimestampOutsideTolerance):
            connector_of("stripe").verify(attempt("stripe", b"{}", headers, late=late))


def test_shopify_without_an_id_and_files_without_a_door_are_refused() -> None:
    headers = signed("shopify", b"{}", secret_of("shopify"), now=NOW, key="con_1")
    del headers["X-Shopify-Webhook-Id"]
    with pytest.raises(SignatureInvalid, match="Webhook-Id"):
        connector_of("shopify").verify(attempt("shopify", b"{}", headers))
    with pytest.raises(SignatureInvalid, match="takes files"):
        connector_of("csv").verify(attempt("csv", b"{}", {}))


def test_the_generic_connector_is_standard_webhooks() -> None:
    stamp = int(NOW.timestamp())
    headers = {"webhook-id": "m1", "webhook-timestamp": str(stamp)}
    headers["webhook-signature"] = sign(GENERIC_SECRET, delivery_id="m1", timestamp=stamp, body=b"{}")
    assert connector_of("generic").verify(attempt("generic", b"{}", headers, GENERIC_SECRET)).delivery_key == "m1"


texts = st.one_of(st.text(max_size=60), st.sampled_from(["t=1,v1=", "t=,v1=aa", "v1,aaaa", "t=1795165200,v1=é", "=" * 50, "AAAA"]))


@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from([*KINDS, "generic", "csv"]), body=st.binary(max_size=200), value=texts, name=texts)
def test_garbage_at_the_door_is_refused_and_never_breaks_us(kind: str, body: bytes, value: str, name: str) -> None:
    headers = dict.fromkeys(
        ("x-shopify-hmac-sha256", "x-shopify-webhook-id", "x-wc-webhook-signature", "stripe-signature", "x-square-hmacsha256-signature",
         "webhook-id", "webhook-timestamp", "webhook-signature"), value,
    )  # fmt: skip
    secret = GENERIC_SECRET if kind == "generic" else secret_of(kind)
    with pytest.raises(DeliveryRefused):
        CONNECTORS[kind].verify(Attempt({**headers, name.lower(): value}, body, (secret,), HOOK_URL, NOW))


def read(kind: str, body: bytes, headers: Mapping[str, str]) -> Reading:
    return connector_of(kind).read(Document(body, headers, TENANT, NOW + timedelta(hours=1)))


UNKNOWN: tuple[tuple[str, dict[str, str], dict[str, Any]], ...] = (
    ("shopify", {"x-shopify-topic": "customers/redact"}, {}),
    ("shopify", {"x-shopify-topic": "orders/edited"}, {}),
    ("shopify", {}, {}),
    ("woocommerce", {"x-wc-webhook-topic": "coupon.created"}, {}),
    ("woocommerce", {"x-wc-webhook-topic": "order.deleted"}, {"id": 813}),
    ("woocommerce", {}, {}),
    ("stripe", {}, {"type": "customer.created"}),
    ("stripe", {}, {"type": "charge.refunded"}),
    ("square", {}, {"type": "catalog.version.updated"}),
    ("square", {}, changed(payload("square/payment_updated"), "data.object.payment.status", "APPROVED")),
    ("square", {}, changed(payload("square/payment_updated"), "data.object.payment.order_id", None)),
)


@pytest.mark.parametrize(("kind", "headers", "document"), UNKNOWN)
def test_what_concerns_no_sale_tells_nothing_and_says_why(kind: str, headers: dict[str, str], document: dict[str, Any]) -> None:
    reading = read(kind, json.dumps(document).encode(), headers)
    assert (reading.facts, reading.wanted, bool(reading.note)) == ((), (), True)


def test_a_square_payment_asks_for_its_order() -> None:
    for document, order_id in (
        (payload("square/payment_updated"), "03O3USaPaAaFnI6kkwB1JxGgBsUZY"),
        ({"type": "order.updated", "data": {"id": "O-9", "object": {}}}, "O-9"),
    ):
        (wanted,) = read("square", json.dumps(document).encode(), {}).wanted
        assert (wanted.kind, wanted.external_id) == ("order", order_id)


BROKEN: tuple[tuple[str, str, Any, str], ...] = (
    ("shopify/orders_paid", "currency", "EURO", "not a currency"),
    ("shopify/orders_paid", "total_price", "many", "an amount such as"),
    ("shopify/orders_paid", "total_price", "9" * 19, "can be worth"),
    ("shopify/orders_paid", "line_items.0.discount_allocations.0.amount_set.shop_money.amount", "99.00", "more than its discounts"),
    ("shopify/orders_paid", "line_items", {}, "line_items"),
    ("woocommerce/order_updated", "line_items.0.total", "-1.00", "zero or more"),
    ("woocommerce/order_updated", "date_created_gmt", "yesterday", "offset"),
    ("stripe/checkout_session_completed", "data.object.amount_total", 48.5, "whole number"),
    ("stripe/checkout_session_completed", "data.object.amount_total", 100, "more than the total"),
    ("stripe/checkout_session_completed", "created", 10**12, "offset"),
    ("stripe/refund_updated", "data.object.amount", 0, "above zero"),
    ("square/order", "order.line_items", [], "not written the order's lines"),
    ("square/order", "order.line_items.0.total_tax_money.amount", 99999, "at most the total"),
    ("square/order", "order.total_tip_money.currency", "USD", "in EUR"),
    ("square/refund_updated", "data.object.refund.amount_money.amount", 0, "above zero"),
)


@pytest.mark.parametrize(("name", "path", "value", "why"), BROKEN)
def test_what_cannot_be_right_names_its_field(name: str, path: str, value: Any, why: str) -> None:
    with pytest.raises(PayloadRefused, match=why):
        read(name.partition("/")[0], json.dumps(changed(payload(name), path, value)).encode(), HEADERS.get(name, {}))


def test_a_number_that_would_fill_the_memory_is_refused() -> None:
    body = json.dumps(payload("shopify/orders_paid")).replace('"total_price": "52.40"', '"total_price": 1e999999999').encode()
    with pytest.raises(PayloadRefused, match="an amount such as"):
        read("shopify", body, HEADERS["shopify/orders_paid"])
    plain = json.dumps(payload("shopify/orders_paid")).replace('"total_price": "52.40"', '"total_price": 52.40').encode()
    assert read("shopify", plain, HEADERS["shopify/orders_paid"]).facts


def leaves(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    return [path, *(leaf for name, value in items for leaf in leaves(value, (*path, name)))]


odd = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.text(max_size=20),
    st.builds(list), st.builds(dict), st.builds(lambda: [{}]),  # made anew each time: one put into itself would have no end
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(SHAPES), data=st.data())
def test_any_field_may_be_anything_and_is_read_or_refused(name: str, data: st.DataObject) -> None:
    document = payload(name)
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from([path for path in leaves(document) if path]))
        at: Any = document
        for step in way:
            at = at[step]
        at[last] = data.draw(odd)
    body = json.dumps(document).encode()
    try:
        reading = read(name.partition("/")[0], body, HEADERS.get(name, {}))
    except BillingError:
        return
    assert reading.facts or reading.wanted or reading.note
