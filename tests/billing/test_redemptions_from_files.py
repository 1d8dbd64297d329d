"""Tills that cannot ask us bring a file of the codes they took: previewed, booked once, and told row by row where it cannot be."""

from datetime import timedelta
from typing import Any

import pytest
from offer_hands import give, summary
from shopkeeper import Shopkeeper
from sqlalchemy import select

from billing.connectors_for_files import Columns
from billing.coupons.tables import Coupon, OfferPurse
from billing.errors import RedemptionsRefused
from billing.import_redemptions import FILE_BYTES_MAX, RedemptionsPreview, _book, import_redemptions, preview_redemptions
from billing.redeem_coupon import redeem_coupon, reserve_coupon
from tenants.tables import OutboxEvent
from tenants.tenant import open_tenant

NAMES = Columns({"code": "code", "date": "time", "amount": "off", "order": "receipt"})
HEAD = "code,time,off,receipt\n"


@pytest.fixture
def shop(database: Any, now: Any) -> Shopkeeper:
    opened = Shopkeeper(database, now)
    with opened.session() as session:
        open_tenant(session, name="Kestrel", time_zone="UTC", allowed_origins=(), now=now)
    return opened


def look(shop: Shopkeeper, text: str, columns: Columns = NAMES) -> RedemptionsPreview:
    with shop.session() as session:
        return preview_redemptions(session, text=text, columns=columns, now=shop.now)


def book(shop: Shopkeeper, text: str, columns: Columns = NAMES) -> int:
    with shop.session() as session:
        return import_redemptions(session, text=text, columns=columns, now=shop.now, by="operator")


def test_a_file_is_booked_once(shop: Shopkeeper) -> None:
    offer_id = shop.offer()
    codes = [give(shop, offer_id).code for _ in range(3)]
    shop.now += timedelta(days=2)
    at = (shop.now - timedelta(days=1)).isoformat()
    text = HEAD + "".join(f"{code.lower().replace('-', '')},{at},1.50,R-{number}\n" for number, code in enumerate(codes))
    preview = look(shop, text)
    assert ([one.discount_minor for one in preview.redemptions], preview.known_count, preview.problems) == ([150] * 3, 0, ())
    assert preview.guessed["code"] == "code"
    assert (book(shop, text), book(shop, text), look(shop, text).known_count) == (3, 0, 3)
    one = summary(shop, offer_id)
    assert (one.funnel.redeemed, one.spent_minor) == (3, 450)
    with shop.session() as session:
        events = session.scalars(select(OutboxEvent).where(OutboxEvent.name == "CouponRedeemed")).all()
        assert len(events) == 3
        assert {coupon.redeemed_at for coupon in session.scalars(select(Coupon))} == {shop.now - timedelta(days=1)}


def test_rows_that_cannot_be_booked_are_told_and_the_others_are(shop: Shopkeeper) -> None:
    offer_id = shop.offer(percent_ppm=None, amount_minor=500)
    capped = shop.offer(percent_ppm=100_000, discount_minor_max=200)
    good, used, held, late, early, dear, minus, small = (give(shop, offer_id).code for _ in range(8))
    over, twice = give(shop, capped).code, give(shop, offer_id).code
    with shop.session() as session:
        redeem_coupon(session, code=used, order_ref="R-9", cart_total_minor=2000, currency="EUR", now=shop.now)
    shop.now += timedelta(days=20)
    good_at, late_at = (shop.now - timedelta(days=19)).isoformat(), (shop.now - timedelta(days=1)).isoformat()
    with shop.session() as session:
        shop_now = shop.now - timedelta(days=7)
        reserve_coupon(session, code=held, order_ref="other", cart_total_minor=2000, currency="EUR", now=shop_now)
        session.scalars(select(Coupon).where(Coupon.code == held)).one().reserved_until = shop.now + timedelta(minutes=5)
    text = HEAD + "".join([
        f"{good},{good_at},5.00,R-1\n", f"{good},{good_at},5.00,R-1\n", f"{twice},{good_at},1.00,R-2\n", f"{twice},{good_at},1.00,R-3\n",
        f"{used},{good_at},5.00,R-4\n", f"{held},{good_at},5.00,R-5\n", f"{late},{late_at},5.00,R-6\n",
        f"{early},2026-10-01,5.00,R-7\n", f"{dear},{good_at},5.01,R-8\n", f"{minus},{good_at},-1.00,R-10\n", f"{small},soon,1.00,R-11\n",
        f"NOBODY,{good_at},1.00,R-12\n", f"{small},{good_at},1.00,\n", f"{small},2027-12-01,1.00,R-13\n", f"{over},{good_at},2.01,R-14\n",
        f"{small},{good_at},x,R-15\n",
    ])  # fmt: skip
    preview = look(shop, text)
    assert [one.code for one in preview.redemptions] == [good, twice]
    assert preview.known_count == 1
    sentences = {one.row: one.why for one in preview.problems}
    wanted = {
        5: "was used for R-2", 6: "was used for R-9", 7: "holds this code", 8: "good until", 9: "handed out on", 10: "at most 5.00 EUR",
        11: "zero or more", 12: "not a date", 13: "not handed out here", 14: "receipt's number", 15: "ahead of us", 16: "at most 2.00 EUR",
        17: "not an amount",
    }  # fmt: skip
    assert sentences.keys() == wanted.keys()
    assert all(wanted[row] in sentences[row] for row in wanted)
    assert (preview.problem_count, book(shop, text)) == (13, 2)
    with pytest.raises(RedemptionsRefused):
        book(shop, "code\nA")
    percent = give(shop, shop.offer(percent_ppm=100_000)).code
    assert "zero or more." in look(shop, f"{HEAD}{percent},{shop.now.isoformat()},-1.00,R").problems[0].why


def test_a_held_code_is_taken_for_the_checkout_that_holds_it(shop: Shopkeeper) -> None:
    code = give(shop, shop.offer()).code
    shop.now += timedelta(days=14) - timedelta(minutes=5)
    with shop.session() as session:
        reserve_coupon(session, code=code, order_ref="R-1", cart_total_minor=2000, currency="EUR", now=shop.now)
    shop.now += timedelta(minutes=10)
    assert book(shop, f"{HEAD}{code},{shop.now.isoformat()},2.00,R-1\n") == 1


def test_the_budget_follows_what_tills_took_off(shop: Shopkeeper) -> None:
    offer_id = shop.offer(percent_ppm=None, amount_minor=500, budget_minor=500)
    first = give(shop, offer_id).code
    used_at = shop.now + timedelta(days=13)
    shop.now += timedelta(days=15)
    second = give(shop, offer_id).code

    def promised() -> int:
        with shop.session() as session:
            return session.get_one(OfferPurse, (shop.tenant_id, offer_id)).promised_minor

    assert promised() == 500, "the first one's day was over, so its money went to the second"
    assert book(shop, f"{HEAD}{first},{used_at.isoformat()},5.00,R-1\n") == 1
    assert promised() == 500, "and cannot be counted above the budget"
    assert book(shop, f"{HEAD}{second},{shop.now.isoformat()},3.00,R-2\n") == 1
    assert promised() == 300


def test_a_till_that_was_quicker_has_it(shop: Shopkeeper) -> None:
    code = give(shop, shop.offer()).code
    (found,) = look(shop, f"{HEAD}{code},{shop.now.isoformat()},2.00,R-1\n").redemptions
    with shop.session() as session:
        redeem_coupon(session, code=code, order_ref="R-2", cart_total_minor=2000, currency="EUR", now=shop.now)
        assert not _book(session, found, shop.now)


def test_what_is_no_table_is_refused(shop: Shopkeeper) -> None:
    for text in ("", "code\n", HEAD + "x" * FILE_BYTES_MAX):
        with pytest.raises(RedemptionsRefused):
            look(shop, text)
    assert look(shop, f"{HEAD}A,B,C,D\n", Columns({})).refused == "Choose the column for: code, date, amount, order."
