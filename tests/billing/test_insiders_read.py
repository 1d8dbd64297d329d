"""Who is of the house, as the shop reads it: the latest word about each buyer, how many orders are theirs, and whose an order is."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from shopkeeper import Shopkeeper, order_message

from billing.errors import InsiderMarkRefused
from billing.mark_insider import mark_insider
from billing.read_insiders import buyer_of_order, insiders_of_house
from tenants.database import Database


@pytest.fixture
def shop(database: Database, now: datetime) -> Shopkeeper:
    return Shopkeeper(database, now)


def mark(shop: Shopkeeper, who: str, **how: Any) -> None:
    """A mark a minute after whatever was said before."""
    shop.now += timedelta(minutes=1)
    with shop.session() as session:
        mark_insider(session, who=who, now=shop.now, **how)


def house(shop: Shopkeeper) -> list[tuple[str, object, int]]:
    """(who, the buyer, how many orders are theirs) of everyone of the house."""
    with shop.session() as session:
        return [(one.who, one.visitor_id or one.customer, one.order_count) for one in insiders_of_house(session)]


def test_the_latest_word_about_each_buyer_stands_the_newest_first(shop: Shopkeeper, database: Database, now: datetime) -> None:
    visitor = {"attribution": {"visitor": str(shop.visitor_id)}}
    for name, whose in (("a", {"customer": "c-77"}), ("b", {"customer": "c-77"}), ("c", visitor), ("d", {"customer": "c-78"})):
        shop.tell(order_message(name, **whose))
    with shop.session() as session:
        _, customer = buyer_of_order(session, reference="a")
    mark(shop, "staff", customer=customer, why=" The barista ", said_by="per_ada")
    mark(shop, "staff", visitor_id=shop.visitor_id)
    assert house(shop) == [("staff", shop.visitor_id, 1), ("staff", customer, 2)]
    with shop.session() as session:
        barista = insiders_of_house(session)[1]
    assert (barista.why, barista.said_by, barista.marked_at) == ("The barista", "per_ada", now + timedelta(minutes=1))
    mark(shop, "payee", customer=customer)
    assert house(shop) == [("payee", customer, 2), ("staff", shop.visitor_id, 1)]
    mark(shop, "nobody", visitor_id=shop.visitor_id)
    mark(shop, "staff", customer="who never bought")
    assert house(shop) == [("staff", "who never bought", 0), ("payee", customer, 2)]
    assert house(Shopkeeper(database, now)) == []


def test_an_order_says_whose_it_is_by_its_customer_before_its_visitor(shop: Shopkeeper, database: Database, now: datetime) -> None:
    visitor = {"attribution": {"visitor": str(shop.visitor_id)}}
    shop.tell(order_message("a", number="#1", **visitor))
    shop.tell(order_message("b", number="#2", customer="c-77", **visitor))
    shop.tell(order_message("c", number="#1", at="2026-11-20T09:05:00Z", customer="c-77"))
    shop.tell(order_message("d"))
    with shop.session() as session:
        assert buyer_of_order(session, reference="a") == (shop.visitor_id, None)
        nobody, customer = buyer_of_order(session, reference="b")
        assert (nobody, bool(customer), customer == "c-77") == (None, True, False)
        assert buyer_of_order(session, reference="#2") == buyer_of_order(session, reference="#1") == (None, customer), "the newest counts"
        with pytest.raises(InsiderMarkRefused, match="'d' does not say whose it is"):
            buyer_of_order(session, reference="d")
        with pytest.raises(InsiderMarkRefused, match="There is no order '#9'"):
            buyer_of_order(session, reference="#9")
    with Shopkeeper(database, now).session() as session, pytest.raises(InsiderMarkRefused, match="There is no order"):
        buyer_of_order(session, reference="a")
