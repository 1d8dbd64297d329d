"""A coupon is handed out within its budget, used once, and held only while a checkout lasts."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shopkeeper import Shopkeeper, order_message

from billing import issue_coupon as coupons_issued
from billing.coupons.codes import CODE_LENGTH, CODE_SYMBOLS, new_code, normal_code
from billing.errors import (
    BudgetSpent,
    CartBelowMinimum,
    CartCurrencyDiffers,
    CouponAlreadyRedeemed,
    CouponExpired,
    CouponNotAccepted,
    CouponRefused,
    CouponReservedElsewhere,
    CouponUnknown,
    LinkTargetRefused,
    LinkUnknown,
    OfferNotActive,
    OfferRefused,
    OfferUnknown,
)
from billing.issue_coupon import issue_coupon
from billing.links import click_link, create_link
from billing.offers import OfferTerms, active_offers, create_offer
from billing.redeem_coupon import CouponQuote, redeem_coupon, release_coupon, reserve_coupon, validate_coupon
from tenants.database import Database
from tenants.identifiers import new_id


@pytest.fixture
def shop(database: Database, now: datetime) -> Shopkeeper:
    return Shopkeeper(database, now)


def ask(shop: Shopkeeper, verb: Any, code: str, total: int = 2000, **more: Any) -> CouponQuote:
    with shop.session() as session:
        quote: CouponQuote = verb(session, code=code, cart_total_minor=total, **({"currency": "EUR", "now": shop.now} | more))
        return quote


def test_codes_cannot_be_misread_or_met_twice() -> None:
    codes = {new_code() for _ in range(5000)}
    assert len(codes) == 5000
    assert all(len(code) == CODE_LENGTH + 1 and set(code) <= set(CODE_SYMBOLS) | {"-"} for code in codes)
    assert not set(CODE_SYMBOLS) & set("0O1I")
    assert len(CODE_SYMBOLS) == 32


@given(st.text(max_size=30))
def test_any_text_may_be_typed_as_a_code(text: str) -> None:
    assert normal_code(normal_code(text)) == normal_code(text)


def test_a_code_may_be_typed_in_any_way() -> None:
    code = new_code()
    assert {normal_code(way) for way in (code.lower(), code.replace("-", ""), f" {code} ", code.replace("-", " "))} == {code}


def test_a_budget_is_never_passed_by_many_at_once(shop: Shopkeeper) -> None:
    offer_id = shop.offer(coupons_max=5)
    start = threading.Barrier(16)

    def want(_: int) -> str | None:
        start.wait()
        try:
            return shop.coupon(offer_id, visitor_id=new_id(shop.now)).code
        except BudgetSpent:
            return None

    with ThreadPoolExecutor(16) as pool:
        codes = [code for code in pool.map(want, range(16)) if code]
    assert len(codes) == len(set(codes)) == 5
    with shop.session() as session:
        assert active_offers(session, shop.employee_id, shop.now) == []


def test_the_same_turn_and_the_same_visitor_get_the_same_coupon(shop: Shopkeeper) -> None:
    offer_id, turn_id = shop.offer(per_visitor_max=2), new_id(shop.now)
    first = shop.coupon(offer_id, turn_id=turn_id)
    assert shop.coupon(offer_id, turn_id=turn_id) == first
    second = shop.coupon(offer_id)
    assert second.code != first.code
    assert shop.coupon(offer_id).code in {first.code, second.code}
    with shop.session() as session:
        assert active_offers(session, shop.employee_id, shop.now)[0].remaining == 98


def test_a_turn_asked_at_the_same_instant_gets_one_coupon(shop: Shopkeeper) -> None:
    offer_id, turn_id = shop.offer(), new_id(shop.now)
    with ThreadPoolExecutor(8) as pool:
        codes = set(pool.map(lambda _: shop.coupon(offer_id, turn_id=turn_id).code, range(8)))
    assert len(codes) == 1


def test_a_code_that_is_taken_is_drawn_again_and_given_up_after_a_few(shop: Shopkeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    offer_id = shop.offer()
    taken = shop.coupon(offer_id).code
    draws = iter([taken, "FRESHCODE22"])
    monkeypatch.setattr(coupons_issued, "new_code", lambda: next(draws))
    assert shop.coupon(offer_id, visitor_id=new_id(shop.now)).code == "FRESHCODE22"
    monkeypatch.setattr(coupons_issued, "new_code", lambda: taken)
    with pytest.raises(CouponRefused, match="ask again"):
        shop.coupon(offer_id, visitor_id=new_id(shop.now))
    with shop.session() as session:
        assert active_offers(session, shop.employee_id, shop.now)[0].remaining == 98


def test_an_offer_is_made_in_its_days_only(shop: Shopkeeper, now: datetime) -> None:
    offer_id = shop.offer()
    for days in (-2, 60):
        shop.now = now + timedelta(days=days)
        with pytest.raises(OfferNotActive):
            shop.coupon(offer_id)
    with pytest.raises(OfferUnknown), shop.session() as session:
        issue_coupon(session, offer_id=UUID(int=4), visitor_id=None, conversation_id=None, turn_id=None, now=now)


def test_discounts_by_percent_and_by_amount(shop: Shopkeeper) -> None:
    percent = shop.coupon(shop.offer())
    amount = shop.coupon(shop.offer(percent_ppm=None, amount_minor=500))
    assert [ask(shop, validate_coupon, percent.code, total).discount_minor for total in (2000, 2005, 2015, 0)] == [200, 200, 202, 0]
    assert [ask(shop, validate_coupon, amount.code, total).discount_minor for total in (2000, 300)] == [500, 300]
    assert percent.terms_text == "10 % off one order, single use."


def test_a_code_is_used_once_and_the_same_order_may_say_so_again(shop: Shopkeeper) -> None:
    code = shop.coupon(shop.offer()).code
    first = ask(shop, redeem_coupon, code, order_ref="o1")
    assert ask(shop, redeem_coupon, code.lower(), 9999, order_ref="o1") == first
    assert ask(shop, reserve_coupon, code, order_ref="o1") == first, "its checkout may still ask, and holds nothing anew"
    for verb, more in ((redeem_coupon, {"order_ref": "o2"}), (reserve_coupon, {"order_ref": "o2"}), (validate_coupon, {})):
        with pytest.raises(CouponAlreadyRedeemed):
            ask(shop, verb, code, **more)
    with pytest.raises(CouponAlreadyRedeemed), shop.session() as session:
        release_coupon(session, code=code, order_ref="o1", now=shop.now)


def test_a_code_is_redeemed_once_by_many_at_once(shop: Shopkeeper) -> None:
    code = shop.coupon(shop.offer()).code

    def redeem(number: int) -> int:
        try:
            return ask(shop, redeem_coupon, code, order_ref=f"o{number}").discount_minor
        except CouponAlreadyRedeemed:
            return 0

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(redeem, range(8))) == [0] * 7 + [200]


def test_a_checkout_holds_a_code_for_half_an_hour(shop: Shopkeeper, now: datetime) -> None:
    code = shop.coupon(shop.offer()).code
    ask(shop, reserve_coupon, code, order_ref="o1")
    ask(shop, reserve_coupon, code, order_ref="o1")
    with pytest.raises(CouponReservedElsewhere):
        ask(shop, redeem_coupon, code, order_ref="o2")
    with shop.session() as session:
        release_coupon(session, code=code, order_ref="o2", now=now)
    with pytest.raises(CouponReservedElsewhere):
        ask(shop, reserve_coupon, code, order_ref="o2")
    shop.now = now + timedelta(minutes=30)
    assert ask(shop, reserve_coupon, code, order_ref="o2").discount_minor == 200
    with shop.session() as session:
        release_coupon(session, code=code, order_ref="o2", now=shop.now)
    assert ask(shop, redeem_coupon, code, order_ref="o3").discount_minor == 200


def test_an_expired_code_is_good_only_for_the_checkout_that_holds_it(shop: Shopkeeper, now: datetime) -> None:
    code = shop.coupon(shop.offer(coupon_valid_days=1)).code
    shop.now = now + timedelta(hours=23, minutes=50)
    ask(shop, reserve_coupon, code, order_ref="o1")
    shop.now = now + timedelta(days=1, minutes=5)
    assert ask(shop, redeem_coupon, code, order_ref="o1").discount_minor == 200
    late = shop.coupon(shop.offer(coupon_valid_days=1)).code
    shop.now += timedelta(days=1)
    with pytest.raises(CouponExpired):
        ask(shop, redeem_coupon, late, order_ref="o2")


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"total": 1999}, CartBelowMinimum), ({"currency": "USD"}, CartCurrencyDiffers), ({"currency": "ü\x00"}, CartCurrencyDiffers),
        ({"total": -1}, CouponNotAccepted), ({"total": 10**18}, CouponNotAccepted), ({"code": "NOPE"}, CouponUnknown),
        ({"code": ""}, CouponUnknown), ({"code": "\x00"}, CouponUnknown),
        ({"code": "\ud800"}, CouponUnknown), ({"code": "9" * 10_000}, CouponUnknown),
        ({"order_ref": ""}, CouponNotAccepted), ({"order_ref": "x\x00"}, CouponNotAccepted), ({"order_ref": "x" * 201}, CouponNotAccepted),
    ],
)  # fmt: skip
def test_what_a_till_may_get_wrong_is_answered_by_name(shop: Shopkeeper, more: dict[str, Any], error: type[Exception]) -> None:
    code = shop.coupon(shop.offer(minimum_minor=2000)).code
    with pytest.raises(error):
        ask(shop, reserve_coupon, **({"code": code, "order_ref": "o1"} | more))


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "}, {"percent_ppm": None}, {"amount_minor": 5}, {"percent_ppm": 0}, {"percent_ppm": 1_000_001}, {"minimum_minor": -1},
        {"coupons_max": 0}, {"per_visitor_max": 0}, {"per_visitor_max": 999},
        {"coupon_valid_days": 0}, {"percent_ppm": None, "amount_minor": 0},
    ],
)  # fmt: skip
def test_an_offer_that_contradicts_itself_is_refused(shop: Shopkeeper, now: datetime, wrong: dict[str, Any]) -> None:
    terms = {"name": "W", "currency": "EUR", "coupons_max": 5, "starts_at": now, "ends_at": now + timedelta(days=1), "percent_ppm": 1}
    with pytest.raises(OfferRefused), shop.session() as session:
        create_offer(session, employee_id=shop.employee_id, offer=OfferTerms(**(terms | wrong)), now=now)


def test_a_followed_link_brings_an_order_by_its_click_alone(shop: Shopkeeper, now: datetime) -> None:
    with shop.session() as session:
        link = create_link(session, employee_id=shop.employee_id, target_url="https://shop.example/beans", work_id=None, now=now)
        click = click_link(session, slug=link.slug, visitor_id=None, now=now)
    at = (now + timedelta(minutes=1)).isoformat()
    shop.tell(order_message(at=at, attribution={"click": str(click.touch_id)}))
    assert (shop.earned(), shop.slip().lines[0].link_id) == (240, link.link_id)
    with pytest.raises(LinkUnknown), shop.session() as session:
        click_link(session, slug="nope", visitor_id=None, now=now)


@pytest.mark.parametrize(
    "target",
    ["javascript:alert(1)", "shop", "//shop.example", "https://", "http://[", "https://a.example/\n", "https://a/" + "x" * 2000],
)
def test_a_link_leads_to_a_web_address_only(shop: Shopkeeper, now: datetime, target: str) -> None:
    with pytest.raises(LinkTargetRefused), shop.session() as session:
        create_link(session, employee_id=shop.employee_id, target_url=target, work_id=None, now=now)
