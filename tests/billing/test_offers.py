"""Offers: what they take off which cart, how they are changed without touching coupons handed out, and what became of those."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from offer_hands import change, give, summary, terms_of
from shopkeeper import Shopkeeper

from billing.change_offer import end_offer, pause_offer, resume_offer
from billing.coupons.clauses import Cart, CartLine, discount_of
from billing.coupons.tables import Offer
from billing.errors import (
    BudgetSpent,
    CartBelowMinimum,
    CartLacksProduct,
    CartLinesMissing,
    CouponNotAccepted,
    OfferChanged,
    OfferNotActive,
    OfferRefused,
    OfferUnknown,
)
from billing.offers import active_offers, create_offer
from billing.read_offers import (
    CodesWanted,
    coupon_view,
    coupons_of,
    offer_versions,
)
from billing.redeem_coupon import validate_coupon
from tenants.audit import AuditFilter, audit_entries
from tenants.database import Database
from tenants.identifiers import new_id
from tenants.tenant import open_tenant

BEANS, OIL = CartLine("Lantern blend beans", 2, 2400), CartLine("Olive oil", 1, 1100)


@pytest.fixture
def shop(database: Database, now: datetime) -> Shopkeeper:
    opened = Shopkeeper(database, now)
    with opened.session() as session:
        open_tenant(session, name="Kestrel", time_zone="UTC", allowed_origins=(), now=now)
    return opened


def worth(shop: Shopkeeper, code: str, total: int, *lines: CartLine) -> int:
    with shop.session() as session:
        how = {"code": code, "cart_total_minor": total, "currency": "EUR", "lines": lines or None}
        return validate_coupon(session, now=shop.now, **how).discount_minor


@pytest.mark.parametrize(
    ("changed", "lines", "taken"),
    [
        ({}, None, 350),
        ({"discount_minor_max": 200}, None, 200),
        ({"floor_minor": 3400}, None, 100),
        ({"is_for_products": True, "product_words": ("BEANS", "tea")}, (BEANS, OIL), 240),
        ({"percent_ppm": None, "amount_minor": 1500, "is_for_products": True, "product_words": ("oil",)}, (BEANS, OIL), 1100),
        ({"product_words": ("tea",)}, (BEANS, OIL), 350),
        ({"percent_ppm": None, "amount_minor": 1300, "item_name": "beans"}, (BEANS, OIL), 1200),
        ({"percent_ppm": None, "amount_minor": 900, "item_name": "beans"}, (BEANS, OIL), 900),
    ],
)
def test_what_a_coupon_takes_off_a_cart(shop: Shopkeeper, changed: dict[str, Any], lines: tuple[CartLine, ...] | None, taken: int) -> None:
    assert worth(shop, shop.coupon(shop.offer(**changed)).code, 3500, *(lines or ())) == taken


@pytest.mark.parametrize(
    ("changed", "lines", "error"),
    [
        ({"floor_minor": 3500}, None, CartBelowMinimum),
        ({"is_for_products": True, "product_words": ("tea",)}, None, CartLinesMissing),
        ({"is_for_products": True, "product_words": ("tea", "milk", "mugs")}, (BEANS, OIL), CartLacksProduct),
        ({"percent_ppm": None, "amount_minor": 900, "item_name": "tea"}, (BEANS, OIL), CartLacksProduct),
        ({}, (BEANS,), CouponNotAccepted),
        ({}, (CartLine("beans", 0, 3500),), CouponNotAccepted),
    ],
)
def test_what_a_cart_lacks_is_said(
    shop: Shopkeeper, changed: dict[str, Any], lines: tuple[CartLine, ...] | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        worth(shop, shop.coupon(shop.offer(**changed)).code, 3500, *(lines or ()))


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({}, "10 % off one order, single use."),
        ({"minimum_minor": 2000}, "10 % off a cart of at least 20.00 EUR, single use."),
        ({"percent_ppm": None, "amount_minor": 250, "product_words": ("oil",)}, "2.50 EUR off one order, single use."),
        (
            {"is_for_products": True, "product_words": ("Beans", "Tea", "Milk"), "minimum_minor": 2000, "discount_minor_max": 500},
            "10 % off Beans, Tea or Milk in a cart of at least 20.00 EUR, at most 5.00 EUR, single use.",
        ),
        ({"is_for_products": True, "product_words": ("Beans",)}, "10 % off Beans, single use."),
        (
            {"percent_ppm": None, "amount_minor": 320, "item_name": " Croissant ", "floor_minor": 100},
            "Croissant for free with one order, as long as 1.00 EUR remain to pay, single use.",
        ),
    ],
)
def test_the_conditions_are_one_plain_sentence(shop: Shopkeeper, changed: dict[str, Any], text: str) -> None:
    assert shop.coupon(shop.offer(**changed)).terms_text == text


@pytest.mark.parametrize(
    ("wrong", "about"),
    [
        ({"name": "x" * 121}, "name"), ({"name": "a\nb"}, "name"), ({"item_name": "mug"}, "item_name"),
        ({"percent_ppm": None, "amount_minor": 5, "item_name": " "}, "item_name"), ({"discount_minor_max": 0}, "discount_minor_max"),
        ({"floor_minor": 0}, "floor_minor"), ({"is_for_products": True}, "product_words"), ({"product_words": ("",)}, "product_words"),
        ({"product_words": ("x",) * 51}, "product_words"), ({"codes_low": -1}, "codes_low"), ({"budget_minor": 100}, "discount_minor_max"),
        ({"budget_minor": 0, "discount_minor_max": 1}, "budget_minor"), ({"budget_minor": 99, "discount_minor_max": 100}, "budget_minor"),
        ({"ends_at": datetime.fromisoformat("2026-01-01T00:00:00+00:00")}, "ends_at"),
    ],
)  # fmt: skip
def test_the_term_at_fault_is_named(shop: Shopkeeper, wrong: dict[str, Any], about: str) -> None:
    with pytest.raises(OfferRefused) as refused, shop.session() as session:
        create_offer(session, employee_id=shop.employee_id, offer=replace(terms_of(shop), **wrong), now=shop.now)
    assert refused.value.about == about


def test_coupons_keep_the_terms_they_were_handed_out_under(shop: Shopkeeper) -> None:
    offer_id, visitor_id = shop.offer(), new_id(shop.now)
    old = shop.coupon(offer_id, visitor_id=visitor_id)
    assert change(shop, offer_id, terms_of(shop, percent_ppm=200_000, minimum_minor=1000)) == 2
    assert change(shop, offer_id, terms_of(shop, percent_ppm=None, amount_minor=700), seen=2) == 3
    new = give(shop, offer_id)
    assert (worth(shop, old.code, 900), worth(shop, new.code, 900)) == (90, 700)
    assert shop.coupon(offer_id, visitor_id=visitor_id) == old, "asked again she shows what was promised"
    with shop.session() as session:
        told = [(one.version, one.terms_text, one.replaced_at is None) for one in offer_versions(session, offer_id=offer_id)]
        found, terms = coupon_view(session, coupon_id=old.coupon_id, now=shop.now)
        log = [entry.detail["version"] for entry in audit_entries(session, AuditFilter(action="offer.changed"), limit=5)]
    assert told == [
        (3, "7.00 EUR off one order, single use.", True),
        (2, "20 % off a cart of at least 10.00 EUR, single use.", False),
        (1, "10 % off one order, single use.", False),
    ]
    assert (found.version, terms.terms_text, sorted(log)) == (1, "10 % off one order, single use.", [2, 3])


def test_limits_change_without_a_new_version(shop: Shopkeeper) -> None:
    offer_id = shop.offer(product_words=("beans",))
    assert change(shop, offer_id, replace(terms_of(shop, product_words=("beans",)), coupons_max=1, per_visitor_max=1)) == 1
    give(shop, offer_id)
    with pytest.raises(BudgetSpent):
        give(shop, offer_id)
    assert change(shop, offer_id, terms_of(shop, product_words=("tea",))) == 2, "other words are other terms"


def test_a_change_that_may_not_be_is_refused(shop: Shopkeeper) -> None:
    offer_id = shop.offer()
    give(shop, offer_id)
    give(shop, offer_id)
    for terms, about in (
        (replace(terms_of(shop), coupons_max=1), "coupons_max"), (replace(terms_of(shop), currency="USD"), "currency"),
        (terms_of(shop, draws_codes=True), "draws_codes"), (terms_of(shop, discount_minor_max=5, budget_minor=50), "budget_minor"),
        (terms_of(shop, percent_ppm=0), "percent_ppm"),
    ):  # fmt: skip
        with pytest.raises(OfferRefused) as refused:
            change(shop, offer_id, terms)
        assert refused.value.about == about
    with pytest.raises(OfferRefused, match="at least one employee"):
        change(shop, offer_id, terms_of(shop), hands=[])
    with pytest.raises(OfferChanged):
        change(shop, offer_id, terms_of(shop), seen=2)
    with pytest.raises(OfferUnknown):
        change(shop, new_id(shop.now), terms_of(shop))
    assert summary(shop, offer_id).version == 1


def test_a_paused_offer_gives_nothing_until_it_is_resumed_and_an_ended_one_never(shop: Shopkeeper) -> None:
    offer_id = shop.offer()
    code = give(shop, offer_id).code
    for _ in range(2):
        with shop.session() as session:
            pause_offer(session, offer_id=offer_id, now=shop.now, by="operator")
    with pytest.raises(OfferNotActive, match="is paused"):
        give(shop, offer_id)
    with shop.session() as session:
        assert active_offers(session, shop.employee_id, shop.now) == []
    assert summary(shop, offer_id).state == "paused"
    for _ in range(2):
        with shop.session() as session:
            resume_offer(session, offer_id=offer_id, now=shop.now, by="operator")
    give(shop, offer_id)
    for _ in range(2):
        with shop.session() as session:
            end_offer(session, offer_id=offer_id, now=shop.now, by="operator")
    with pytest.raises(OfferNotActive, match="has ended"):
        give(shop, offer_id)
    for verb in (pause_offer, resume_offer):
        with pytest.raises(OfferRefused, match="make a new one"), shop.session() as session:
            verb(session, offer_id=offer_id, now=shop.now, by="operator")
    with pytest.raises(OfferChanged):
        change(shop, offer_id, terms_of(shop))
    assert worth(shop, code, 1000) == 100, "what was handed out stays good"
    with shop.session() as session:
        assert len(audit_entries(session, AuditFilter(), limit=20)) == 3, "doing it again is not written down again"


def test_several_may_hand_it_out_and_each_earns_by_her_own_touch(shop: Shopkeeper) -> None:
    second, stranger = new_id(shop.now), new_id(shop.now)
    offer_id = shop.offer()
    change(shop, offer_id, terms_of(shop), hands=[shop.employee_id, second])
    coupons = [give(shop, offer_id), give(shop, offer_id, by=second)]
    with pytest.raises(OfferNotActive, match="by others"):
        give(shop, offer_id, by=stranger)
    with shop.session() as session:
        givers = {code.code: code.employee_id for code in coupons_of(session, CodesWanted(offer_id), limit=5, now=shop.now)}
        assert [len(active_offers(session, one, shop.now)) for one in (shop.employee_id, second, stranger)] == [1, 1, 0]
        session.get_one(Offer, (shop.tenant_id, offer_id)).employee_ids = None  # as an offer made before there were several hands
    assert [givers[one.code] for one in coupons] == [shop.employee_id, second]
    assert summary(shop, offer_id).employee_ids == (shop.employee_id,)
    give(shop, offer_id)


def test_a_cart_without_lines_is_enough_for_most_coupons(shop: Shopkeeper) -> None:
    with shop.session() as session:
        row = session.get_one(Offer, (shop.tenant_id, shop.offer()))
        assert discount_of(row, Cart(1000, "EUR")) == discount_of(row, Cart(1000, "EUR", (CartLine("x", 1, 1000),))) == 100
