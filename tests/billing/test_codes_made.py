"""Codes made in Shopify, WooCommerce and Stripe: ready ahead, as many as wanted, each standing at the till before anybody gets it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fakes.till_apis import LOST, THROTTLED, TOKEN, WOO_TOKEN, TillApis, till_apis
from offer_hands import change, give, summary, terms_of
from shopkeeper import Shopkeeper
from sqlalchemy import select

from billing.change_offer import end_offer
from billing.connections import ConnectionAccess, close_connection, create_connection, set_token
from billing.connectors.saying import SayOverHttps, json_call, text_at, wait_of
from billing.coupons.tables import MadeCode, Offer, OfferMaker
from billing.errors import CodesRefused, OfferRefused, PoolEmpty
from billing.import_codes import import_codes
from billing.make_codes import TOLD_AFTER_TRIES, make_codes_due
from billing.read_makers import MakerView, maker_of, making_places
from tenants.database import Database
from tenants.tables import OutboxEvent
from tenants.tenant import open_tenant

KINDS = ("shopify", "woocommerce", "stripe")
SECRETS = {"shopify": "shpss_0123456789abcdef", "stripe": "whsec_0123456789abcdef", "square": "square-key-0123456789"}


@pytest.fixture(scope="module")
def program() -> Iterator[TillApis]:
    with till_apis() as running:
        yield running


@pytest.fixture
def apis(program: TillApis) -> TillApis:
    program.codes, program.coupons, program.faults, program.refusal, program.currency = {}, {}, [], "", "EUR"
    program.asked.clear()
    return program


@pytest.fixture
def shop(database: Database, now: Any) -> Shopkeeper:
    opened = Shopkeeper(database, now)
    with opened.session() as session:
        open_tenant(session, name="Kestrel", time_zone="UTC", allowed_origins=(), now=now)
    return opened


def connect(shop: Shopkeeper, kind: str, *, token: str | None = None, **settings: Any) -> UUID:
    own = WOO_TOKEN if kind == "woocommerce" else TOKEN
    access = ConnectionAccess(kind, SECRETS.get(kind, ""), own if token is None else token, settings)
    with shop.session() as session:
        return create_connection(session, name=kind, channel=f"{kind} shop", is_order_book=False, now=shop.now, access=access).connection_id


def offer_made_in(shop: Shopkeeper, connection_id: UUID, *, ready: int = 3, **changed: Any) -> UUID:
    return shop.offer(draws_codes=True, made_in=connection_id, codes_ready=ready, **changed)


def work(shop: Shopkeeper, apis: TillApis, *, away: bool = False) -> int:
    origins = {} if away else dict.fromkeys(KINDS, apis.url)
    return make_codes_due(shop.database, shop.tenant_id, clock=shop.clock, say=SayOverHttps(is_loopback_allowed=True), origins=origins)


def view(shop: Shopkeeper, offer_id: UUID) -> MakerView:
    with shop.session() as session:
        found = maker_of(session, offer_id=offer_id)
    assert found is not None
    return found


def told(shop: Shopkeeper) -> list[dict[str, Any]]:
    with shop.session() as session:
        return [event.payload for event in session.scalars(select(OutboxEvent).where(OutboxEvent.name == "CodesNotMade"))]


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
    from billing import make_codes

    offer_id = offer_made_in(shop, connect(shop, "shopify"), ready=1)
    with shop.session() as session:
        session.get_one(OfferMaker, (shop.tenant_id, offer_id)).next_try_at = shop.now + timedelta(minutes=1)
        session.flush()
        assert make_codes._claim(session, (shop.tenant_id, offer_id), shop.now, {}) is None


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
    from billing.offers import OfferTerms, create_offer

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
    ("shopify", {"percent_ppm": None, "amount_minor": 500, "item_name": "Mug"}, "item_name"), ("shopify", {"codes_ready": 0}, "codes_ready"),
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
