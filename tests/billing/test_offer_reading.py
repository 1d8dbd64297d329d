"""Offers read back: the funnel by till and by order, coupons found and listed, and what is not there."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from offer_hands import give, summary, terms_of
from shopkeeper import Shopkeeper, order_message, refund_message

import billing.read_offers as reading
from billing.change_offer import end_offer
from billing.errors import CouponUnknown, OfferUnknown
from billing.note_coupon_seen import note_coupon_seen
from billing.offers import create_offer
from billing.read_offers import CodesWanted, Funnel, all_coupons, coupon_view, coupons_of, offer, offer_versions, offers
from billing.redeem_coupon import redeem_coupon, reserve_coupon
from tenants.database import Database
from tenants.identifiers import new_id
from tenants.tenant import open_tenant


@pytest.fixture
def shop(database: Database, now: datetime) -> Shopkeeper:
    opened = Shopkeeper(database, now)
    with opened.session() as session:
        open_tenant(session, name="Kestrel", time_zone="UTC", allowed_origins=(), now=now)
    return opened


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
