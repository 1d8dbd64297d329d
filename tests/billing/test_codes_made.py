"""Codes made in Shopify, WooCommerce and Stripe: ready ahead, as many as wanted, each standing at the till before anybody gets it."""

from datetime import timedelta
from typing import Any

import pytest
from fakes.till_apis import LOST, TillApis
from making_hands import KINDS, apis, connect, offer_made_in, program, shop, view, work
from offer_hands import change, give, summary, terms_of
from shopkeeper import Shopkeeper
from sqlalchemy import select

from billing import make_codes
from billing.change_offer import end_offer
from billing.connectors.saying import SayOverHttps
from billing.coupons.tables import MadeCode, OfferMaker
from billing.errors import PoolEmpty
from billing.make_codes import make_codes_due, shops_with_codes_due

__all__ = ["apis", "program", "shop"]


@pytest.mark.parametrize("kind", KINDS)
def test_codes_stand_at_the_till_before_they_are_handed_out(shop: Shopkeeper, apis: TillApis, kind: str) -> None:
    offer_id = offer_made_in(shop, connect(shop, kind), coupons_max=4)
    with pytest.raises(PoolEmpty):
        give(shop, offer_id)
    assert (work(shop, apis), work(shop, apis)) == (3, 0)
    for _ in range(4):
        assert give(shop, offer_id).code in apis.valid()
        work(shop, apis)
    assert len(apis.codes) == 4, "not more than the offer may hand out"
    assert (summary(shop, offer_id).state, view(shop, offer_id).system.lower()) == ("used_up", kind)


@pytest.mark.parametrize(("kind", "terms", "wanted"), [
    ("shopify", {"percent_ppm": 75_000}, {"percentage": "0.075", "minimumRequirement": None}),
    ("shopify", {"percent_ppm": 1_000_000}, {"percentage": "1"}),
    ("shopify", {"percent_ppm": None, "amount_minor": 500, "minimum_minor": 2_000}, {
        "minimumRequirement": {"subtotal": {"greaterThanOrEqualToSubtotal": "20.00"}}, "usageLimit": 1, "context": {"all": "ALL"},
        "customerGets": {"value": {"discountAmount": {"amount": "5.00", "appliesOnEachItem": False}}, "items": {"all": True}},
    }),
    ("shopify", {"percent_ppm": None, "amount_minor": 500}, {"endsAt": "2027-01-19T09:30:00+00:00"}),
    ("shopify", {"percent_ppm": 100_000, "minimum_minor": 2_000}, {
        "minimumRequirement": {"subtotal": {"greaterThanOrEqualToSubtotal": "20.00"}},
    }),
    ("woocommerce", {"percent_ppm": 75_000}, {"discount_type": "percent", "amount": "7.5", "usage_limit": 1}),
    ("woocommerce", {"percent_ppm": None, "amount_minor": 500, "minimum_minor": 2_000}, {
        "discount_type": "fixed_cart", "amount": "5.00", "minimum_amount": "20.00", "date_expires_gmt": "2027-01-19T09:30:00",
    }),
    ("stripe", {"percent_ppm": 75_000}, {"max_redemptions": "1", "expires_at": "1800351000"}),
    ("stripe", {"percent_ppm": None, "amount_minor": 500, "minimum_minor": 2_000}, {
        "restrictions[minimum_amount]": "2000", "restrictions[minimum_amount_currency]": "eur",
    }),
])  # fmt: skip
def test_what_a_code_promises_there(shop: Shopkeeper, apis: TillApis, kind: str, terms: dict[str, Any], wanted: dict[str, Any]) -> None:
    offer_made_in(shop, connect(shop, kind), ready=1, **terms)
    assert work(shop, apis) == 1
    (made,) = apis.codes.values()
    assert made["told"] | wanted == made["told"]
    if kind == "stripe":
        (coupon,) = apis.coupons.values()
        taken = {"percent_off": "7.5"} if terms["percent_ppm"] else {"amount_off": "500", "currency": "eur"}
        assert coupon | taken | {"duration": "once", "name": "Welcome"} == coupon


@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_answer_makes_no_code_twice(shop: Shopkeeper, apis: TillApis, kind: str) -> None:
    offer_id = offer_made_in(shop, connect(shop, kind), ready=2)
    apis.faults = [LOST, LOST, LOST] if kind == "stripe" else [LOST]
    for _ in range(4):
        work(shop, apis)
        shop.now += timedelta(minutes=6)
    assert (len(apis.codes), summary(shop, offer_id).codes_left) == (2, 2)
    assert {give(shop, offer_id).code, give(shop, offer_id).code} == apis.valid()


def test_a_promotion_code_made_by_a_lost_call_is_found(shop: Shopkeeper, apis: TillApis) -> None:
    """Stripe has the coupon and the code; only the last answer was lost."""
    offer_id = offer_made_in(shop, connect(shop, "stripe"), ready=1)
    apis.faults = ["", "", LOST]
    assert work(shop, apis) == 0
    shop.now += timedelta(minutes=6)
    assert shops_with_codes_due(shop.database, shop.now) == [shop.tenant_id]
    assert work(shop, apis) == 1
    assert (len(apis.codes), give(shop, offer_id).code) == (1, next(iter(apis.valid())))


@pytest.mark.parametrize("kind", KINDS)
def test_a_code_that_somebody_else_has_is_left_to_them(shop: Shopkeeper, apis: TillApis, kind: str) -> None:
    offer_id = offer_made_in(shop, connect(shop, kind), ready=1)
    apis.faults = [500]
    work(shop, apis)
    with shop.session() as session:
        (code,) = session.scalars(select(MadeCode.code))
    if kind == "stripe":
        apis.coupons[f"off_{offer_id}"] = {}
    apis.add("9", code, "theirs")
    shop.now += timedelta(minutes=6)
    work(shop, apis)
    work(shop, apis)
    assert give(shop, offer_id).code != code
    assert (apis.codes["9"]["active"], view(shop, offer_id).ended_count) == (True, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_codes_nobody_may_use_end_at_the_till(shop: Shopkeeper, apis: TillApis, kind: str) -> None:
    offer_id = offer_made_in(shop, connect(shop, kind), ready=3)
    work(shop, apis)
    kept = give(shop, offer_id).code
    connection_id = view(shop, offer_id).connection_id
    terms = terms_of(shop, percent_ppm=200_000, draws_codes=True, made_in=connection_id, codes_ready=2)
    change(shop, offer_id, terms)
    with pytest.raises(PoolEmpty):
        give(shop, offer_id)
    work(shop, apis)
    assert len(apis.valid()) == 3, "the one that was handed out, and two by the new terms"
    fresh = give(shop, offer_id).code
    assert (kept in apis.valid(), fresh in apis.valid()) == (True, True)
    with shop.session() as session:
        end_offer(session, offer_id=offer_id, now=shop.now, by="operator")
    work(shop, apis)
    assert apis.valid() == {kept, fresh}, "what was handed out stays good"
    shop.now += timedelta(days=14)
    gone = next(iter(apis.codes)) if kind == "shopify" else ""
    if gone:
        kept_there = apis.codes.pop(gone)
        assert not kept_there["active"] or kept_there["code"] == kept
    assert work(shop, apis) == 2
    assert apis.valid() == set()
    shop.now += timedelta(days=60)
    assert work(shop, apis) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_code_that_is_gone_there_is_void_too(shop: Shopkeeper, apis: TillApis, kind: str) -> None:
    offer_id = offer_made_in(shop, connect(shop, kind), ready=1)
    work(shop, apis)
    apis.codes.clear()
    with shop.session() as session:
        end_offer(session, offer_id=offer_id, now=shop.now, by="operator")
    assert work(shop, apis) == 1
    assert view(shop, offer_id).reason is None


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_cannot_be_ended_is_tried_again(shop: Shopkeeper, apis: TillApis, kind: str) -> None:
    offer_id = offer_made_in(shop, connect(shop, kind), ready=1)
    work(shop, apis)
    with shop.session() as session:
        end_offer(session, offer_id=offer_id, now=shop.now, by="operator")
    apis.refusal = "Not today."
    assert work(shop, apis) == 0
    assert "Not today." in (view(shop, offer_id).reason or "")
    apis.refusal = ""
    shop.now += timedelta(minutes=1)
    assert work(shop, apis) == 1
    assert apis.valid() == set()


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_wanted_and_perhaps_made_is_looked_for_when_the_offer_ends(shop: Shopkeeper, apis: TillApis, kind: str) -> None:
    offer_id = offer_made_in(shop, connect(shop, kind), ready=2)
    apis.faults = ["", "", LOST] if kind == "stripe" else [LOST]
    work(shop, apis)
    with shop.session() as session:
        end_offer(session, offer_id=offer_id, now=shop.now, by="operator")
    shop.now += timedelta(minutes=6)
    assert work(shop, apis) == 2
    assert apis.valid() == set()


def test_a_change_while_a_code_is_made_leaves_it_spare(shop: Shopkeeper, apis: TillApis) -> None:
    offer_id = offer_made_in(shop, connect(shop, "shopify"), ready=1)
    say = SayOverHttps(is_loopback_allowed=True)

    def say_slowly(call: Any) -> Any:
        said = say(call)
        with shop.session() as session:
            end_offer(session, offer_id=offer_id, now=shop.now, by="operator")
        return said

    origins = dict.fromkeys(KINDS, apis.url)
    assert make_codes_due(shop.database, shop.tenant_id, clock=shop.clock, say=say_slowly, origins=origins) == 1
    assert (len(apis.valid()), summary(shop, offer_id).codes_left) == (1, 0)
    assert work(shop, apis) == 1
    assert apis.valid() == set()


def test_two_workers_do_not_make_one_code_twice(shop: Shopkeeper, apis: TillApis) -> None:
    offer_id = offer_made_in(shop, connect(shop, "shopify"), ready=1)
    say, inner = SayOverHttps(is_loopback_allowed=True), []

    def say_while_another_looks(call: Any) -> Any:
        inner.append(work(shop, apis))
        return say(call)

    origins = dict.fromkeys(KINDS, apis.url)
    assert make_codes_due(shop.database, shop.tenant_id, clock=shop.clock, say=say_while_another_looks, origins=origins) == 1
    assert (inner, summary(shop, offer_id).codes_left) == ([0], 1)


def test_a_late_worker_finds_the_code_kept(shop: Shopkeeper, apis: TillApis) -> None:
    """Its lease ran out while it made the code; another made the same one and kept it."""
    offer_id = offer_made_in(shop, connect(shop, "shopify"), ready=1)
    say = SayOverHttps(is_loopback_allowed=True)

    def say_late(call: Any) -> Any:
        said = say(call)
        shop.now += timedelta(minutes=6)
        work(shop, apis)
        return said

    origins = dict.fromkeys(KINDS, apis.url)
    assert make_codes_due(shop.database, shop.tenant_id, clock=shop.clock, say=say_late, origins=origins) == 1
    assert (len(apis.codes), summary(shop, offer_id).codes_left) == (1, 1)
    with shop.session() as session:
        assert session.scalars(select(MadeCode.state)).all() == ["ready"]


def test_the_lease_is_seen_under_the_lock(shop: Shopkeeper, apis: TillApis) -> None:
    """Another worker may take the lease between looking and locking."""
    offer_id = offer_made_in(shop, connect(shop, "shopify"), ready=1)
    with shop.session() as session:
        session.get_one(OfferMaker, (shop.tenant_id, offer_id)).next_try_at = shop.now + timedelta(minutes=1)
        session.flush()
        assert make_codes._claim(session, (shop.tenant_id, offer_id), shop.now, {}) is None
