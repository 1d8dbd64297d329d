"""At which rate an order earns: a work's royalty, the first days, a clause that is signed later; and what is posted of it."""

from datetime import datetime, timedelta

import pytest
from closed_months import months_of
from shopkeeper import TERMS, Shopkeeper, order_message
from sqlalchemy import select

from billing.contract_terms import Probation, Repeat
from billing.errors import PostingRefused
from billing.ledger.accounts import SHARE_EXPENSE, earned_by
from billing.ledger.tables import LedgerTransaction
from billing.ledger.writer import Cause, Movement, leg, post
from billing.orders.reckon import Trigger, lock_and_reckon
from billing.sign_contract import sign_contract
from tenants.database import Database
from tenants.identifiers import new_id

RATED = TERMS.model_copy(update={"royalty_share_ppm": 150_000, "probation": Probation(days=90, share_ppm=50_000)})


def bought(shop: Shopkeeper, name: str = "1001") -> dict[str, object]:
    return order_message(name, attribution={"visitor": str(shop.visitor_id)})


@pytest.mark.parametrize(("has_work", "days", "earned"), [(True, 90, 450), (False, 90, 150), (False, 59, 240)])
def test_a_work_earns_its_royalty_and_a_beginner_its_first_rate(
    database: Database, now: datetime, has_work: bool, days: int, earned: int
) -> None:
    shop = Shopkeeper(database, now, RATED.model_copy(update={"probation": Probation(days=days, share_ppm=50_000)}))
    shop.touch("link_click", work_id=new_id(now) if has_work else None)
    shop.tell(bought(shop))  # 59 days and some hours after the contract began
    assert shop.earned() == earned


def test_a_clause_on_repeat_purchases_signed_later_leaves_earlier_orders_alone(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    shop.touch()
    with shop.session() as session:
        again = TERMS.model_copy(update={"repeat": Repeat(days=60, share_ppm=20_000)})
        starts_at = now + timedelta(days=1)
        sign_contract(session, employee_id=shop.employee_id, terms=again, accepted_by="Ada", now=now, starts_at=starts_at)
    shop.tell(bought(shop))
    assert shop.earned() == 240


def test_two_credits_of_one_employee_are_one_line(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now, TERMS.model_copy(update={"attribution_model": "linear"}))
    shop.touch()
    shop.touch()
    shop.tell(bought(shop))
    assert [line.amount_minor for line in shop.slip().lines] == [240]


def test_an_order_corrected_to_before_anyone_was_met_says_on_its_statement_why_it_falls_to_nothing(
    database: Database, now: datetime
) -> None:
    months = months_of(database, now, TERMS)
    months.sell("o1", "30.00")
    visitor = {"visitor": str(months.shop.visitor_id)}
    months.shop.tell(order_message("o1", at="2026-11-20T08:00:00Z", attribution=visitor))
    months.close_at(2027, 1, 10)
    sale, back = (line for line in months.lines("2026-11") if line["kind"] == "share")
    assert (sale["amount_minor"], back["amount_minor"]) == (240, -240)
    assert back["reason"].endswith(".")


def test_an_unknown_order_is_left_out(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    with shop.session() as session:
        assert lock_and_reckon(session, [new_id(now)], Trigger(Cause("touch", None, "It was told."), None), now=now) == 0


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"cause": Cause("order", None, "")}, "a sentence that says why"),
        ({"cause": Cause("", None, "It was sold.")}, "needs a cause"),
        ({"kind": "gift"}, "no movement of the kind 'gift'"),
        ({"order_id": None}, "an id made of what it is about"),
        ({"revision": None}, "an id made of what it is about"),
    ],
)  # fmt: skip
def test_the_one_writer_refuses_what_could_not_be_explained(
    database: Database, now: datetime, changed: dict[str, object], says: str
) -> None:
    shop = Shopkeeper(database, now)
    plain: dict[str, object] = {
        "kind": "share", "contract_version_id": new_id(now), "employee_id": shop.employee_id, "period_start": now,
        "cause": Cause("order", None, "It was sold."), "working": {}, "occurred_at": now, "effective_at": now,
        "legs": (leg(SHARE_EXPENSE, earned_by(shop.employee_id, "platform"), 5, "EUR", "platform"),), "order_id": new_id(now),
        "revision": 1,
    }  # fmt: skip
    with shop.session() as session:
        with pytest.raises(PostingRefused, match=says):
            post(session, [Movement(**(plain | changed))], now=now)  # type: ignore[arg-type]
        assert session.scalars(select(LedgerTransaction)).all() == []


def test_a_posting_of_nothing_is_refused_and_a_negative_one_turns_round() -> None:
    with pytest.raises(PostingRefused, match="zero"):
        leg("a", "b", 0, "EUR", "platform")
    back = leg("a", "b", -3, "EUR", "platform")
    assert (back.source, back.destination, back.amount_minor) == ("b", "a", 3)
