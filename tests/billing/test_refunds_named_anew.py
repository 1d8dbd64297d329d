"""One refund told several times: for another order, first by its payment, later as failed. It is one fact, and belongs in one place."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest
from closed_months import months_of
from shopkeeper import Shopkeeper, order_message, refund_message
from sqlalchemy import func, select

from billing.contract_terms import ContractTerms
from billing.ledger.posted import signed_for_employee
from billing.ledger.tables import Posting
from billing.orders.tables import ShopOrder
from tenants.database import Database

LATER, LAST = "2026-11-20T09:20:00Z", "2026-11-20T09:30:00Z"
TWO_EARN, ONE_EARNS = 480, 240


def orders(shop: Shopkeeper, **more: Any) -> list[dict[str, Any]]:
    marks = {"attribution": {"visitor": str(shop.visitor_id)}}
    return [order_message(name, **marks, **more) for name in ("a", "b")]


def earned_on(shop: Shopkeeper, name: str) -> int:
    """What the book says one order has earned, in minor units."""
    of_order = (Posting.tenant_id == ShopOrder.tenant_id) & (Posting.order_id == ShopOrder.order_id)
    with shop.session() as session:
        query = select(func.coalesce(func.sum(signed_for_employee()), 0)).join(ShopOrder, of_order)
        return int(session.scalar(query.where(ShopOrder.external_id == name)) or 0)


@pytest.mark.parametrize(
    ("payment", "tellings"),
    [
        (None, [{"order_id": "a"}, {"order_id": "b", "updated_at": LATER}]),
        ("p", [{"order_id": None, "payment_reference": "p"}, {"order_id": "b", "payment_reference": "p", "updated_at": LATER}]),
        ("p", [{"order_id": "b"}, {"order_id": None, "payment_reference": "p", "updated_at": LATER}]),
    ],
    ids=["corrected to another order", "by its payment first", "by its payment last"],
)
def test_it_counts_once_however_it_was_told(database: Database, now: datetime, payment: str | None, tellings: list[dict[str, Any]]) -> None:
    books = set()
    for sequence in permutations(range(4)):
        shop = Shopkeeper(database, now)
        shop.touch()
        messages = orders(shop, **({"payment_reference": payment} if payment else {}))
        messages += [refund_message("r1", "30.00", **one) for one in tellings]
        for number in sequence:
            shop.tell(messages[number])
        books.add((shop.earned(), *(earned_on(shop, name) for name in ("a", "b"))))
    assert books == {(ONE_EARNS, 240, 0)}


@pytest.mark.parametrize("failed_by", [{"order_id": None, "payment_reference": "p"}, {"order_id": "b"}])
@pytest.mark.parametrize("payment", ["p", None])
def test_one_that_failed_is_given_back_whatever_the_failure_names(
    database: Database, now: datetime, payment: str | None, failed_by: dict[str, Any]
) -> None:
    for sequence in permutations(range(4)):
        shop = Shopkeeper(database, now)
        shop.touch()
        messages = orders(shop, **({"payment_reference": payment} if payment else {}))
        messages.append(refund_message("r1", "30.00", order_id="b"))
        messages.append(refund_message("r1", "30.00", **failed_by, status="failed", updated_at=LAST))
        for number in sequence:
            shop.tell(messages[number])
        assert shop.earned() == TWO_EARN, sequence


def test_an_order_named_later_takes_over_what_its_payment_brought_to_another(database: Database, now: datetime) -> None:
    """The refund names b, whose payment is another: until b is told, the payment's first order bears it."""
    shop = Shopkeeper(database, now)
    shop.touch()
    first, second = orders(shop)
    shop.tell(first | {"data": first["data"] | {"payment_reference": "p"}})
    shop.tell(refund_message("r1", "30.00", order_id="b", payment_reference="p"))
    assert shop.earned() == 0
    shop.tell(second)
    assert (shop.earned(), earned_on(shop, "a"), earned_on(shop, "b")) == (ONE_EARNS, 240, 0)


def test_a_slow_clock_books_in_the_first_open_month(database: Database, now: datetime) -> None:
    """Booked in the closed one, what it moves would stand in no statement, ever."""
    months = months_of(database, now, ContractTerms(currency="EUR", share_ppm=80_000, soft_days=0, return_window_days=0))
    months.sell("o", "100.00")
    months.close_at(2026, 12, 2)
    months.shop.now = datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC)
    months.refund("r", "100.00", "o")
    months.close_at(2027, 2, 5)
    moved = [(one.period_name, one.earned_minor) for one in months.statements() if one.earned_minor]
    assert moved == [("2026-11", 800), ("2026-12", -800)]
