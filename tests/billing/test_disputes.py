"""Disputes on a real book: what is held, how it ends, and what is refused by name."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from parties import LINE_MINOR, Parties
from shopkeeper import TERMS, order_message, refund_message
from sqlalchemy import select, text

from billing.decide_dispute import CLOCK, decide_dispute, decide_overdue, decide_overdue_disputes
from billing.errors import DisputeRefused, DisputeUnknown, OrderUnknown
from billing.open_dispute import REASON_LENGTH_MAX
from billing.orders.locks import lock_orders
from billing.orders.tables import ShopOrder
from billing.read_disputes import DecisionView, disputes
from tenants.audit import AuditFilter, audit_entries
from tenants.database import connect
from tenants.identifiers import new_id
from tenants.roles import APP, INTAKE, OPERATOR


@pytest.fixture
def shop(database, now):
    return Parties(database, now)


def test_an_open_dispute_holds_its_line(shop):
    dispute_id = shop.open()
    assert shop.accounts() == {"share": -LINE_MINOR, "disputed": LINE_MINOR}
    found = shop.view(dispute_id)
    assert (found.held_minor, found.given_back_minor, found.disputed_minor, found.decision) == (LINE_MINOR, 0, LINE_MINOR, None)
    assert (found.order_id, found.contract_version_id, found.order_number) == (*shop.line, None)
    assert found.decide_by == shop.now + timedelta(days=TERMS.dispute_days)


@pytest.mark.parametrize(
    ("outcome", "granted", "accounts"),
    [
        ("accepted", None, {"share": -240, "relief": 240}),
        ("rejected", None, {"share": -240, "earned": 240}),
        ("adjusted", 100, {"share": -240, "relief": 100, "earned": 140}),
    ],
)
def test_a_decision_moves_what_was_held(shop, outcome, granted, accounts):
    dispute_id = shop.open()
    shop.decide(dispute_id, outcome, granted_minor=granted)
    shop.decide(dispute_id, outcome, granted_minor=granted)  # telling it again changes nothing
    assert shop.accounts() == accounts
    found = shop.view(dispute_id)
    kept = 0 if outcome == "rejected" else granted
    assert found.decision == DecisionView(outcome, kept, "We listened to the conversation.", "operator", shop.now)
    assert (found.held_minor, found.given_back_minor) == (0, accounts.get("relief", 0))


def test_a_part_of_a_line_can_be_disputed(shop):
    dispute_id = shop.open(amount_minor=90)
    assert shop.accounts() == {"share": -240, "disputed": 90, "earned": 150}
    with pytest.raises(DisputeRefused, match="at most what is held, 0.90 EUR"):
        shop.decide(dispute_id, "adjusted", granted_minor=91)
    shop.decide(dispute_id, "accepted")
    assert shop.accounts() == {"share": -240, "relief": 90, "earned": 150}


def test_opening_again_is_the_same_dispute(shop):
    assert shop.open() == shop.open() == shop.open(amount_minor=LINE_MINOR)
    with shop.session() as session:
        assert len(disputes(session)) == 1


@pytest.mark.parametrize("amount_minor", [0, -5, 241])
def test_an_amount_that_does_not_fit_is_refused(shop, amount_minor):
    with pytest.raises(DisputeRefused, match="at most what the line earned"):
        shop.open(amount_minor=amount_minor)


def test_what_cannot_be_disputed_is_refused_by_name(shop):
    with pytest.raises(DisputeRefused, match="needs a reason"):
        shop.open(reason="  ")
    with pytest.raises(DisputeRefused, match="needs a reason"):
        shop.open(reason="x" * (REASON_LENGTH_MAX + 1))
    with pytest.raises(OrderUnknown):
        shop.open(order_id=new_id(shop.now))
    with pytest.raises(DisputeRefused, match="earns nothing"):
        shop.open(contract_version_id=new_id(shop.now))
    shop.tell(refund_message("r1", "30.00"))
    with pytest.raises(DisputeRefused, match="earns nothing"):
        shop.open()
    shop.tell(order_message("2002"))
    with shop.session() as session:
        stranger = session.scalars(select(ShopOrder.order_id).where(ShopOrder.external_id == "2002")).one()
    with pytest.raises(DisputeRefused, match="earns nothing"):
        shop.open(order_id=stranger)


def test_a_decision_that_does_not_fit_is_refused_by_name(shop):
    dispute_id = shop.open()
    for outcome, how in (("adjusted", {}), ("accepted", {"granted_minor": 5})):
        with pytest.raises(DisputeRefused, match="names the amount"):
            shop.decide(dispute_id, outcome, **how)
    with pytest.raises(DisputeRefused, match="above zero"):
        shop.decide(dispute_id, "adjusted", granted_minor=0)
    with pytest.raises(DisputeRefused, match="sentence why"):
        shop.decide(dispute_id, "accepted", why=" ")
    with pytest.raises(DisputeRefused, match="sentence why"):
        shop.decide(dispute_id, "accepted", why="x" * 2001)
    with pytest.raises(DisputeUnknown):
        shop.decide(new_id(shop.now), "accepted")
    with pytest.raises(DisputeUnknown):
        shop.view(new_id(shop.now))
    shop.decide(dispute_id, "rejected")
    with pytest.raises(DisputeRefused, match="was rejected already"):
        shop.decide(dispute_id, "accepted")


def test_the_clock_decides_for_the_shop(shop):
    dispute_id = shop.open()
    assert decide_overdue_disputes(shop.database, now=shop.now) == 0
    shop.now += timedelta(days=TERMS.dispute_days)
    with pytest.raises(DisputeRefused, match="undecided disputes are accepted"):
        shop.decide(dispute_id, "rejected")
    assert decide_overdue_disputes(shop.database, now=shop.now) == 1
    assert decide_overdue_disputes(shop.database, now=shop.now) == 0
    assert shop.accounts() == {"share": -240, "relief": 240}
    found = shop.view(dispute_id).decision
    assert found == DecisionView("accepted", None, "Nobody decided in time.", CLOCK, shop.view(dispute_id).decide_by)


def test_one_tenants_trouble_does_not_stop_the_clock_of_others(database, database_urls, now):
    troubled, fine = Parties(database, now), Parties(database, now)
    for one in (troubled, fine):
        one.open()
    late, options = now + timedelta(days=400), "&options=-clock_timeout%3D100"
    impatient = connect(
        app_url=database_urls[APP] + options, intake_url=database_urls[INTAKE], operator_url=database_urls[OPERATOR]
    )  # fmt: skip
    with troubled.session() as session:
        lock_orders(session, [troubled.line[0]])
        assert decide_overdue_disputes(impatient, now=late) == 1
    impatient.dispose()
    assert fine.accounts() == {"share": -240, "relief": 240}
    with troubled.session() as session:
        assert decide_overdue(session, now=late) == 1


def test_a_decision_in_the_last_moment_is_not_overruled_by_the_clock(shop):
    dispute_id = shop.open()
    with ThreadPoolExecutor(1) as pool:
        with shop.session() as session:
            decide_dispute(session, dispute_id=dispute_id, outcome="rejected", why="She sold it.", decided_by="operator", now=shop.now)
            clock = pool.submit(decide_overdue_disputes, shop.database, now=shop.now + timedelta(days=400))
            _wait_until_somebody_waits(session)
        assert clock.result() == 0
    assert shop.accounts() == {"share": -240, "earned": 240}


def _wait_until_somebody_waits(session):
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    deadline = time.monotonic() + 30
    while not session.scalar(waits) and time.monotonic() < deadline:
        time.sleep(0.02)


def test_every_step_is_in_the_audit_log(shop):
    dispute_id = shop.open()
    shop.now += timedelta(hours=1)
    shop.decide(dispute_id, "adjusted", granted_minor=5)
    with shop.session() as session:
        entries = audit_entries(session, AuditFilter(), limit=10)
    assert [(entry.actor, entry.action) for entry in entries] == [("operator", "dispute.adjusted"), ("ada", "dispute.opened")]
    assert len({entry.subject for entry in entries}) == 1
    assert entries[0].detail == {"granted_minor": 5, "currency": "EUR", "why": "We listened to the conversation."}


def test_disputes_are_found_by_employee_order_and_state(shop):
    dispute_id = shop.open()
    with shop.session() as session:
        for wanted, found in (
            ({"employee_id": shop.employee_id}, 1), ({"employee_id": new_id(shop.now)}, 0), ({"order_id": shop.line[0]}, 1),
            ({"order_id": new_id(shop.now)}, 0), ({"is_open": True}, 1), ({"is_open": False}, 0), ({"limit": 0}, 0),
        ):  # fmt: skip
            assert [view.dispute_id for view in disputes(session, **wanted)] == [dispute_id] * found, wanted
