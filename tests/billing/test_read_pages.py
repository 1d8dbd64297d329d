"""Lists are read page by page, the newest first, each row once; the book can be followed as it grows."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from shopkeeper import Shopkeeper, order_message

from billing.close_period import close_due
from billing.read_pages import (
    CreditPlace,
    credits_since,
    last_credit_place,
    page_of_coupons,
    page_of_credits,
    page_of_orders,
    page_of_statements,
    page_of_touches,
)
from billing.seal_ledger import seal_ledger


@pytest.fixture
def shop(database: Any, now: Any) -> Shopkeeper:
    opened = Shopkeeper(database, now)
    offer_id = opened.offer(per_visitor_max=5)
    for number in range(3):
        opened.coupon(offer_id)
        opened.now += timedelta(seconds=1)
        opened.tell(order_message(f"10{number}", at=opened.now.isoformat(), attribution={"visitor": str(opened.visitor_id)}))
    return opened


def pages(shop: Shopkeeper, verb: Any, key: Any, **more: Any) -> list[Any]:
    """The keys of all rows, read two at a time, and read at once: both must be the same."""

    def read(after: Any, limit: int) -> list[Any]:
        with shop.session() as session:
            return [key(row) for row in verb(session, after=after, limit=limit, **more)]

    found: list[Any] = []
    while part := read(found[-1] if found else None, 2):
        found += part
    assert found == read(None, 100)
    return found


def test_each_row_stands_on_one_page(shop: Shopkeeper) -> None:
    with shop.session() as session:
        assert (last_credit_place(session), page_of_credits(session, after=None, limit=9)) == (CreditPlace(0, 0, 0), [])
        seal_ledger(session, now=shop.now)
    orders = pages(shop, page_of_orders, lambda row: row.order_id)
    touches = pages(shop, page_of_touches, lambda row: row.touch_id)
    coupons = pages(shop, page_of_coupons, lambda row: row.coupon_id, now=shop.now)
    lines = pages(shop, page_of_credits, lambda row: row.place)
    assert [len(rows) for rows in (orders, touches, coupons)] == [3, 3, 3]
    assert all(rows == sorted(rows, reverse=True) for rows in (orders, touches, coupons))
    with shop.session() as session:
        followed = credits_since(session, since=CreditPlace(0, 0, 0), limit=100)
        assert [row.place for row in followed] == list(reversed(lines))
        assert sum(row.amount_minor for row in followed) == shop.earned() > 0
        assert last_credit_place(session) == lines[0]
        assert credits_since(session, since=lines[0], limit=100) == []
    shop.now += timedelta(days=60)
    close_due(shop.database, clock=shop.clock)
    statements: list[UUID] = pages(shop, page_of_statements, lambda row: row.statement_id)
    assert statements
