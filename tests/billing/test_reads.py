"""What the dashboard reads: deliveries page by page, and earnings that agree with the book."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from shopkeeper import Shopkeeper, order_message, refund_message

from billing.connections import connections
from billing.errors import DeliveryUnknown, OrderUnknown
from billing.explain import explain_order
from billing.read_deliveries import deliveries, delivery_body
from billing.read_earnings import earnings
from billing.read_payslip import payslip
from tenants.database import Database


@pytest.fixture
def shop(database: Database, now: datetime) -> Shopkeeper:
    keeper = Shopkeeper(database, now)
    keeper.touch()
    return keeper


def test_deliveries_come_page_by_page_newest_first_and_none_twice(shop: Shopkeeper) -> None:
    told = []
    for number in range(7):
        told.append(shop.post(order_message(f"o{number}")).event_id)
        shop.now += timedelta(seconds=number % 2)  # some share their moment
    seen, cursor = [], None
    for _ in range(4):
        with shop.session() as session:
            page = deliveries(session, limit=2, before=cursor)
        seen += [view.event_id for view in page.deliveries]
        cursor = page.next_before
    assert (sorted(seen), cursor) == (sorted(told), None)
    assert seen[0] == told[-1]


@pytest.mark.parametrize("cursor", ["", "garbage", "ü", "AAAA", "MjAyNi0xMS0yMHw="])
def test_an_unreadable_cursor_starts_from_the_newest(shop: Shopkeeper, cursor: str) -> None:
    shop.post(order_message())
    with shop.session() as session:
        assert len(deliveries(session, before=cursor).deliveries) == 1


def test_what_is_not_there_is_named(shop: Shopkeeper) -> None:
    with shop.session() as session:
        with pytest.raises(DeliveryUnknown):
            delivery_body(session, event_id=UUID(int=1))
        with pytest.raises(OrderUnknown):
            explain_order(session, order_id=UUID(int=1))
        empty = payslip(session, employee_id=UUID(int=1), period_start=None, now=shop.now)
        assert (empty.lines, empty.totals, empty.period.name) == ((), (), "2026-11")
        assert [one.name for one in connections(session)] == ["Shop"]


def test_earnings_agree_with_the_book_by_stage_employee_and_day(shop: Shopkeeper, now: datetime) -> None:
    marks = {"attribution": {"visitor": str(shop.visitor_id)}}
    shop.tell(order_message("a", **marks))
    shop.tell(order_message("b", total="45.00", at="2026-11-20T09:05:00Z", **marks))
    shop.tell(refund_message("r", "30.00", order_id="a"))
    with shop.session() as session:
        (euro,) = earnings(session, now=now).currencies
    assert (euro.currency, euro.balance_minor, euro.by_stage, euro.order_count) == (
        "EUR",
        360,
        {"pending": 360, "locked": 0, "cleared": 0, "invoiced": 0},
        2,
    )
    assert [(one.employee_id, one.balance_minor) for one in euro.employees] == [(shop.employee_id, 360)]
    assert [(one.day.isoformat(), one.share_minor, one.sales_minor) for one in euro.days] == [("2026-11-20", 360, 7500)]
    assert shop.slip().totals[0].balance_minor == shop.earned() == 360
