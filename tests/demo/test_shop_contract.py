"""The shop's messages, read by the product's own readers: what the fake accepts the product must accept, to the cent."""

from datetime import datetime, timedelta

import pytest
from fakes.coffee_shop import SECRET, OpenShop
from fakes.fake_tillhand_api import FakeCoupon

from app.demo.shop.webhook_signing import signed_headers
from billing.errors import SignatureInvalid
from billing.inbox.generic import read_delivery
from billing.inbox.signature import verify
from billing.neutral_order import NeutralOrder, NeutralRefund

VISITOR = "0193484e-5a00-7000-8000-00000000a001"


def _read_all(shop: OpenShop) -> list[tuple[str, NeutralOrder | NeutralRefund]]:
    return [read_delivery(body, now=shop.clock() + timedelta(seconds=1)) for body in shop.tillhand.deliveries.values()]


def test_a_discounted_sale_and_all_its_refunds_are_understood(shop: OpenShop) -> None:
    shop.tillhand.coupons["GOOD"] = FakeCoupon()
    shop.fill_cart(attribution_visitor=VISITOR, attribution_coupon="GOOD")
    shop.browser.post("/checkout/coupon", data={"code": "GOOD"})
    shop.browser.post("/checkout/choices", data={"way": "pick-up", "tip_minor": "200"})
    number = shop.buy()
    shop.browser.post(f"/back-office/orders/{number}/refund-piece", data={"line_id": f"{number}-2"})
    shop.browser.post(f"/back-office/orders/{number}/refund-rest")
    shop.carry()
    kept = shop.counter.book.order(number)
    assert kept is not None
    read = _read_all(shop)
    assert [topic for topic, _ in read] == ["order.updated", "order.paid", "refund.created", "refund.created"]
    paid, refunds = read[1][1], [one for _, one in read if isinstance(one, NeutralRefund)]
    assert isinstance(paid, NeutralOrder)
    assert (paid.number, paid.status, paid.captured_minor, paid.tip_minor) == (number, "paid", kept.total_minor, 200)
    assert sum(line.net_minor for line in paid.lines) == kept.subtotal_minor - kept.discount_minor
    assert (str(paid.visitor_id), paid.codes, paid.notes) == (VISITOR, ("GOOD",), ())
    assert sum(refund.amount_minor for refund in refunds) == kept.total_minor
    assert {refund.external_order_id for refund in refunds} == {paid.external_id}


def test_the_signature_is_accepted_by_the_product_and_a_changed_byte_is_not(now: datetime) -> None:
    body = b'{"type":"order.paid"}'
    headers = signed_headers(secret=SECRET, delivery_id="msg_1", timestamp_s=int(now.timestamp()), body=body)
    assert verify(headers, body, [SECRET], now=now).delivery_id == "msg_1"
    with pytest.raises(SignatureInvalid):
        verify(headers, body + b" ", [SECRET], now=now)
