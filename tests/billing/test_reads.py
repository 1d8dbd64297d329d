"""What the dashboard reads: deliveries page by page, and earnings that agree with the book."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from shopkeeper import Shopkeeper, order_message, refund_message

from billing.connections import close_connection, connections
from billing.errors import ConnectionNameMissing, ConnectionUnknown, DeliveryUnknown, OrderUnknown
from billing.explain import explain_order
from billing.read_deliveries import DeliverySearch, deliveries, delivery, delivery_body
from billing.read_earnings import earnings
from billing.read_orders import (
    coupons_seen,
    earned_by_conversation,
    earning_lines,
    latest_orders,
    orders_of_conversation,
    orders_of_deliveries,
    touches_seen,
)  # fmt: skip
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


def test_deliveries_are_found_by_their_connection_and_by_words_taken_letter_by_letter(shop: Shopkeeper) -> None:
    till = shop.connect("Till", "till", is_order_book=True)
    sold = shop.tell(order_message("Crema_7"), delivery_id="first_one").event_id
    torn = shop.tell(b"100% no JSON", delivery_id="firstXone", connection=till).event_id

    def found(**search: Any) -> list[UUID]:
        with shop.session() as session:
            return [view.event_id for view in deliveries(session, search=DeliverySearch(**search)).deliveries]

    assert sorted(found()) == sorted([sold, torn])
    assert (found(connection_id=till.connection_id), found(connection_id=UUID(int=1))) == ([torn], [])
    assert [found(words=words) for words in ("FIRST_ONE", "crema_7", "order.updated", "not json", "%", "_7%")] == [
        [sold], [sold], [sold], [torn], [], [],
    ]  # fmt: skip
    assert found(words="first", connection_id=shop.book.connection_id) == [sold]


def test_what_is_not_there_is_named(shop: Shopkeeper) -> None:
    with shop.session() as session:
        with pytest.raises(DeliveryUnknown):
            delivery_body(session, event_id=UUID(int=1))
        with pytest.raises(DeliveryUnknown):
            delivery(session, event_id=UUID(int=1))
        with pytest.raises(ConnectionUnknown):
            close_connection(session, connection_id=UUID(int=1), now=shop.now)
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


@pytest.mark.parametrize(("name", "channel"), [(" ", "online"), ("Till", ""), ("x" * 101, "online"), ("Till", "y" * 101)])
def test_a_connection_has_a_name_and_a_channel(shop: Shopkeeper, name: str, channel: str) -> None:
    with pytest.raises(ConnectionNameMissing, match="at most 100"):
        shop.connect(name, channel, is_order_book=False)


def test_an_order_is_found_by_its_conversation_its_delivery_and_its_coupon(shop: Shopkeeper, now: datetime) -> None:
    coupon = shop.coupon(shop.offer())
    told = shop.tell(order_message("a", codes=[coupon.code], at=now.isoformat()))
    refund, stranger = shop.tell(refund_message("r", "10.00", order_id="a")), shop.tell(refund_message("s", "1.00", order_id="gone"))
    shop.now += timedelta(seconds=1)
    shop.tell(order_message("plain", at="2026-11-20T09:00:00Z", number="#7"))
    with shop.session() as session:
        plain, order = latest_orders(session)
        assert (order.order_ref, order.coupon_code, order.touch_kind, order.earned_minor) == ("a", coupon.code, "coupon_issue", 160)
        assert (plain.order_ref, plain.employee_id, plain.earned_minor) == ("#7", None, 0)
        assert order.conversation_id is not None
        assert orders_of_conversation(session, conversation_id=order.conversation_id) == [order]
        assert orders_of_conversation(session, conversation_id=UUID(int=1)) == []
        assert earned_by_conversation(session, [order.conversation_id, UUID(int=1)]) == {order.conversation_id: {"EUR": 160}}
        named = {told.event_id: (order.order_id, "a"), refund.event_id: (order.order_id, "a")}
        assert orders_of_deliveries(session, event_ids=[told.event_id, refund.event_id, stranger.event_id]) == named
        assert delivery(session, event_id=told.event_id) == told
        seen = coupons_seen(session, [coupon.coupon_id, UUID(int=1)])
        assert [(one.code, one.offer_name, one.redeemed_for) for one in seen.values()] == [(coupon.code, "Welcome", None)]
        (credit,) = explain_order(session, order_id=order.order_id).revisions[0].credits
        assert credit.touch_id is not None
        (touch,) = touches_seen(session, [credit.touch_id]).values()
        assert (touch.kind, touch.occurred_at, touch.employee_id) == ("coupon_issue", order.touched_at, shop.employee_id)


def test_movements_of_some_days_are_those_of_the_payslip(shop: Shopkeeper, now: datetime) -> None:
    shop.tell(order_message("a", attribution={"visitor": str(shop.visitor_id)}))
    shop.tell(refund_message("r", "10.00", order_id="a"))
    start, end = now - timedelta(days=1), now + timedelta(days=1)
    with shop.session() as session:
        found = earning_lines(session, start=start, end=end, now=now)
        assert [one.line for one in found] == list(shop.slip().lines)
        assert [one.line.amount_minor for one in found] == [240, -80]
        assert earning_lines(session, start=start, end=end, employee_id=shop.employee_id, now=now) == found
        assert earning_lines(session, start=start, end=end, employee_id=UUID(int=1), now=now) == []
        assert earning_lines(session, start=end, end=end + timedelta(days=1), now=now) == []
