"""Codes made in the merchant's own system: read from whatever list, each taken once, drawn in sequence, and told of when few are left."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shopkeeper import Shopkeeper, order_message
from sqlalchemy import select

from billing.change_offer import end_offer
from billing.coupons.codes import CODE_SYMBOLS
from billing.coupons.tables import Offer, PoolCode
from billing.errors import CodesRefused, CouponRefused, OfferUnknown, PoolEmpty
from billing.import_codes import CODES_MAX, TEXT_BYTES_MAX, CodesPreview, import_codes, preview_codes
from billing.offers import active_offers
from billing.read_offers import CodesWanted, coupons_of, offer
from billing.redeem_coupon import redeem_coupon, validate_coupon
from tenants.database import Database
from tenants.identifiers import new_id
from tenants.tables import OutboxEvent
from tenants.tenant import open_tenant


@pytest.fixture
def shop(database: Database, now: datetime) -> Shopkeeper:
    opened = Shopkeeper(database, now)
    with opened.session() as session:
        open_tenant(session, name="Kestrel", time_zone="UTC", allowed_origins=(), now=now)
    return opened


def take(shop: Shopkeeper, offer_id: UUID, text: str) -> int:
    with shop.session() as session:
        return import_codes(session, offer_id=offer_id, text=text, now=shop.now, by="operator")


def look(shop: Shopkeeper, text: str) -> CodesPreview:
    with shop.session() as session:
        return preview_codes(session, text=text)


def draw(shop: Shopkeeper, offer_id: UUID) -> str:
    return shop.coupon(offer_id, visitor_id=new_id(shop.now)).code


def left(shop: Shopkeeper, offer_id: UUID) -> tuple[int, int]:
    """How many codes the offer counts, and how many rows wait."""
    with shop.session() as session:
        waiting = select(PoolCode).where(PoolCode.offer_id == offer_id, PoolCode.coupon_id.is_(None))
        return offer(session, offer_id=offer_id, now=shop.now).codes_left, len(list(session.scalars(waiting)))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("AA-1\nAA-2\n\n  AA-3  \r\n", ("AA-1", "AA-2", "AA-3")),
        ("\ufeffid,Code\n7,AA-1\n8,AA-2", ("AA-1", "AA-2")),
        ("Coupon code;used\nAA-1;no\nAA-2;no", ("AA-1", "AA-2")),
        ("AA-1\tx\nAA-2\ty", ("AA-1", "AA-2")),
        ('"AA-1","a, b"\n"AA-2","c"', ("AA-1", "AA-2")),
        ("AA-1,10%\nAA-2,10%", ("AA-1", "AA-2")),
    ],
)
def test_codes_are_read_from_whatever_list(shop: Shopkeeper, text: str, codes: tuple[str, ...]) -> None:
    found = look(shop, text)
    assert (found.codes, found.faults) == (codes, ())


def test_what_falls_away_is_counted_and_named_by_its_line(shop: Shopkeeper) -> None:
    first, second = (shop.offer(draws_codes=True) for _ in range(2))
    assert take(shop, first, "KNOWN-1\nKNOWN-2") == 2
    given_out = shop.coupon(shop.offer()).code
    text = f"id,code\n1,fresh\n2,FRESH\n3,known-1\n4,{given_out.replace('-', '').lower()}\n5,two words\n6,\n7,{'x' * 41}\n8,a/b\n9"
    found = look(shop, text)
    assert (found.codes, found.repeated_count, found.known_count, found.unreadable_count) == (("fresh",), 1, 2, 5)
    assert [(fault.line, fault.why.partition(" ")[0]) for fault in found.faults[:3]] == [(3, "This"), (4, "This"), (5, "This")]
    assert take(shop, second, text) == 1
    assert take(shop, second, text) == 0, "doing it again adds nothing"
    many = look(shop, "\n".join("no code" for _ in range(60)))
    assert (many.unreadable_count, len(many.faults)) == (60, 50)


@pytest.mark.parametrize("text", ["", " \n\n", "code\n", "x" * (TEXT_BYTES_MAX + 1), "a\n" * (CODES_MAX + 1)])
def test_what_is_no_list_is_refused(shop: Shopkeeper, text: str) -> None:
    with pytest.raises(CodesRefused):
        look(shop, text)


@given(text=st.text(max_size=200))
@settings(deadline=None)
def test_any_text_may_be_pasted(database_for_run: Database, text: str) -> None:
    with database_for_run.tenant_session(UUID(int=7)) as session:
        try:
            found = preview_codes(session, text=text)
        except CodesRefused:
            return
    assert all(code.isascii() and code.isprintable() for code in found.codes)


def test_only_an_offer_that_draws_codes_takes_a_list(shop: Shopkeeper) -> None:
    over = shop.offer(draws_codes=True)
    with shop.session() as session:
        end_offer(session, offer_id=over, now=shop.now, by="operator")
    for offer_id in (shop.offer(), over):
        with pytest.raises(CodesRefused, match="takes no codes"):
            take(shop, offer_id, "A-1")
    with pytest.raises(OfferUnknown):
        take(shop, new_id(shop.now), "A-1")


def test_codes_are_drawn_in_their_sequence_and_spelled_as_in_the_list(shop: Shopkeeper) -> None:
    offer_id = shop.offer(draws_codes=True)
    looks_like_ours = CODE_SYMBOLS[:10].lower()
    assert take(shop, offer_id, f"Zed-1\n{looks_like_ours}\n") == 2
    assert take(shop, offer_id, "Alpha-1") == 1
    assert [draw(shop, offer_id) for _ in range(3)] == ["Zed-1", looks_like_ours, "Alpha-1"]
    with pytest.raises(PoolEmpty):
        draw(shop, offer_id)
    with shop.session() as session:
        assert active_offers(session, shop.employee_id, shop.now) == []
        assert offer(session, offer_id=offer_id, now=shop.now).state == "used_up"
        for code in ("ZED-1", looks_like_ours.upper()):
            assert validate_coupon(session, code=code, cart_total_minor=1000, currency="EUR", now=shop.now).discount_minor == 100
        assert redeem_coupon(session, code="zed-1", order_ref="1", cart_total_minor=1, currency="EUR", now=shop.now).code == "Zed-1"
        assert [one.code for one in coupons_of(session, CodesWanted(offer_id, "zed"), limit=3, now=shop.now)] == ["Zed-1"]
        assert [one.code for one in coupons_of(session, CodesWanted(offer_id, looks_like_ours), limit=3, now=shop.now)] == [looks_like_ours]
    shop.tell(order_message("o1", at=(shop.now + timedelta(minutes=1)).isoformat(), codes=["ZED-1"]))
    assert shop.earned() == 240, "an order that names it belongs to whoever handed it out"


def test_no_code_is_drawn_twice_by_sixteen_at_once(shop: Shopkeeper) -> None:
    offer_id = shop.offer(draws_codes=True)
    take(shop, offer_id, "\n".join(f"P-{number}" for number in range(10)))
    start = threading.Barrier(16)

    def want(_: int) -> str | None:
        start.wait()
        try:
            return draw(shop, offer_id)
        except PoolEmpty:
            return None

    with ThreadPoolExecutor(16) as pool:
        drawn = [code for code in pool.map(want, range(16)) if code]
    assert sorted(drawn) == sorted(f"P-{number}" for number in range(10))
    assert left(shop, offer_id) == (0, 0)


def test_people_are_told_once_when_few_are_left(shop: Shopkeeper) -> None:
    offer_id = shop.offer(draws_codes=True, codes_low=2)
    take(shop, offer_id, "\n".join(f"P-{number}" for number in range(4)))

    def told() -> int:
        with shop.session() as session:
            return len(list(session.scalars(select(OutboxEvent).where(OutboxEvent.name == "CodesRanLow"))))

    counts = []
    for _ in range(4):
        draw(shop, offer_id)
        counts.append(told())
    assert counts == [0, 1, 1, 1]
    with shop.session() as session:
        assert offer(session, offer_id=offer_id, now=shop.now).is_low
    assert take(shop, offer_id, "Q-1\nQ-2\nQ-3") == 3
    assert left(shop, offer_id) == (3, 3)
    draw(shop, offer_id)
    assert told() == 2, "on the next way down it is told again"


def test_a_code_that_was_handed_out_meanwhile_is_passed_over(shop: Shopkeeper, now: datetime) -> None:
    """Such a code can only come from two imports' luck with our own: it is used up, and the next is drawn."""
    offer_id, code = shop.offer(draws_codes=True), shop.coupon(shop.offer()).code
    with shop.session() as session:
        for position, own in enumerate((code, *(f"P-{number}" for number in range(1)))):
            session.add(PoolCode(tenant_id=shop.tenant_id, code=own, offer_id=offer_id, typed=own, position=position, imported_at=now))
        session.get_one(Offer, (shop.tenant_id, offer_id)).codes_left = 2
    assert draw(shop, offer_id) == "P-0"
    assert left(shop, offer_id) == (0, 0)
    shop.now = now + timedelta(seconds=1)
    with pytest.raises(CouponRefused):
        draw(shop, offer_id)
