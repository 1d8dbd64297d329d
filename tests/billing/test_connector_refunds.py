"""What went back, in each shop system's words: by lines or by amount, once the money moved, and the latest state wins."""

from typing import Any

import pytest
from fakes.shop_systems import NOW, changed, payload, read
from test_connector_mapping import order_in, refund_in

from billing.neutral_order import NeutralOrder, NeutralRefund, RefundLine

REFUNDS = {
    "shopify/refunds_create": (1080, (RefundLine("13001", 900, 180),), "5678901234567", None),
    "stripe/refund_updated": (1200, (), None, "pi_3PabcXYZ"),
    "stripe/dispute_created": (4800, (), None, "pi_3PabcXYZ"),
    "square/refund_updated": (1080, (), "return-order-1", "hYy9pRFVxpDsO1FB05SunFWUe9JZY"),
}


@pytest.mark.parametrize("name", REFUNDS)
def test_refunds_name_their_order_and_amount(name: str) -> None:
    refund = refund_in(name)
    assert (refund.amount_minor, refund.lines, refund.external_order_id, refund.payment_reference) == REFUNDS[name]
    assert (refund.is_void, refund.kind) == (False, "chargeback" if "dispute" in name else "refund")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("shopify/refunds_create:transactions.0.status", "pending"),
        ("shopify/refunds_create:transactions.0.status", "failure"),
        ("stripe/refund_updated:data.object.status", "pending"),
        ("stripe/refund_updated:data.object.status", "failed"),
        ("stripe/dispute_created:data.object.status", "won"),
        ("stripe/dispute_created:data.object.status", "warning_needs_response"),
        ("square/refund_updated:data.object.refund.status", "PENDING"),
        ("square/refund_updated:data.object.refund.status", "REJECTED"),
    ],
)
def test_money_that_did_not_move_is_not_a_refund(path: str, value: str) -> None:
    name, _, where = path.partition(":")
    assert refund_in(name, changed(payload(name), where, value)).is_void


def test_a_later_state_of_the_same_second_wins() -> None:
    pending = refund_in("stripe/refund_updated", changed(payload("stripe/refund_updated"), "data.object.status", "pending"))
    assert pending.source_updated_at < refund_in("stripe/refund_updated").source_updated_at
    unpaid = order_in("shopify/orders_paid", changed(payload("shopify/orders_paid"), "financial_status", "pending"))
    assert unpaid.source_updated_at < order_in("shopify/orders_paid").source_updated_at


def test_shopifys_refund_inside_its_order_is_the_same_fact() -> None:
    document = changed(payload("shopify/orders_paid"), "refunds", [payload("shopify/refunds_create")])
    _, inside = read("shopify/orders_paid", document).facts
    assert inside == refund_in("shopify/refunds_create")


def shopify_refund(*, line: dict[str, Any] | None = None, **other: Any) -> dict[str, Any]:
    document = payload("shopify/refunds_create")
    document["refund_line_items"][0] |= line or {}
    return document | other


def money(amount: str) -> dict[str, Any]:
    return {"shop_money": {"amount": amount, "currency_code": "EUR"}}


def moved(amount: str, currency: str = "EUR") -> list[dict[str, Any]]:
    return [{"kind": "refund", "status": "success", "amount": amount, "currency": currency}]


def test_shopifys_refunds_of_every_shape() -> None:
    name = "shopify/refunds_create"
    net = refund_in(name, shopify_refund(line={"subtotal_set": money("9.00")}))
    assert net.lines == (RefundLine("13001", 900, 180),), "a shop whose prices leave tax out"
    shipping = [{"kind": "shipping_refund", "amount_set": money("-4.00"), "tax_amount_set": money("-0.80")}]
    both = refund_in(name, shopify_refund(order_adjustments=shipping, transactions=moved("15.60")))
    assert (both.amount_minor, both.lines) == (1560, (RefundLine("13001", 900, 180),))
    fee_kept = refund_in(name, shopify_refund(transactions=moved("5.00")))
    assert (fee_kept.amount_minor, fee_kept.lines) == (500, ()), "less than its lines: a fee was kept"
    edited = refund_in(name, shopify_refund(transactions=[]))
    assert (edited.amount_minor, edited.is_void) == (1260, False), "goods taken off by an edit"
    foreign = refund_in(name, shopify_refund(transactions=moved("11.77", "USD")))
    assert (foreign.amount_minor, foreign.currency) == (1260, "EUR")
    alone = refund_in(name, shopify_refund(refund_line_items=[], transactions=moved("3.00", "USD")))
    assert (alone.amount_minor, alone.currency) == (300, "USD")


@pytest.mark.parametrize("document", [
    shopify_refund(refund_line_items=[], transactions=[]),
    shopify_refund(line={"subtotal_set": money("0.00"), "total_tax_set": money("0.00")}, transactions=[]),
])  # fmt: skip
def test_a_refund_of_nothing_tells_nothing(document: dict[str, Any]) -> None:
    assert (read("shopify/refunds_create", document).facts, read("shopify/refunds_create", document).note) == (
        (), "No money and no goods went back.",
    )  # fmt: skip
    inside = changed(payload("shopify/orders_paid"), "refunds", [document])
    assert len(read("shopify/orders_paid", inside).facts) == 1


def test_woocommerces_refunds_stand_in_the_order() -> None:
    refunds = [{"id": 901, "reason": "", "total": "-10.00"}, {"id": 902, "reason": "mistake", "total": "0.00"}]
    order, refund = read("woocommerce/order_updated", changed(payload("woocommerce/order_updated"), "refunds", refunds)).facts
    assert isinstance(refund, NeutralRefund)
    assert (refund.external_id, refund.external_order_id, refund.amount_minor) == ("901", "813", 1000)
    assert isinstance(order, NeutralOrder)
    assert refund.source_updated_at == order.occurred_at < NOW
