"""A dispute is about an amount: no more than is held can go back, and what the order earns later is hers."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from parties import LINE_MINOR, Parties
from shopkeeper import TERMS, order_message, refund_message
from sqlalchemy import select, text

from billing.decide_dispute import decide_overdue_disputes
from billing.errors import GrantExceedsHold, LineDisputedAlready
from billing.ledger.tables import LedgerTransaction
from billing.orders.locks import hold_periods, lock_orders
from billing.orders.tables import ShopOrder


@pytest.fixture
def shop(database, now):
    return Parties(database, now)


def edit_to(shop, total):
    line = {"id": "1", "product": "beans", "quantity": 1, "total": total}
    told = {"lines": [line], "total": total, "updated_at": "2026-11-20T09:20:00Z"}
    shop.tell(order_message(attribution={"visitor": str(shop.visitor_id)}, **told))


@pytest.mark.parametrize("granted_minor", [LINE_MINOR + 1, 100_00, 9_999_99])
def test_more_than_is_held_cannot_go_back(shop, granted_minor):
    dispute_id = shop.open()
    with pytest.raises(GrantExceedsHold, match="at most what is held, 2.40 EUR"):
        shop.decide(dispute_id, "adjusted", granted_minor=granted_minor)
    shop.decide(dispute_id, "adjusted", granted_minor=LINE_MINOR)
    assert shop.accounts() == {"share": -240, "relief": 240}


def test_a_refund_before_the_decision_lowers_what_can_go_back(shop):
    dispute_id = shop.open(amount_minor=200)
    shop.tell(refund_message("r1", "15.00"))
    with pytest.raises(GrantExceedsHold, match="1.20 EUR"):
        shop.decide(dispute_id, "adjusted", granted_minor=121)
    shop.decide(dispute_id, "adjusted", granted_minor=120)
    assert shop.accounts() == {"share": -120, "relief": 120}


@pytest.mark.parametrize(("outcome", "granted", "back"), [("accepted", None, 240), ("adjusted", 100, 100), ("rejected", None, 0)])
def test_what_the_order_earns_later_is_hers(shop, outcome, granted, back):
    shop.decide(shop.open(), outcome, granted_minor=granted)
    edit_to(shop, "300.00")
    wanted = {"share": -2400, "relief": back, "earned": 2400 - back}
    assert shop.accounts() == {name: minor for name, minor in wanted.items() if minor}


def test_growth_of_a_line_in_dispute_is_not_held(shop):
    dispute_id = shop.open()
    edit_to(shop, "300.00")
    assert shop.accounts() == {"share": -2400, "disputed": 240, "earned": 2160}
    assert shop.view(dispute_id).disputed_minor == 240


@pytest.mark.parametrize("other", [{"reason": "Another one."}, {"amount_minor": 100}, {"amount_minor": 100, "reason": "Another one."}])
def test_a_second_dispute_of_a_line_is_refused_by_name(shop, other):
    dispute_id = shop.open()
    with pytest.raises(LineDisputedAlready, match="disputed already, on 2026-11-20"):
        shop.open(**other)
    assert shop.open(reason=" She only told the hours. ") == dispute_id
    assert shop.accounts() == {"share": -240, "disputed": 240}


def test_all_of_a_line_is_more_than_a_part_and_more_after_it_grew(shop):
    dispute_id = shop.open(amount_minor=100)
    with pytest.raises(LineDisputedAlready):
        shop.open()
    assert shop.open(amount_minor=100) == dispute_id


def test_all_of_a_line_told_again_after_a_refund_is_the_same_and_after_it_grew_is_not(shop):
    dispute_id = shop.open()
    shop.tell(refund_message("r1", "10.00"))
    assert shop.open() == dispute_id
    edit_to(shop, "300.00")
    with pytest.raises(LineDisputedAlready):
        shop.open()


def test_the_clock_locks_every_order_before_any_month(shop):
    """A refund holds its order's row and asks for the month; the clock must not hold the month while it waits for that row."""
    shop.tell(order_message("2002", attribution={"visitor": str(shop.visitor_id)}))
    with shop.session() as session:
        query = select(LedgerTransaction.order_id, LedgerTransaction.contract_version_id, LedgerTransaction.period_start)
        lines = sorted(session.execute(query.where(LedgerTransaction.kind == "share")).all())
        assert len(lines) == session.query(ShopOrder).count() == 2
    for order_id, version, _ in lines:
        shop.open(order_id=order_id, contract_version_id=version)
    with ThreadPoolExecutor(1) as pool:
        with shop.session() as session:
            lock_orders(session, [lines[1].order_id])
            clock = pool.submit(decide_overdue_disputes, shop.database, now=shop.now + timedelta(days=TERMS.dispute_days))
            deadline = time.monotonic() + 30
            while not session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")) and time.monotonic() < deadline:
                time.sleep(0.02)
            hold_periods(session, {(shop.employee_id, lines[1].period_start): True})
        assert clock.result() == 2
    assert shop.accounts() == {"share": -480, "relief": 480}
