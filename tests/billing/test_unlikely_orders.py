"""An order worth a hundred times the usual is shown; what is usual is the median, and few orders show none."""

from datetime import UTC, datetime, timedelta

from shopkeeper import Shopkeeper, order_message

from billing.read_unlikely_orders import ORDERS_MIN, unlikely_orders
from tenants.database import Database


def test_a_hundred_times_the_usual_is_shown_for_a_month_and_counts(database: Database, now) -> None:
    shop = Shopkeeper(database, now)
    shop.touch(at=datetime(2026, 11, 20, 8, tzinfo=UTC))
    mark = {"attribution": {"visitor": str(shop.visitor_id)}}
    for number in range(ORDERS_MIN - 2):
        shop.post(order_message(f"U-{number}", total="20.00", **mark))
    shop.post(order_message("U-below", total="1999.99", **mark))
    shop.work()
    shop.tell(order_message("U-huge", total="2000.00", **mark))
    shop.tell(order_message("U-foreign", total="9000.00", currency="USD"))  # the only one in its currency: nothing is usual there
    with shop.session() as session:
        (one,) = unlikely_orders(session, now=shop.now)
        assert not unlikely_orders(session, now=shop.now + timedelta(days=31))
    assert (one.order_ref, one.channel, one.captured_minor, one.usual_minor) == ("U-huge", "online", 200_000, 2_000)
    assert shop.earned() == 18 * 160 + 16_000 + 16_000


def test_a_young_shop_has_nothing_usual(database: Database, now) -> None:
    shop = Shopkeeper(database, now)
    for number in range(ORDERS_MIN - 2):
        shop.post(order_message(f"Y-{number}", total="20.00"))
    shop.post(order_message("Y-huge", total="9000.00"))
    shop.work()
    with shop.session() as session:
        assert unlikely_orders(session, now=shop.now) == []
