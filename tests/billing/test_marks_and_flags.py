"""Buyers of the house and conversations with machines, found out before and after their orders: the book ends the same."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from shopkeeper import Shopkeeper, order_message
from sqlalchemy.orm import Session

from billing.coupons.tables import Coupon
from billing.errors import ConversationFlagRefused, InsiderMarkRefused
from billing.flag_conversation import flag_conversation
from billing.mark_insider import WHY_LENGTH_MAX, mark_insider
from billing.neutral_order import NeutralLine, NeutralOrder
from billing.read_orders import latest_orders
from billing.record_order import OrderSource, record_order
from tenants.database import Database
from tenants.identifiers import new_id


@pytest.fixture
def shop(database: Database, now: datetime) -> Shopkeeper:
    return Shopkeeper(database, now)


def mark(shop: Shopkeeper, who: str, **buyer: Any) -> UUID:
    with shop.session() as session:
        return mark_insider(session, who=who, now=shop.now, **(buyer or {"visitor_id": shop.visitor_id}))


def flag(shop: Shopkeeper, conversation_id: UUID | None, kind: str = "bot", why: str = "It asked 40 questions in a second.") -> UUID:
    assert conversation_id is not None
    with shop.session() as session:
        return flag_conversation(session, conversation_id=conversation_id, flag=kind, why=why, now=shop.now)


def sell(shop: Shopkeeper, order_id: str = "1001", **changed: Any) -> None:
    shop.tell(order_message(order_id, **({"attribution": {"visitor": str(shop.visitor_id)}} | changed)))


def rejected(shop: Shopkeeper) -> str:
    with shop.session() as session:
        return latest_orders(session)[0].rejected_reason or ""


@pytest.mark.parametrize(("who", "why"), [("staff", "works for the shop"), ("payee", "self-referral")])
def test_an_insider_earns_nobody_anything_whenever_it_becomes_known(shop: Shopkeeper, who: str, why: str) -> None:
    shop.touch()
    sell(shop)
    assert shop.earned() == 240
    mark(shop, who)
    assert shop.balances() == {}
    assert why in rejected(shop)
    sell(shop, "1002")
    assert shop.balances() == {}
    assert [line.amount_minor for line in shop.slip().lines] == [240, -240]


def test_a_mark_is_taken_back_by_a_later_one_and_the_orders_earn_again(shop: Shopkeeper) -> None:
    shop.touch()
    mark(shop, "staff")
    sell(shop)
    assert shop.earned() == 0
    shop.now += timedelta(minutes=1)
    mark(shop, "nobody")
    assert shop.earned() == 240


def bought_by(shop: Shopkeeper, order_id: str, customer: str) -> None:
    """An order of a known customer, told by the shop's order book."""
    when = shop.now - timedelta(minutes=30)
    order = NeutralOrder(
        external_id=order_id, number=None, status="paid", occurred_at=when, source_updated_at=when, currency="EUR",
        lines=(NeutralLine("1", "beans", 1, 3000, 0, False),), shipping_minor=0, shipping_tax_minor=0, tip_minor=0, captured_minor=3000,
        visitor_id=shop.visitor_id, customer=customer,
    )  # fmt: skip
    with shop.session() as session:
        record_order(session, order, source=OrderSource(shop.book.connection_id, "online", True), now=shop.now)


def test_a_customer_is_marked_by_the_hash_on_its_orders(shop: Shopkeeper) -> None:
    shop.touch()
    bought_by(shop, "1001", "hash-of-77")
    assert shop.earned() == 240
    mark(shop, "staff", customer="hash-of-77")
    assert shop.balances() == {}
    bought_by(shop, "1002", "hash-of-78")
    assert shop.earned() == 240
    bought_by(shop, "1003", "hash-of-77")
    assert shop.earned() == 240


@pytest.mark.parametrize(
    ("who", "buyer", "why"),
    [
        ("friend", {"customer": "x"}, "not a kind of insider"),
        ("staff", {"customer": None}, "one of the two"),
        ("staff", {"customer": "x", "visitor_id": UUID(int=1)}, "one of the two"),
        ("staff", {"customer": "x", "why": "x" * (WHY_LENGTH_MAX + 1)}, "at most 300 letters"),
    ],
)
def test_a_mark_that_says_nothing_is_refused(shop: Shopkeeper, who: str, buyer: dict[str, Any], why: str) -> None:
    with pytest.raises(InsiderMarkRefused, match=why):
        mark(shop, who, **buyer)


def test_a_conversation_with_a_machine_brings_nothing_and_says_so_until_it_is_taken_back(shop: Shopkeeper) -> None:
    talk = shop.touch()
    sell(shop)
    flag(shop, talk.conversation_id)
    assert shop.balances() == {}
    assert "held with a machine" in rejected(shop)
    shop.now += timedelta(minutes=1)
    flag(shop, talk.conversation_id, "person", "It was one impatient person.")
    assert shop.earned() == 240


def test_a_coupon_from_a_machine_brings_nothing_whoever_pays_with_it(shop: Shopkeeper) -> None:
    coupon = shop.coupon(shop.offer())
    stranger = str(new_id(shop.now))
    sell(shop, at="2026-11-20T12:30:00Z", attribution={"visitor": stranger}, codes=[coupon.code.lower()])
    assert shop.earned() == 240
    with shop.session() as session:
        conversation_id = latest_orders(session)[0].conversation_id
    flag(shop, conversation_id)
    assert shop.balances() == {}
    sell(shop, "1002", at="2026-11-20T12:31:00Z", attribution={"visitor": stranger}, codes=[coupon.code])
    assert shop.balances() == {}


def test_a_flag_leaves_other_orders_alone(shop: Shopkeeper) -> None:
    talk = shop.touch()
    shop.touch(conversation_id=None, at=shop.now - timedelta(hours=2))
    sell(shop)
    flag(shop, talk.conversation_id)
    assert shop.earned() == 240
    flag(shop, new_id(shop.now))
    assert shop.earned() == 240


@pytest.mark.parametrize(("kind", "why", "said"), [("robot", "x", "not a flag"), ("bot", "  ", "Say why")])
def test_a_flag_without_a_reason_is_refused(shop: Shopkeeper, kind: str, why: str, said: str) -> None:
    with pytest.raises(ConversationFlagRefused, match=said):
        flag(shop, new_id(shop.now), kind, why)


def while_it_is_not_yet_committed(shop: Shopkeeper, news: Callable[[Session], object], order: Callable[[], object]) -> None:
    """Tell the order in another transaction while the news is written but not committed: the order must wait for it."""
    with ThreadPoolExecutor(1) as pool:
        with shop.session() as session:
            news(session)
            told = pool.submit(order)
            with pytest.raises(TimeoutError):
                told.result(timeout=0.5)
        told.result(timeout=30)


def test_an_order_that_comes_while_its_conversation_is_being_flagged_waits_for_the_flag(shop: Shopkeeper) -> None:
    coupon = shop.coupon(shop.offer())
    with shop.session() as session:
        talk = session.query(Coupon.conversation_id).scalar()
    while_it_is_not_yet_committed(
        shop, lambda session: flag_conversation(session, conversation_id=talk, flag="bot", why="It never blinked.", now=shop.now),
        lambda: sell(shop, at="2026-11-20T12:30:00Z", attribution={"visitor": str(new_id(shop.now))}, codes=[coupon.code]),
    )  # fmt: skip
    assert "held with a machine" in rejected(shop)
    shop.now += timedelta(minutes=1)
    flag(shop, talk, "person", "It was a person.")
    assert shop.earned() == 240


def test_an_order_that_comes_while_its_visitor_is_being_marked_waits_for_the_mark(shop: Shopkeeper) -> None:
    shop.touch()
    while_it_is_not_yet_committed(
        shop, lambda session: mark_insider(session, who="staff", visitor_id=shop.visitor_id, now=shop.now), lambda: sell(shop)
    )
    assert "works for the shop" in rejected(shop)


def test_an_order_that_comes_while_its_customer_is_being_marked_waits_for_the_mark(shop: Shopkeeper) -> None:
    shop.touch()
    while_it_is_not_yet_committed(
        shop, lambda session: mark_insider(session, who="staff", customer="hash-of-77", now=shop.now),
        lambda: bought_by(shop, "1001", "hash-of-77"),
    )  # fmt: skip
    assert "works for the shop" in rejected(shop)
