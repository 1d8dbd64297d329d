"""What is told twice, in one second, by two systems or about another day: it counts once, in whatever sequence it comes."""

from datetime import datetime

import pytest
from shopkeeper import Shopkeeper, refund_message
from sqlalchemy import select
from test_refund_facts import aside, earned, order_of, transactions

from billing.explain import explain_order
from billing.orders.tables import ShopOrder
from tenants.database import Database


@pytest.fixture
def shop(database: Database, now: datetime) -> Shopkeeper:
    keeper = Shopkeeper(database, now)
    keeper.touch()
    return keeper


def test_a_later_message_does_not_move_an_order_to_another_day(shop: Shopkeeper) -> None:
    shop.tell(order_of(shop))
    shop.tell(order_of(shop, created_at="2026-11-19T09:00:00Z", updated_at="2026-11-20T09:05:00Z"))
    assert {one.occurred_at.day for one in transactions(shop)} == {20}
    with shop.session() as session:
        [note] = explain_order(session, order_id=session.scalars(select(ShopOrder.order_id)).one()).revisions[-1].excluded["notes"]
    assert note == "A later message dates the sale 2026-11-19T09:00:00+00:00; it keeps the day it was first told with."


@pytest.mark.parametrize("total", [f"{number}.00" for number in range(20, 28)])
def test_of_one_second_a_cancellation_counts(shop: Shopkeeper, total: str) -> None:
    for status in ("paid", "cancelled"):
        shop.tell(order_of(shop, total=total, status=status))
    assert shop.balances() == {}


@pytest.mark.parametrize("amount", ["1.00", "2.00", "3.00", "4.00", "5.00", "6.00"])
def test_of_one_second_a_refund_that_failed_takes_nothing(shop: Shopkeeper, amount: str) -> None:
    shop.tell(order_of(shop))
    for status in ({}, {"status": "failed"}):
        shop.tell(refund_message("r1", amount, **status))
    assert shop.balances() == earned(shop, 240)


def test_a_refund_as_large_as_the_order_once_was_counts_after_an_edit(shop: Shopkeeper) -> None:
    shop.tell(order_of(shop, total="100.00"))
    shop.tell(refund_message("r1", "60.00"))
    assert shop.balances() == earned(shop, 320)
    shop.tell(order_of(shop, total="50.00", updated_at="2026-11-20T09:30:00Z"))
    assert shop.balances() == {}


def test_a_chargeback_told_by_two_systems_counts_once(shop: Shopkeeper) -> None:
    bank = shop.connect("Bank", "bank", is_order_book=False)
    shop.tell(order_of(shop, total="100.00", payment_reference="p1"))
    told = refund_message("dp_19", "30.00", order_id=None, payment_reference="p1", kind="chargeback")
    shop.tell(told)
    shop.tell(told, connection=bank)
    assert shop.balances() == earned(shop, 560)
    assert aside(shop) == [{"subject": "chargeback dp_19", "why": "Another connection has told this chargeback already."}]


def test_two_order_books_that_report_one_refund_count_it_once(shop: Shopkeeper) -> None:
    other = shop.connect("Till", "till", is_order_book=True)
    for number, connection in enumerate((None, other)):
        shop.tell(order_of(shop, f"o{number}", total="100.00", payment_reference="p1"), connection=connection)
        shop.tell(refund_message(f"r{number}", "40.00", order_id=f"o{number}", payment_reference="p1"), connection=connection)
    assert shop.balances() == earned(shop, 480)


def test_two_orders_of_one_shop_may_share_a_payment(shop: Shopkeeper) -> None:
    for name, total in (("o1", "100.00"), ("o2", "50.00")):
        shop.tell(order_of(shop, name, total=total, payment_reference="p1"))
    assert shop.balances() == earned(shop, 1200)
    shop.tell(refund_message("r1", "50.00", order_id="o2", payment_reference="p1"))
    assert shop.balances() == earned(shop, 800)
    shop.tell(refund_message("r2", "25.00", order_id=None, payment_reference="p1"))
    assert shop.balances() == earned(shop, 600)
