"""Edits, refunds, chargebacks, doubles and lateness, each told in a small story with its exact money."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from shopkeeper import Shopkeeper, order_message, refund_message
from sqlalchemy import select

from billing.explain import explain_order, explain_revision
from billing.ledger.tables import LedgerTransaction
from billing.read_deliveries import deliveries
from tenants.database import Database


@pytest.fixture
def shop(database: Database, now: datetime) -> Shopkeeper:
    keeper = Shopkeeper(database, now)
    keeper.touch()
    return keeper


def order_of(shop: Shopkeeper, order_id: str = "1001", **changed: Any) -> dict[str, Any]:
    return order_message(order_id, attribution={"visitor": str(shop.visitor_id)}, **changed)


def test_an_order_edited_up_and_down_and_back_earns_what_its_latest_state_is_worth(shop: Shopkeeper) -> None:
    for minute, total, expected in ((0, "30.00", 240), (1, "45.00", 360), (2, "10.00", 80), (3, "30.00", 240)):
        shop.tell(order_of(shop, total=total, updated_at=f"2026-11-20T09:0{minute}:00Z"))
        assert shop.earned() == expected
    shop.tell(order_of(shop, total="99.00", updated_at="2026-11-20T09:02:59Z"))  # late news of an older state
    assert shop.earned() == 240
    assert [line.amount_minor for line in shop.slip().lines] == [240, 120, -280, 160]


@pytest.mark.parametrize("sequence", list(permutations(range(3))))
def test_the_latest_state_counts_however_it_arrives(shop: Shopkeeper, sequence: tuple[int, ...]) -> None:
    states = [order_of(shop, total=total, updated_at=f"2026-11-20T09:0{n}:00Z") for n, total in enumerate(("30.00", "45.00", "10.00"))]
    for place in sequence:
        shop.tell(states[place])
    assert shop.earned() == 80


@pytest.mark.parametrize("backwards", [False, True])
def test_a_refund_told_twice_counts_as_its_later_telling_says(shop: Shopkeeper, backwards: bool) -> None:
    shop.tell(order_of(shop))
    tellings = [refund_message("r1", "15.00"), refund_message("r1", "6.00", updated_at="2026-11-20T09:20:00Z")]
    for telling in reversed(tellings) if backwards else tellings:
        shop.tell(telling)
        shop.now += timedelta(seconds=1)
    assert shop.earned() == 192
    shop.tell(refund_message("r1", "6.00", status="failed", updated_at="2026-11-20T09:21:00Z"))
    assert shop.earned() == 240


def test_a_refund_before_its_order_waits_in_sight_and_joins(shop: Shopkeeper) -> None:
    early = shop.tell(refund_message("r1", "15.00"))
    assert (early.state, shop.balances()) == ("waiting", {})
    assert "waits for its order" in (early.reason or "")
    shop.tell(order_of(shop))
    assert shop.earned() == 120
    with shop.session() as session:
        assert {view.state for view in deliveries(session).deliveries} == {"handled"}


def test_partial_refunds_then_a_chargeback_of_everything_leave_nothing(shop: Shopkeeper) -> None:
    shop.tell(order_of(shop, payment_reference="pay_1"))
    shop.tell(refund_message("r1", "10.00"))
    assert shop.earned() == 160
    bank = shop.connect("Bank", "online", is_order_book=False)
    shop.tell(refund_message("dp_1", "30.00", order_id=None, payment_reference="pay_1", kind="chargeback"), connection=bank)
    assert shop.balances() == {}


def test_a_refund_larger_than_the_order_moves_nothing_and_is_shown(shop: Shopkeeper) -> None:
    shop.tell(order_of(shop))
    view = shop.tell(refund_message("r1", "3000.00"))
    assert (view.state, shop.earned()) == ("handled", 240)
    with shop.session() as session:
        explained = explain_order(session, order_id=shop.slip().lines[0].order_id)
    (aside,) = explained.revisions[-1].excluded["refunds"]
    assert aside == {"subject": "refund r1", "why": "It is larger than everything that was captured."}


@pytest.mark.parametrize("book_first", [True, False])
def test_a_payment_provider_joins_the_order_and_never_doubles_it(shop: Shopkeeper, book_first: bool) -> None:
    bank = shop.connect("Bank", "online", is_order_book=False)
    told = [(order_of(shop, payment_reference="pay_1"), shop.book), (order_of(shop, "ch_9", payment_reference="pay_1"), bank)]
    states = [shop.tell(message, connection=connection).state for message, connection in (told if book_first else reversed(told))]
    assert states == (["handled", "handled"] if book_first else ["waiting", "handled"])
    assert shop.earned() == 240
    shop.tell(refund_message("re_9", "30.00", order_id=None, payment_reference="pay_1"), connection=bank)
    assert shop.earned() == 240  # the order book reports refunds; counting both tellings would take the share back twice


@pytest.mark.parametrize("till_first", [True, False])
def test_one_sale_told_by_two_order_books_pays_once_and_by_the_older(shop: Shopkeeper, till_first: bool) -> None:
    shop.now += timedelta(seconds=1)
    till = shop.connect("Till", "till", is_order_book=True)
    online, at_till = order_of(shop, payment_reference="pay_1"), order_of(shop, "T-7", total="31.00", payment_reference="pay_1")
    told = [(online, shop.book), (at_till, till)]
    for message, connection in reversed(told) if till_first else told:
        shop.tell(message, connection=connection)
    assert shop.earned() == 240


def test_a_late_touch_brings_the_order_it_preceded_and_no_other(shop: Shopkeeper, now: datetime) -> None:
    quiet = Shopkeeper(shop.database, now)
    quiet.tell(order_of(quiet))
    assert quiet.balances() == {}
    quiet.touch(at=now - timedelta(days=8))
    assert quiet.balances() == {}
    quiet.touch(at=now - timedelta(minutes=31))
    assert quiet.earned() == 240
    assert [line.kind for line in quiet.slip().lines] == ["sale"]


def test_a_revision_that_a_late_touch_caused_has_no_delivery_of_its_own(shop: Shopkeeper, now: datetime) -> None:
    quiet = Shopkeeper(shop.database, now)
    quiet.tell(order_of(quiet))
    quiet.touch(at=now - timedelta(minutes=31))
    with quiet.session() as session:
        transaction_id = session.scalars(select(LedgerTransaction.transaction_id)).one()
        revision = explain_revision(session, transaction_id=transaction_id)
    assert revision is not None
    assert revision.raw is None
    assert [one.amount_minor for one in revision.movements] == [240]


def test_a_later_touch_moves_the_share_to_whoever_was_last(shop: Shopkeeper, now: datetime) -> None:
    from uuid import UUID

    from billing.sign_contract import sign_contract

    colleague = UUID(int=5)
    with shop.session() as session:
        sign_contract(session, employee_id=colleague, terms=shop.terms, accepted_by="Ada", now=now - timedelta(days=9))
    shop.tell(order_of(shop))
    shop.touch(employee_id=colleague, at=now - timedelta(minutes=40))
    assert shop.balances() == {(f"employee.{colleague}.earned.platform", "EUR"): 240, ("shop.share_expense", "EUR"): -240}
    assert [line.amount_minor for line in shop.slip().lines] == [240, -240]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"currency": "USD"}, "exchange rate"),
        ({"created_at": "2025-01-01T00:00:00Z"}, "no contract in force|No touch counts|No employee"),
        ({"is_test": True}, "Test orders"),
        ({"is_staff": True}, "staff"),
        ({"status": "pending"}, "not paid"),
        ({"attribution": {}}, "no mark"),
    ],
)
def test_an_order_that_earns_nothing_is_kept_with_its_reason(shop: Shopkeeper, changed: dict[str, Any], why: str) -> None:
    from sqlalchemy import select

    from billing.attribution.tables import AttributionRun

    view = shop.tell(order_message(**({"attribution": {"visitor": str(shop.visitor_id)}} | changed)))
    assert (view.state, shop.balances()) == ("handled", {})
    with shop.session() as session:
        reason = session.scalars(select(AttributionRun.rejected_reason)).one()
    assert any(part in (reason or "") for part in why.split("|")), reason


def test_every_movement_explains_itself_back_to_the_raw_bytes_even_after_they_are_erased(shop: Shopkeeper) -> None:
    from sqlalchemy import delete

    from billing.inbox.tables import RawKey

    shop.tell(order_of(shop))
    shop.tell(refund_message("r1", "15.00"))
    with shop.session() as session:
        session.execute(delete(RawKey))
    with shop.session() as session:
        explained = explain_order(session, order_id=shop.slip().lines[0].order_id)
    assert [(one.revision, one.cause, one.base_minor) for one in explained.revisions] == [(1, "order", 3000), (2, "refund", 1500)]
    assert [one.movements[0].amount_minor for one in explained.revisions] == [240, -120]
    assert [one.credits[0].target_minor for one in explained.revisions] == [240, 120]
    for one in explained.revisions:
        assert one.raw is not None
        assert (len(one.raw.body_sha256), one.raw.is_body_kept) == (64, False)
        assert one.credits[0].conversation_id is not None
