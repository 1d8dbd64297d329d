"""One refund told several times: for another order, first by its payment, later as failed. It is one fact, and belongs in one place."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from closed_months import months_of
from shopkeeper import Shopkeeper, order_message, refund_message
from sqlalchemy import func, select

from billing.contract_terms import ContractTerms
from billing.ledger.posted import signed_for_employee
from billing.ledger.tables import Posting
from billing.orders.tables import ShopOrder
from billing.read_deliveries import deliveries
from tenants.database import Database
from tenants.identifiers import new_id

LATER, LAST = "2026-11-20T09:20:00Z", "2026-11-20T09:30:00Z"
SEQUENCES = tuple(permutations(range(4)))


def told_in_every_sequence(shop: Shopkeeper, tellings: list[dict[str, Any]], payment: str | None) -> list[tuple[int, int]]:
    """Two sales of 30.00 and two tellings about one refund, told in all 24 sequences, each with names of its own, side by side.

    Return what the two orders of each have earned in the end, in minor units.
    """
    visitors = [shop.touch(visitor_id=new_id(shop.now)).visitor_id for _ in SEQUENCES]
    for place in range(4):
        for mark, sequence in enumerate(SEQUENCES):
            shop.post(named([*orders(visitors[mark], payment), *tellings][sequence[place]], f"{mark}-"))
        assert shop.work() == len(SEQUENCES)
    return [(earned_on(shop, f"{mark}-a"), earned_on(shop, f"{mark}-b")) for mark in range(len(SEQUENCES))]


def orders(visitor_id: UUID | None, payment: str | None = None) -> list[dict[str, Any]]:
    more = {"payment_reference": payment} if payment else {}
    return [order_message(name, attribution={"visitor": str(visitor_id)}, **more) for name in ("a", "b")]


def named(message: dict[str, Any], mark: str) -> dict[str, Any]:
    """The message with a mark before every reference."""
    references = ("id", "order", "payment_reference")
    data = {key: mark + value if key in references and value else value for key, value in message["data"].items()}
    return message | {"data": data}


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
    refunds = [refund_message("r1", "30.00", **one) for one in tellings]
    assert {*told_in_every_sequence(Shopkeeper(database, now), refunds, payment)} == {(240, 0)}


@pytest.mark.parametrize("failed_by", [{"order_id": None, "payment_reference": "p"}, {"order_id": "b"}])
@pytest.mark.parametrize("payment", ["p", None])
def test_one_that_failed_is_given_back_whatever_the_failure_names(
    database: Database, now: datetime, payment: str | None, failed_by: dict[str, Any]
) -> None:
    refunds = [refund_message("r1", "30.00", order_id="b"), refund_message("r1", "30.00", **failed_by, status="failed", updated_at=LAST)]
    assert {*told_in_every_sequence(Shopkeeper(database, now), refunds, payment)} == {(240, 240)}


def test_an_order_named_later_takes_over_what_its_payment_brought_to_another(database: Database, now: datetime) -> None:
    """The refund names b, whose payment is another: until b is told, the payment's first order bears it."""
    shop = Shopkeeper(database, now)
    shop.touch()
    first, second = orders(shop.visitor_id)
    shop.tell(first | {"data": first["data"] | {"payment_reference": "p"}})
    shop.tell(refund_message("r1", "30.00", order_id="b", payment_reference="p"))
    assert shop.earned() == 0
    shop.tell(second)
    assert (shop.earned(), earned_on(shop, "a"), earned_on(shop, "b")) == (240, 240, 0)


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


@pytest.mark.parametrize("first", [{"order_id": "a"}, {"order_id": None, "payment_reference": "p"}], ids=["by its name", "by its payment"])
def test_an_id_used_for_two_orders_says_so_wherever_it_is_seen(database: Database, now: datetime, first: dict[str, Any]) -> None:
    """Whether the shop used the id twice by mistake or corrects the order, the first order's line says why its share came back."""
    shop = Shopkeeper(database, now)
    shop.touch()
    a, b = orders(shop.visitor_id)
    shop.tell(a | {"data": a["data"] | {"payment_reference": "p"}})
    shop.tell(b)
    told = shop.tell(refund_message("1", "10.00", **first))
    assert told.reason is None
    again = shop.tell(refund_message("1", "5.00", order_id="b", updated_at=LATER))
    back = {(line.order_ref, line.amount_minor): line.why for line in shop.slip().lines if line.kind == "refund"}
    assert back["a", 80] == "The refund 1 was reported for another order too; it counts where the latest report places it."
    assert back["b", -40] == "A refund of 5.00 EUR was reported."
    with shop.session() as session:
        seen = {one.event_id: one.reason for one in deliveries(session).deliveries}
    if first["order_id"] is None:
        assert (seen[told.event_id], seen[again.event_id]) == (None, None), "only one of the two names an order"
    else:
        assert seen[told.event_id].startswith("A refund of the same id was reported for the order b too.")
        assert seen[again.event_id].startswith("A refund of the same id was reported for the order a too.")
