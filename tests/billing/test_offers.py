"""Offers: what they take off which cart, how they are changed without touching coupons handed out, and what became of those."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from shopkeeper import Shopkeeper, order_message, refund_message

from billing.change_offer import change_offer, end_offer, pause_offer, resume_offer
from billing.coupons.clauses import Cart, CartLine, discount_of
from billing.coupons.tables import Offer
from billing.errors import (
    BudgetSpent,
    CartBelowMinimum,
    CartLacksProduct,
    CartLinesMissing,
    CouponNotAccepted,
    CouponUnknown,
    OfferChanged,
    OfferNotActive,
    OfferRefused,
    OfferUnknown,
)
from billing.issue_coupon import IssuedCoupon, issue_coupon
from billing.note_coupon_seen import note_coupon_seen
from billing.offers import OfferTerms, active_offers, create_offer
from billing.read_offers import (
    CodesWanted,
    Funnel,
    OfferSummary,
    all_coupons,
    coupon_view,
    coupons_of,
    offer,
    offer_versions,
    offers,
)
from billing.redeem_coupon import redeem_coupon, reserve_coupon, validate_coupon
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


def terms_of(shop: Shopkeeper, **changed: Any) -> OfferTerms:
    """The terms that Shopkeeper.offer makes, changed."""
    begins, ends = shop.now - timedelta(days=1), shop.now + timedelta(days=60)
    return OfferTerms("Welcome", "EUR", 100, begins, ends, **({"percent_ppm": 100_000} | changed))


def change(shop: Shopkeeper, offer_id: UUID, terms: OfferTerms, *, seen: int = 1, hands: list[UUID] | None = None) -> int:
    with shop.session() as session:
        return change_offer(
            session, offer_id=offer_id, offer=terms, employee_ids=[shop.employee_id] if hands is None else hands, seen_version=seen,
            now=shop.now, by="operator",
        )  # fmt: skip


def worth(shop: Shopkeeper, code: str, total: int, *lines: CartLine) -> int:
    with shop.session() as session:
        how = {"code": code, "cart_total_minor": total, "currency": "EUR", "lines": lines or None}
        return validate_coupon(session, now=shop.now, **how).discount_minor


def give(shop: Shopkeeper, offer_id: UUID, *, by: UUID | None = None) -> IssuedCoupon:
    with shop.session() as session:
        return issue_coupon(
            session, offer_id=offer_id, visitor_id=new_id(shop.now), conversation_id=None, turn_id=None, now=shop.now, employee_id=by
        )


def summary(shop: Shopkeeper, offer_id: UUID) -> OfferSummary:
    with shop.session() as session:
        return offer(session, offer_id=offer_id, now=shop.now)


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


def test_the_funnel_follows_coupons_by_till_and_by_order(shop: Shopkeeper, now: datetime) -> None:
    offer_id = shop.offer()
    talked = [shop.coupon(offer_id, visitor_id=new_id(now)) for _ in range(6)]
    with shop.session() as session:
        first = coupon_view(session, coupon_id=talked[0].coupon_id, now=now)[0]
        assert first.conversation_id is not None
        told = {"conversation_id": first.conversation_id, "now": now}
        assert note_coupon_seen(session, code=talked[0].code.lower(), **told)
        assert not note_coupon_seen(session, code=talked[0].code, **told), "only the first time counts"
        assert not note_coupon_seen(session, code=talked[1].code, **told), "another conversation's code tells nothing"
    assert summary(shop, offer_id).funnel == Funnel(6, 1, 0, 0)
    with shop.session() as session:
        for code, verb in ((talked[1].code, redeem_coupon), (talked[4].code, reserve_coupon)):
            verb(session, code=code, order_ref=f"till {code}", cart_total_minor=2000, currency="EUR", now=now)
    shop.tell(order_message("o2", codes=[talked[2].code.lower(), "OTHER"]))
    shop.tell(order_message("o2", total="31.00", at="2026-11-20T09:05:00Z", codes=[talked[2].code]))
    shop.tell(order_message("o3", codes=[talked[3].code], payment_reference="pay-3"))
    shop.tell(refund_message("r3", "5.00", order_id=None, payment_reference="pay-3"))
    shop.tell(refund_message("r2", "31.00", order_id="o2"))
    shop.now = now + timedelta(minutes=1)
    found = summary(shop, offer_id)
    assert (found.funnel, found.spent_minor, found.state, found.is_low) == (Funnel(6, 4, 3, 2), 200, "running", False)
    assert [states(shop, offer_id)[one.code] for one in talked] == ["open", "redeemed", "returned", "returned", "held", "open"]
    shop.now = now + timedelta(days=15)
    later = [states(shop, offer_id)[one.code] for one in talked]
    assert later == ["expired", "redeemed", "returned", "returned", "expired", "expired"]


def states(shop: Shopkeeper, offer_id: UUID) -> dict[str, str]:
    """The states of an offer's coupons by code; each is also found by asking for its state."""
    with shop.session() as session:
        found = list(all_coupons(session, CodesWanted(offer_id), now=shop.now))
        for state in {one.state for one in found}:
            own = coupons_of(session, CodesWanted(offer_id, state=state), limit=10, now=shop.now)
            assert own == [one for one in found if one.state == state]
    return {one.code: one.state for one in found}


def test_coupons_are_found_by_their_beginning_and_by_their_order(shop: Shopkeeper) -> None:
    offer_id = shop.offer()
    coupons = [give(shop, offer_id) for _ in range(3)]
    with shop.session() as session:
        redeem_coupon(session, code=coupons[0].code, order_ref="till 7", cart_total_minor=2000, currency="EUR", now=shop.now)
    shop.tell(order_message("o1", codes=[coupons[1].code], number="No 12"))

    def found(search: str) -> list[str]:
        with shop.session() as session:
            return [one.code for one in coupons_of(session, CodesWanted(offer_id, search), limit=9, now=shop.now)]

    assert (found(coupons[2].code[:8].lower()), found(" till 7 "), found("No 12")) == (
        [coupons[2].code],
        [coupons[0].code],
        [coupons[1].code],
    )
    assert (len(found("")), found("%"), found("_"), found("\ud800")) == (3, [], [], [])


def test_a_long_list_is_read_in_pieces(shop: Shopkeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    import billing.read_offers as reading

    monkeypatch.setattr(reading, "ROWS_AT_ONCE", 3)
    offer_id = shop.offer()
    coupons = [give(shop, offer_id).coupon_id for _ in range(7)]
    with shop.session() as session:
        assert [one.coupon_id for one in all_coupons(session, CodesWanted(offer_id), now=shop.now)] == sorted(coupons, reverse=True)


def test_offers_are_listed_with_what_may_be_given_first(shop: Shopkeeper, now: datetime) -> None:
    over, spent = shop.offer(), shop.offer(coupons_max=1)
    give(shop, spent)
    with shop.session() as session:
        end_offer(session, offer_id=over, now=now, by="operator")
        planned = replace(terms_of(shop), starts_at=now + timedelta(days=2))
        later = create_offer(session, employee_id=shop.employee_id, offer=planned, now=now + timedelta(seconds=1))
        listed = [(one.offer_id, one.state) for one in offers(session, now=now)]
    assert listed[-1] == (over, "over")
    assert listed[:2] == [(later, "planned"), (spent, "used_up")]
    shop.now = now + timedelta(days=61)
    assert summary(shop, spent).state == "over"
    assert summary(shop, spent).last_moment < summary(shop, spent).ends_at


def test_what_is_not_there_is_named(shop: Shopkeeper) -> None:
    with shop.session() as session:
        for read in (offer_versions, lambda one, offer_id: offer(one, offer_id=offer_id, now=shop.now)):
            with pytest.raises(OfferUnknown):
                read(session, offer_id=new_id(shop.now))
        with pytest.raises(CouponUnknown):
            coupon_view(session, coupon_id=new_id(shop.now), now=shop.now)
        assert coupons_of(session, CodesWanted(new_id(shop.now)), limit=3, now=shop.now) == []


def test_a_cart_without_lines_is_enough_for_most_coupons(shop: Shopkeeper) -> None:
    with shop.session() as session:
        row = session.get_one(Offer, (shop.tenant_id, shop.offer()))
        assert discount_of(row, Cart(1000, "EUR")) == discount_of(row, Cart(1000, "EUR", (CartLine("x", 1, 1000),))) == 100
