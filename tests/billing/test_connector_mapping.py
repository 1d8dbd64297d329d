"""Each shop system's words become the same neutral facts: taxes in or on top, discounts, gift cards, tips, tests, and what went back."""

from typing import Any

import pytest
from fakes.shop_systems import TENANT, VISITOR, changed, payload, read

from billing.connectors.sums import parts_minor
from billing.customer_hash import customer_hash
from billing.errors import OrderDoesNotAddUp, PayloadRefused
from billing.neutral_order import NeutralOrder, NeutralRefund


def order_in(name: str, document: dict[str, Any] | None = None, **how: Any) -> NeutralOrder:
    fact = read(name, document, **how).facts[0]
    assert isinstance(fact, NeutralOrder)
    assert parts_minor(fact) == fact.captured_minor
    return fact


def refund_in(name: str, document: dict[str, Any] | None = None) -> NeutralRefund:
    fact = read(name, document).facts[0]
    assert isinstance(fact, NeutralRefund)
    return fact


def told(order: NeutralOrder) -> tuple[Any, ...]:
    lines = [(line.net_minor, line.tax_minor, line.is_gift_card) for line in order.lines]
    return lines, (order.shipping_minor, order.shipping_tax_minor), order.tip_minor, order.captured_minor


ORDERS = {
    "shopify/orders_paid": ([(1800, 360, False), (2500, 0, True)], (400, 80), 100, 5240),
    "woocommerce/order_updated": ([(1800, 360, False), (2400, 0, True)], (400, 80), 0, 5040),
    "stripe/checkout_session_completed": ([(3600, 720, False)], (400, 80), 0, 4800),
    "stripe/invoice_paid": ([(2000, 400, False)], (0, 0), 0, 2400),
    "square/order": ([(1800, 360, False), (300, 0, False)], (50, 10), 300, 2820),
}


@pytest.mark.parametrize("name", ORDERS)
def test_amounts_are_read_without_their_tax_and_add_up(name: str) -> None:
    order = order_in(name)
    assert told(order) == ORDERS[name]
    assert (order.status, order.currency, order.is_test, order.occurred_at.tzname()) == ("paid", "EUR", False, "UTC")


def test_marks_codes_payments_and_buyers_come_along() -> None:
    shopify, woo, checkout, invoice, square = (order_in(name) for name in ORDERS)
    assert shopify.visitor_id == woo.visitor_id == invoice.visitor_id == square.visitor_id == VISITOR
    assert checkout.visitor_id is not None
    assert str(woo.click_id) == "0193484e-5a00-7000-8000-00000000c001"
    assert shopify.codes == checkout.codes == square.codes == ("K7QZM-4HXPA",)
    assert woo.codes == ("k7qzm-4hxpa",)
    assert [one.payment_reference for one in (shopify, woo, checkout, invoice)] == [
        "c2e0a5b1f7d94d0d8a6f", "pi_3PabcXYZ", "pi_3PabcXYZ", "pi_renewal",
    ]  # fmt: skip
    assert shopify.customer == customer_hash(TENANT, "7012345678")
    assert (shopify.number, woo.number, invoice.number) == ("#1042", "813", "KES-0042")


def test_a_spoilt_mark_is_a_note_and_costs_nobody_the_order() -> None:
    order = order_in("shopify/orders_paid", changed(payload("shopify/orders_paid"), "note_attributes.0.value", "robert'); drop table"))
    assert (order.visitor_id, len(order.notes)) == (None, 1)


@pytest.mark.parametrize("landing", ["/?tillhand_click=0193484e-5a00-7000-8000-00000000c001", "http://[broken", None, "/" * 5000, "/plain"])
def test_a_click_is_found_in_the_page_the_buyer_landed_on(landing: str | None) -> None:
    order = order_in("shopify/orders_paid", changed(payload("shopify/orders_paid"), "landing_site", landing))
    assert (order.click_id is not None) == ("c001" in (landing or ""))


@pytest.mark.parametrize(
    ("path", "value", "status"),
    [
        ("shopify/orders_paid:financial_status", "pending", "pending"),
        ("shopify/orders_paid:financial_status", "authorized", "pending"),
        ("shopify/orders_paid:financial_status", "partially_refunded", "paid"),
        ("shopify/orders_paid:financial_status", "voided", "cancelled"),
        ("shopify/orders_paid:cancelled_at", "2026-11-20T04:30:00-05:00", "cancelled"),
        ("woocommerce/order_updated:status", "on-hold", "paid"),
        ("woocommerce/order_updated:status", "shipped", "paid"),
        ("woocommerce/order_updated:status", "cancelled", "cancelled"),
        ("woocommerce/order_updated:status", "trash", "cancelled"),
        ("stripe/checkout_session_completed:data.object.payment_status", "unpaid", "pending"),
        ("stripe/checkout_session_completed:data.object.payment_status", "no_payment_required", "paid"),
        ("stripe/checkout_session_completed:type", "checkout.session.async_payment_failed", "cancelled"),
        ("square/order:order.state", "OPEN", "paid"),
        ("square/order:order.state", "CANCELED", "cancelled"),
    ],
)
def test_what_state_an_order_is_in(path: str, value: str, status: str) -> None:
    name, _, where = path.partition(":")
    assert order_in(name, changed(payload(name), where, value)).status == status


def test_an_unpaid_order_waits_for_its_payment() -> None:
    woo = changed(changed(payload("woocommerce/order_updated"), "status", "pending"), "date_paid_gmt", None)
    square = changed(changed(payload("square/order"), "order.state", "OPEN"), "order.net_amount_due_money.amount", 5)
    silent = changed(changed(payload("square/order"), "order.state", "OPEN"), "order.net_amount_due_money", None)
    assert order_in("woocommerce/order_updated", woo).status == "pending"
    assert order_in("square/order", square).status == order_in("square/order", silent).status == "pending"


def test_test_orders_are_known() -> None:
    assert order_in("shopify/orders_paid", changed(payload("shopify/orders_paid"), "test", True)).is_test
    checkout = payload("stripe/checkout_session_completed")
    assert order_in("stripe/checkout_session_completed", changed(checkout, "livemode", False)).is_test
    assert order_in("square/order", is_sandbox=True).is_test


def test_prices_without_tax_get_it_on_top() -> None:
    document = changed(payload("shopify/orders_paid"), "taxes_included", False)
    order = order_in("shopify/orders_paid", changed(document, "total_price", "56.80"))
    assert told(order) == ([(2160, 360, False), (2500, 0, True)], (480, 80), 100, 5680)


def test_a_tip_given_as_a_line_and_duties_earn_nobody_a_share() -> None:
    document = payload("shopify/orders_paid")
    document["line_items"].append({"id": 13003, "title": "Tip", "quantity": 1, "price": "1.00", "tip_payment_gateway": "shopify_payments"})
    document["original_total_duties_set"] = {"shop_money": {"amount": "3.00", "currency_code": "EUR"}}
    order = order_in("shopify/orders_paid", changed(document, "total_price", "55.40"))
    assert told(order) == ([(1800, 360, False), (2500, 0, True)], (700, 80), 100, 5540)


def test_a_delivery_that_was_taken_off_is_not_charged() -> None:
    document = payload("shopify/orders_paid")
    document["shipping_lines"][0]["is_removed"] = True
    assert order_in("shopify/orders_paid", changed(document, "total_price", "47.60")).shipping_minor == 0


@pytest.mark.parametrize(("fee", "total", "found"), [
    ({"name": "Gift wrap", "total": "2.00", "total_tax": "0.40"}, "52.80", ([(1800, 360, False), (2400, 0, True)], (600, 120), 0, 5280)),
    ({"name": "Tip", "total": "2.00", "total_tax": "0.00"}, "52.40", ([(1800, 360, False), (2400, 0, True)], (400, 80), 200, 5240)),
    ({"name": "Loyalty", "total": "-4.20", "total_tax": "-0.36"}, "45.84", ([(1620, 324, False), (2160, 0, True)], (400, 80), 0, 4584)),
    ({"name": "Loyalty", "total": "-4.20"}, "46.20", ([(1620, 360, False), (2160, 0, True)], (400, 80), 0, 4620)),
])  # fmt: skip
def test_fees_of_woocommerce(fee: dict[str, str], total: str, found: Any) -> None:
    document = changed(payload("woocommerce/order_updated"), "fee_lines", [{"id": 1, **fee}])
    assert told(order_in("woocommerce/order_updated", changed(document, "total", total))) == found


def test_a_discount_on_nothing_takes_nothing_off() -> None:
    document = changed(payload("woocommerce/order_updated"), "fee_lines", [{"id": 1, "name": "Loyalty", "total": "-4.20"}])
    with pytest.raises(OrderDoesNotAddUp):
        read("woocommerce/order_updated", changed(document, "line_items", []))


def test_what_a_gift_card_paid_was_paid() -> None:
    document = changed(payload("woocommerce/order_updated"), "gift_cards", [{"id": 3, "code": "GC-1", "amount": "20.00"}])
    assert order_in("woocommerce/order_updated", changed(document, "total", "30.40")).captured_minor == 5040


def test_cents_of_rounding_go_to_tax_and_more_is_refused() -> None:
    woo = payload("woocommerce/order_updated")
    assert order_in("woocommerce/order_updated", changed(woo, "total", "50.41")).lines[1].tax_minor == 1
    short = order_in("woocommerce/order_updated", changed(woo, "total", "50.39"))
    assert (short.lines[1].net_minor, short.lines[1].tax_minor) == (2399, 0)
    with pytest.raises(OrderDoesNotAddUp, match="says 5040.00, but .* add up to 50.40 EUR"):
        read("woocommerce/order_updated", changed(woo, "total", "5040.00"))


def test_a_payment_is_named_by_its_transaction_where_no_plugin_names_it() -> None:
    woo = payload("woocommerce/order_updated")
    woo["meta_data"] = []
    assert order_in("woocommerce/order_updated", woo).payment_reference == "ch_3PabcXYZ"
    square = changed(payload("square/order"), "order.tenders", [{"id": "T1"}])
    assert order_in("square/order", square).payment_reference == "T1"
    assert order_in("square/order", changed(square, "order.tenders", [])).payment_reference is None


@pytest.mark.parametrize(
    ("reference", "kind"), [("tch_01jd44wpg0e008000000001901", "click_id"), ("vis_01jd44wpg0e008000000001901", "visitor_id")]
)
def test_references_given_to_a_checkout_are_marks(reference: str, kind: str) -> None:
    stripe = changed(payload("stripe/checkout_session_completed"), "data.object.client_reference_id", reference)
    square = changed(changed(payload("square/order"), "order.reference_id", reference), "order.metadata", {})
    assert getattr(order_in("stripe/checkout_session_completed", stripe), kind) is not None
    assert getattr(order_in("square/order", square), kind) is not None


def test_references_of_the_shops_own_are_not() -> None:
    for reference in ("cart-17", None):
        stripe = changed(payload("stripe/checkout_session_completed"), "data.object.client_reference_id", reference)
        assert order_in("stripe/checkout_session_completed", stripe).notes == ()


@pytest.mark.parametrize(
    ("currency", "units", "minor"), [("jpy", 4800, 4800), ("isk", 480000, 4800), ("mga", 48, 4800), ("kwd", 4800, 4800)]
)
def test_stripes_own_minor_units(currency: str, units: int, minor: int) -> None:
    document = changed(payload("stripe/checkout_session_completed"), "data.object.currency", currency)
    for name, value in (("amount_total", units), ("total_details", {}), ("shipping_cost", None)):
        document = changed(document, f"data.object.{name}", value)
    assert order_in("stripe/checkout_session_completed", document).captured_minor == minor


def test_part_of_a_krona_is_a_mistake() -> None:
    document = changed(changed(payload("stripe/refund_updated"), "data.object.currency", "isk"), "data.object.amount", 1250)
    with pytest.raises(PayloadRefused, match="a whole number of ISK"):
        read("stripe/refund_updated", document)


def test_invoices_of_older_versions() -> None:
    document = payload("stripe/invoice_paid")
    invoice = document["data"]["object"]
    for name in ("parent", "payments", "total_taxes"):
        del invoice[name]
    invoice |= {"tax": 400, "charge": "ch_old", "subscription": "sub_1"}
    order = order_in("stripe/invoice_paid", document)
    assert (told(order), order.payment_reference) == (ORDERS["stripe/invoice_paid"], "ch_old")
    del invoice["subscription"]
    assert order_in("stripe/invoice_paid", document).lines[0].product == "invoice"
    invoice["subscription_details"] = {"metadata": {"tillhand_visitor": str(VISITOR)}}
    assert order_in("stripe/invoice_paid", document).visitor_id == VISITOR


def test_a_subscriptions_session_leaves_the_sale_to_its_invoice_and_a_credit_is_no_sale() -> None:
    session = changed(payload("stripe/checkout_session_completed"), "data.object.mode", "subscription")
    credit = changed(payload("stripe/invoice_paid"), "data.object.total", -500)
    for name, document in (("stripe/checkout_session_completed", session), ("stripe/invoice_paid", credit)):
        reading = read(name, document)
        assert (reading.facts, bool(reading.note)) == ((), True)
