"""A code the till refused is kept by its reason; and what pages ask of a young shop: no lines yet, no offer yet, the same code twice."""

from datetime import datetime, timedelta
from time import sleep
from uuid import UUID

from shopkeeper import Shopkeeper, order_message
from sqlalchemy import select

from billing.binary_arrays import array_of
from billing.errors import CouponExpired, CouponNotAccepted, CouponReservedElsewhere
from billing.lift.coupon_days import marks_by_code
from billing.note_refused_code import note_refused_code, refused_codes
from billing.offers import first_offer_name, offer_names
from billing.read_payslip import payslip_page
from billing.rows import rows_for
from billing.seal_ledger import seal_ledger, shops_unsealed
from tenants.database import Database
from tenants.tables import OutboxEvent, Tenant

_LOOKS = 300


def test_a_refusal_is_kept_by_code_and_reason_and_told_once_a_day(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    code = shop.coupon(shop.offer()).code
    with shop.session() as session:
        for number, refusal in enumerate((CouponExpired("Over."), CouponExpired("Over."), CouponReservedElsewhere("Held."))):
            assert note_refused_code(session, code=code.lower(), refusal=refusal, order_ref=f"A-{number}", now=now)
        assert not note_refused_code(session, code=code, refusal=CouponNotAccepted("Odd."), order_ref=None, now=now)
        for stranger in ("K7QZM-4HXPA", "\x00"):
            assert not note_refused_code(session, code=stranger, refusal=CouponExpired("Over."), order_ref=None, now=now)
        kept = {(one.why, one.times, one.order_ref) for one in refused_codes(session, now=now)}
    assert kept == {("Its last day had passed.", 2, "A-1"), ("Another checkout was holding it.", 1, "A-2")}
    with shop.session() as session:
        told = select(OutboxEvent).where(OutboxEvent.name == "CodeRefused")
        assert len(session.scalars(told).all()) == 1
        note_refused_code(session, code=code, refusal=CouponExpired("Over."), order_ref=None, now=now + timedelta(days=1))
        assert len(session.scalars(told).all()) == 2
        assert refused_codes(session, now=now + timedelta(days=32)) == []


def test_offers_are_called_by_name_and_the_one_that_is_not_over_comes_first(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    with shop.session() as session:
        assert first_offer_name(session, now=now) is None
        assert offer_names(session) == {}
    offer_id = shop.offer()
    with shop.session() as session:
        assert offer_names(session)[offer_id] == first_offer_name(session, now=now)


def test_a_payslip_without_a_sale_has_one_empty_page(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    with shop.session() as session:
        page = payslip_page(session, employee_id=shop.employee_id, period_start=None, page=3, lines_per_page=50, now=now)
    assert (page.page_count, page.slip.lines) == (1, ())


def test_a_code_on_two_orders_marks_the_first(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    code = shop.coupon(shop.offer(), visitor_id=shop.visitor_id).code
    for number in (1, 2):
        shop.tell(order_message(f"o{number}", at=f"2026-11-20T09:0{number}:00Z", codes=[code]))
    with shop.session() as session:
        marks = marks_by_code(session, now=now + timedelta(hours=1))
    assert [mark.occurred_at.minute for mark in marks.values()] == [1]


def test_books_that_grew_since_the_last_look_are_found_and_no_others(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    with shop.session() as session:
        session.add(Tenant(tenant_id=shop.tenant_id, name="Kestrel", time_zone="UTC", created_at=now))
    everybody, first = shops_unsealed(database, since=0)
    assert everybody == []
    shop.touch()
    shop.tell(order_message(attribution={"visitor": str(shop.visitor_id)}))
    assert shop.earned() == 240
    grown, second = shops_unsealed(database, since=first)
    assert grown == [shop.tenant_id]
    with shop.session() as session:
        assert seal_ledger(session, now=now) > 0
    assert _found_at_last(database, since=second) == []


def _found_at_last(database: Database, *, since: int) -> list[UUID]:
    """Look again and again, each time from where the last look reached: who writes beside, in any database, holds that number back."""
    for _ in range(_LOOKS):
        found, since = shops_unsealed(database, since=since)
        if not found:
            break
        sleep(0.1)
    return found


def test_an_empty_column_is_an_empty_array(database: Database, now: datetime) -> None:
    with Shopkeeper(database, now).session() as session:
        assert rows_for(session, "SELECT unnest(%s::uuid[])", []) == []
        rows_for(session, "SELECT 1")  # the connection knows our arrays from here on
        driver = session.connection().exec_driver_sql("SELECT cardinality(%s::uuid[])", (array_of([], UUID),))
        assert driver.scalar() == 0
