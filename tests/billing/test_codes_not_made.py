"""What keeps codes from being made in other systems, each said in words: their refusals, our keys, terms they would not keep."""

from datetime import timedelta
from typing import Any

import pytest
from fakes.till_apis import THROTTLED, TillApis
from making_hands import KINDS, apis, connect, offer_made_in, program, shop, told, view, work
from offer_hands import change, terms_of
from shopkeeper import Shopkeeper

from billing.connections import close_connection, set_token
from billing.connectors.saying import json_call, text_at, wait_of
from billing.coupons.tables import Offer
from billing.errors import CodesRefused, OfferRefused
from billing.import_codes import import_codes
from billing.make_codes import TOLD_AFTER_TRIES
from billing.offers import OfferTerms, create_offer
from billing.read_makers import maker_of, making_places

__all__ = ["apis", "program", "shop"]


@pytest.mark.parametrize(("kind", "fault", "seconds"), [("shopify", THROTTLED, 10), ("woocommerce", 429, 7)])
def test_slow_down_is_heard_and_is_no_failure(shop: Shopkeeper, apis: TillApis, kind: str, fault: Any, seconds: int) -> None:
    offer_id = offer_made_in(shop, connect(shop, kind), ready=2)
    apis.faults = [fault]
    assert work(shop, apis) == 0
    assert (view(shop, offer_id).reason, view(shop, offer_id).next_try_at) == (None, shop.now + timedelta(seconds=seconds))
    shop.now += timedelta(seconds=seconds - 1)
    assert work(shop, apis) == 0
    shop.now += timedelta(seconds=1)
    assert work(shop, apis) == 2


@pytest.mark.parametrize(("kind", "sentence"), [
    ("shopify", "Shopify did not make the code: Not today."), ("woocommerce", "WooCommerce refused the coupon: Not today."),
    ("stripe", "Stripe refused the code: Not today."),
])  # fmt: skip
def test_people_are_told_the_reason_once(shop: Shopkeeper, apis: TillApis, kind: str, sentence: str) -> None:
    offer_id = offer_made_in(shop, connect(shop, kind))
    apis.refusal = "Not today."
    for _ in range(TOLD_AFTER_TRIES + 2):
        assert work(shop, apis) == 0
        shop.now += timedelta(hours=1)
    assert [(one["why"], one["codes_left"]) for one in told(shop)] == [(sentence, 0)]
    assert view(shop, offer_id).failing_since is not None
    apis.refusal = ""
    assert work(shop, apis) == 3
    assert (view(shop, offer_id).reason, view(shop, offer_id).failing_since) == (None, None)


@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_key_and_a_closed_connection_are_said(shop: Shopkeeper, apis: TillApis, kind: str) -> None:
    connection_id = connect(shop, kind, token="wrong")
    offer_id = offer_made_in(shop, connection_id)
    work(shop, apis)
    assert "refused the access" in (view(shop, offer_id).reason or "")
    with shop.session() as session:
        set_token(session, connection_id=connection_id, token="", now=shop.now)
    shop.now += timedelta(hours=1)
    work(shop, apis)
    assert "no access" in (view(shop, offer_id).reason or "")
    with shop.session() as session:
        close_connection(session, connection_id=connection_id, now=shop.now)
    shop.now += timedelta(hours=1)
    work(shop, apis)
    assert "closed" in (view(shop, offer_id).reason or "")


@pytest.mark.parametrize(("kind", "sentence"), [
    ("shopify", "keeps its prices in USD"), ("woocommerce", "sells in USD"),
])  # fmt: skip
def test_an_amount_must_be_in_the_shops_own_currency(shop: Shopkeeper, apis: TillApis, kind: str, sentence: str) -> None:
    apis.currency = "USD"
    offer_id = offer_made_in(shop, connect(shop, kind), percent_ppm=None, amount_minor=500)
    work(shop, apis)
    assert sentence in (view(shop, offer_id).reason or "")


def test_stripe_counts_some_currencies_in_units_of_its_own(shop: Shopkeeper, apis: TillApis) -> None:
    connection_id, begins, ends = connect(shop, "stripe"), shop.now - timedelta(days=1), shop.now + timedelta(days=60)
    made = {}
    for currency, amount_minor in (("ISK", 500), ("MGA", 500), ("MGA", 501)):
        terms = OfferTerms(
            "Welcome", currency, 5, begins, ends, amount_minor=amount_minor, draws_codes=True, made_in=connection_id, codes_ready=1
        )
        with shop.session() as session:
            made[currency, amount_minor] = create_offer(session, employee_id=shop.employee_id, offer=terms, now=shop.now)
    assert work(shop, apis) == 2
    assert sorted(coupon["amount_off"] for coupon in apis.coupons.values()) == ["5", "50000"]
    assert "larger units" in (view(shop, made["MGA", 501]).reason or "")


def test_a_coupon_that_stripe_refuses_is_said(shop: Shopkeeper, apis: TillApis) -> None:
    offer_id = offer_made_in(shop, connect(shop, "stripe"))
    apis.faults, apis.no_coupons = [], "Coupons are off."
    work(shop, apis)
    assert view(shop, offer_id).reason == "Stripe refused the code: Coupons are off."


@pytest.mark.parametrize("kind", ["shopify", "woocommerce"])
def test_without_an_address_nothing_can_be_made(shop: Shopkeeper, apis: TillApis, kind: str) -> None:
    offer_id = offer_made_in(shop, connect(shop, kind))
    work(shop, apis, away=True)
    assert "Give the connection the shop's address" in (view(shop, offer_id).reason or "")


def test_an_answer_that_is_no_answer(shop: Shopkeeper, apis: TillApis) -> None:
    offer_id = offer_made_in(shop, connect(shop, "shopify"))
    apis.faults = [200]
    work(shop, apis)
    assert view(shop, offer_id).reason == "Shopify refused the request: 200"
    assert text_at([{"a": True}], 0, "a") == text_at({}, "a", "b") == text_at([], 0) == ""
    assert [wait_of(text) for text in ("7", "0", "99999", "Wed, 21 Oct 2026", "")] == [7, 1, 600, 10, 10]
    assert json_call("POST", "u", {}, {"a": 1}).body == b'{"a": 1}'


@pytest.mark.parametrize(("kind", "terms", "about"), [
    ("square", {}, "made_in"), ("shopify", {"is_for_products": True, "product_words": ("bean",)}, "product_words"),
    ("stripe", {"discount_minor_max": 500}, "discount_minor_max"), ("woocommerce", {"floor_minor": 500}, "floor_minor"),
    ("shopify", {"percent_ppm": None, "amount_minor": 500, "item_name": "Mug"}, "item_name"),
    ("shopify", {"codes_ready": 0}, "codes_ready"),
    ("shopify", {"draws_codes": False}, "made_in"),
])  # fmt: skip
def test_what_another_system_would_not_keep_is_refused_beforehand(shop: Shopkeeper, kind: str, terms: dict[str, Any], about: str) -> None:
    ways = {"draws_codes": True, "made_in": connect(shop, kind), "codes_ready": 3}
    with pytest.raises(OfferRefused) as refused:
        shop.offer(**(ways | terms))
    assert refused.value.about == about


def test_where_codes_are_made_stays_and_needs_access(shop: Shopkeeper, apis: TillApis) -> None:
    closed, blind, good = connect(shop, "shopify"), connect(shop, "stripe", token=""), connect(shop, "woocommerce")
    connect(shop, "square")
    with shop.session() as session:
        close_connection(session, connection_id=closed, now=shop.now)
        assert {(one.system, one.has_access) for one in making_places(session)} == {("Stripe", False), ("WooCommerce", True)}
    for connection_id in (closed, blind):
        with pytest.raises(OfferRefused):
            offer_made_in(shop, connection_id)
    offer_id = offer_made_in(shop, good)
    with shop.session() as session, pytest.raises(CodesRefused):
        import_codes(session, offer_id=offer_id, text="A-1", now=shop.now, by="operator")
    with pytest.raises(OfferRefused, match="Where the codes come from"):
        change(shop, offer_id, terms_of(shop, draws_codes=True))
    with pytest.raises(OfferRefused, match="no most"):
        change(shop, offer_id, terms_of(shop, draws_codes=True, made_in=good, codes_ready=3, discount_minor_max=100))
    assert change(shop, offer_id, terms_of(shop, draws_codes=True, made_in=good, codes_ready=5)) == 1
    assert (work(shop, apis), view(shop, offer_id).ready_count) == (5, 5)
    with shop.session() as session:
        assert maker_of(session, offer_id=shop.offer()) is None
        assert session.get_one(Offer, (shop.tenant_id, offer_id)).codes_left == 5
