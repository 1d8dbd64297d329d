"""A refund that took nothing back stands where somebody sees it, with its reason, until it is reported rightly."""

from datetime import datetime, timedelta

from shopkeeper import Shopkeeper, order_message, refund_message

from billing.read_idle_refunds import idle_refunds
from tenants.database import Database


def test_a_refund_one_cent_above_the_sale_waits_to_be_looked_at(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    shop.touch(at=now - timedelta(days=1))
    shop.tell(order_message(total="30.00", attribution={"visitor": str(shop.visitor_id)}))
    told = shop.tell(refund_message("r-1", "30.01"))
    assert (told.state, told.reason) == ("handled", "It is larger than everything that was captured.")
    shop.tell(refund_message("r-2", "5.00", status="failed"))
    with shop.session() as session:
        (one,) = idle_refunds(session, now=now)
        assert idle_refunds(session, now=now + timedelta(days=31)) == []
    assert (one.refund_ref, one.order_ref, one.amount_minor, one.event_id) == ("r-1", "1001", 3_001, told.event_id)
    assert one.why == "It is larger than everything that was captured."
    assert shop.earned() == 240
    shop.tell(refund_message("r-1", "30.00", updated_at="2026-11-20T09:20:00Z"))
    with shop.session() as session:
        assert idle_refunds(session, now=now) == []
    assert shop.earned() == 0
