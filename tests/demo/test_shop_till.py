"""Coupons at the shop's till, refunds in the back office, and what Tillhand gets to know of all that."""

import pytest
from fakes.coffee_shop import OpenShop
from fakes.fake_tillhand_api import FakeCoupon

VISITOR = "0193484e-5a00-7000-8000-00000000a001"
GOODS_MINOR = 3 * 490 + 2 * 1150


def test_a_coupon_is_checked_held_used_and_told(shop: OpenShop) -> None:
    shop.tillhand.coupons["GOOD"] = FakeCoupon()
    shop.fill_cart(attribution_visitor=VISITOR, attribution_coupon="GOOD")
    checkout = shop.browser.post("/checkout/coupon", data={"code": "good"})
    assert "−$3.77" in checkout.text
    number = shop.buy()
    assert shop.tillhand.coupons["GOOD"].reserved_for == number
    shop.carry()
    assert shop.tillhand.coupons["GOOD"].redeemed_for == number
    [told] = shop.tillhand.messages("order.paid")
    assert told["codes"] == ["GOOD"]
    assert told["attribution"] == {"visitor": VISITOR, "click": None, "coupon": "GOOD", "work": None}
    assert sum(round(float(line["total"]) * 100) for line in told["lines"]) == GOODS_MINOR - 377


@pytest.mark.parametrize(
    ("coupon", "sentence"),
    [
        (None, "We do not know the coupon"),
        (FakeCoupon(is_expired=True), "has expired"),
        (FakeCoupon(redeemed_for="KC-OTHER"), "has been used already"),
        (FakeCoupon(reserved_for="KC-OTHER"), "held by another order"),
        (FakeCoupon(minimum_minor=100_000), "below the smallest order for the coupon CODE. The cart must come to"),
    ],
)
def test_a_coupon_that_does_not_fit_is_explained_and_takes_nothing_off(shop: OpenShop, coupon: FakeCoupon | None, sentence: str) -> None:
    if coupon:
        shop.tillhand.coupons["CODE"] = coupon
    shop.fill_cart()
    checkout = shop.browser.post("/checkout/coupon", data={"code": "CODE"})
    assert checkout.status_code == 422
    assert sentence in checkout.text
    order = shop.counter.book.order(shop.buy())
    assert order is not None
    assert (order.discount_minor, order.coupon) == (0, None)


def test_the_sale_goes_on_without_the_discount_when_nobody_answers(shop: OpenShop) -> None:
    shop.tillhand.coupons["GOOD"] = FakeCoupon()
    shop.fill_cart()
    shop.browser.post("/checkout/coupon", data={"code": "GOOD"})
    shop.tillhand.is_down = True
    asked_again = shop.browser.post("/checkout", data={"buyer": "Robin", "payment": "card"})
    assert asked_again.status_code == 409
    assert "We cannot check the coupon GOOD right now" in asked_again.text
    assert not shop.counter.book.orders()
    order = shop.counter.book.order(shop.buy())
    assert order is not None
    assert (order.status, order.discount_minor) == ("paid", 0)


def test_a_coupon_used_elsewhere_in_between_is_not_charged_in_silence(shop: OpenShop) -> None:
    shop.tillhand.coupons["GOOD"] = FakeCoupon()
    shop.fill_cart()
    shop.browser.post("/checkout/coupon", data={"code": "GOOD"})
    shop.tillhand.coupons["GOOD"].redeemed_for = "KC-OTHER"
    answer = shop.browser.post("/checkout", data={"payment": "card"})
    assert answer.status_code == 409
    assert not shop.counter.book.orders()


def test_a_redemption_that_could_not_be_told_is_told_later(shop: OpenShop) -> None:
    shop.tillhand.coupons["GOOD"] = FakeCoupon()
    shop.fill_cart()
    shop.browser.post("/checkout/coupon", data={"code": "GOOD"})
    number = shop.buy()
    shop.tillhand.is_down = True
    shop.carry()
    assert shop.tillhand.coupons["GOOD"].redeemed_for is None
    shop.tillhand.is_down = False
    shop.clock.pass_seconds(10)
    shop.carry()
    assert shop.tillhand.coupons["GOOD"].redeemed_for == number


def test_a_cancelled_order_lets_its_coupon_go(shop: OpenShop) -> None:
    shop.tillhand.coupons["GOOD"] = FakeCoupon()
    shop.fill_cart()
    shop.browser.post("/checkout/coupon", data={"code": "GOOD"})
    number = shop.buy(payment="counter")
    assert shop.browser.post(f"/back-office/orders/{number}/cancel").status_code == 200
    shop.carry()
    assert shop.tillhand.coupons["GOOD"].reserved_for is None
    assert [told["status"] for told in shop.tillhand.messages("order.updated")] == ["pending", "cancelled"]
    assert shop.browser.post(f"/back-office/orders/{number}/pay").status_code == 409


def test_a_changed_cart_asks_for_its_discount_again(shop: OpenShop) -> None:
    shop.tillhand.coupons["GOOD"] = FakeCoupon(minimum_minor=1_000)
    shop.fill_cart()
    shop.browser.post("/checkout/coupon", data={"code": "GOOD"})
    smaller = shop.browser.post("/cart/set", data={"slug": "lantern-beans-250", "quantity": "0"})
    assert "−$1.47" in smaller.text
    below = shop.browser.post("/cart/set", data={"slug": "flat-white-large", "quantity": "1"})
    assert "−$" not in below.text


def test_two_clicks_on_the_button_make_one_order(shop: OpenShop) -> None:
    shop.fill_cart()
    shop.buy()
    again = shop.browser.post("/checkout", data={"payment": "card"})
    assert "Nothing in it yet" in again.text
    assert len(shop.counter.book.orders()) == 1


def test_refunds_by_piece_by_amount_and_of_the_rest_come_to_what_was_paid(shop: OpenShop) -> None:
    shop.fill_cart()
    number = shop.buy()
    order = shop.counter.book.order(number)
    assert order is not None
    for deed, data in (("refund-piece", {"line_id": f"{number}-1"}), ("refund-amount", {"amount": "1.25"}), ("refund-rest", {})):
        assert shop.browser.post(f"/back-office/orders/{number}/{deed}", data=data).status_code == 200
    shop.carry()
    told = shop.tillhand.messages("refund.created")
    assert sum(round(float(refund["amount"]) * 100) for refund in told) == order.total_minor
    assert told[0]["lines"][0]["line"] == f"{number}-1"
    assert shop.browser.post(f"/back-office/orders/{number}/refund-rest").status_code == 409


@pytest.mark.parametrize("amount", ["0", "-1", "1.005", "lots", "", "99999999", "NaN", "Infinity", "1e400"])
def test_an_amount_that_cannot_go_back_is_refused_in_words(shop: OpenShop, amount: str) -> None:
    shop.fill_cart()
    number = shop.buy()
    answer = shop.browser.post(f"/back-office/orders/{number}/refund-amount", data={"amount": amount})
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    order = shop.counter.book.order(number)
    assert order is not None
    assert order.refunds == ()


def test_the_first_visitor_and_the_latest_coupon_stay_with_the_cart(shop: OpenShop) -> None:
    shop.browser.post("/cart/add", data={"slug": "cold-brew", "attribution_visitor": "first"})
    shop.browser.post("/cart/add", data={"slug": "cold-brew", "attribution_visitor": "second", "attribution_coupon": "NEW"})
    order = shop.counter.book.order(shop.buy())
    assert order is not None
    assert (order.attribution.visitor, order.attribution.coupon) == ("first", "NEW")
