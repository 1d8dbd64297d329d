"""What becomes of a dispute when its order changes: refunds, other months, other contracts, in any sequence."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parties import Parties
from shopkeeper import TERMS, order_message, refund_message
from sqlalchemy import select

from billing.disputes.follow import disputes_of
from billing.disputes.tables import Dispute
from billing.disputes.targets import dispute_stands
from billing.errors import DisputeRefused
from billing.ledger.accounts import DISPUTE_RELIEF, SHARE_EXPENSE, disputed_of, earned_by
from billing.ledger.posted import posted_orders
from billing.ledger.shares import payee_parts
from billing.ledger.tables import LedgerTransaction, PeriodClosed, Posting
from billing.orders.tables import ShopOrder
from billing.revenue_share.periods import period_of
from billing.sign_contract import sign_contract
from billing.terms.terms import Payee

SPLIT = (
    Payee(key="agency", name="Agency", role="agency", part_ppm=333_333),
    Payee(key="platform", name="Us", role="platform", part_ppm=666_667),
)


@pytest.fixture
def shop(database, now):
    return Parties(database, now)


def test_a_refund_shrinks_what_is_held_and_takes_everything_in_the_end(shop):
    dispute_id = shop.open(amount_minor=200)
    shop.tell(refund_message("r1", "10.00"))
    assert shop.accounts() == {"share": -160, "disputed": 160}
    shop.tell(refund_message("r2", "5.00"))
    assert shop.accounts() == {"share": -120, "disputed": 120}
    shop.decide(dispute_id, "adjusted", granted_minor=100)
    assert shop.accounts() == {"share": -120, "relief": 100, "earned": 20}
    shop.tell(refund_message("r3", "10.00"))
    assert shop.accounts() == {"share": -40, "relief": 40}
    shop.tell(refund_message("r4", "5.00"))
    assert shop.accounts() == {}


def test_a_line_that_moves_to_another_month_takes_its_dispute_along(shop):
    shop.open(amount_minor=100)
    earlier = order_message(at="2026-10-25T09:00:00Z", attribution={"visitor": str(shop.visitor_id)})
    shop.tell(earlier)  # it comes late and was the first; before she met anyone, so the line falls to nothing
    assert shop.accounts() == {}
    shop.touch(at=shop.now - timedelta(days=27))
    assert shop.accounts() == {"share": -240, "disputed": 100, "earned": 140}
    with shop.session() as session:
        rows = session.execute(
            select(LedgerTransaction.period_start, LedgerTransaction.working).where(LedgerTransaction.kind == "dispute")
        ).all()
    months = {start: [row.working["hold_minor"] for row in rows if row.period_start == start] for start in {row[0] for row in rows}}
    october, november = sorted(months)
    assert (sorted(months[november]), months[october]) == ([0, 100], [100])


def test_an_order_that_falls_to_another_contract_takes_nothing_along(shop):
    """The shop disputed what it owed under the new terms; under the old ones nothing is disputed yet."""
    old = shop.line[1]
    with shop.session() as session:
        dear = TERMS.model_copy(update={"share_ppm": 100_000})
        starts_at = shop.now + timedelta(hours=1)
        newer = sign_contract(
            session, employee_id=shop.employee_id, terms=dear, accepted_by="Ada", now=shop.now, starts_at=starts_at
        )  # fmt: skip
    shop.now += timedelta(hours=3)
    visitor = {"visitor": str(shop.visitor_id)}
    shop.tell(order_message("1002", at="2026-11-20T11:00:00Z", attribution=visitor))
    with shop.session() as session:
        about = {"order_id": session.scalars(select(ShopOrder.order_id).where(ShopOrder.external_id == "1002")).one()}
    dispute_id = shop.open(**about, contract_version_id=newer)
    assert shop.accounts() == {"share": -540, "earned": 240, "disputed": 300}
    shop.tell(order_message("1002", at="2026-11-20T09:00:00Z", attribution=visitor))  # it comes late and was the first
    assert shop.accounts() == {"share": -480, "earned": 480}
    assert shop.view(dispute_id).held_minor == 0
    assert shop.open(**about, contract_version_id=old) != dispute_id
    assert shop.accounts() == {"share": -480, "earned": 240, "disputed": 240}


def test_a_line_of_a_closed_month_is_booked_in_the_running_one_and_points_back(shop):
    month = period_of(shop.now, TERMS.period_time_zone)
    with shop.session() as session:
        own = {"tenant_id": shop.tenant_id, "employee_id": shop.employee_id}
        session.add(PeriodClosed(**own, period_start=month.start, period_end=month.end, closed_at=month.end))
    shop.now = month.end + timedelta(days=40)
    dispute_id = shop.open()
    with shop.session() as session:
        first = session.scalars(select(LedgerTransaction).where(LedgerTransaction.kind == "share")).one()
        row = session.scalars(select(LedgerTransaction).where(LedgerTransaction.kind == "dispute")).one()
        assert (row.effective_at, row.period_start, row.points_to) == (shop.now, month.start, first.transaction_id)
        assert (row.occurred_at, row.cause, row.cause_id) == (first.occurred_at, "dispute", dispute_id)
        assert row.why == "The shop disputes this line; 2.40 EUR are held until it is decided."


moves = st.lists(
    st.one_of(
        st.tuples(st.just("refund"), st.sampled_from(["0.01", "3.33", "7.00", "12.34", "30.00"])),
        st.tuples(st.just("edit"), st.sampled_from(["30.00", "10.00", "99.99", "0.00"])),
        st.tuples(st.just("dispute"), st.sampled_from([None, 1, 100, 239])),
        st.tuples(st.just("decide"), st.sampled_from([("accepted", None), ("rejected", None), ("adjusted", 1), ("adjusted", 77)])),
    ),
    max_size=7,
)  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves)
def test_whatever_happens_the_book_is_where_the_facts_say_and_a_full_refund_leaves_nothing(database, now, history):
    shop = Parties(database, now, TERMS.model_copy(update={"payees": SPLIT}))
    numbers, dispute_id, minutes = itertools.count(), None, itertools.count(1)
    for what, value in history:
        try:
            if what == "refund":
                shop.tell(refund_message(f"r{next(numbers)}", value))
            elif what == "edit":
                line = {"id": "1", "product": "beans", "quantity": 1, "total": value}
                told = {"lines": [line], "total": value, "updated_at": f"2026-11-20T09:{next(minutes):02d}:00Z"}
                shop.tell(order_message(attribution={"visitor": str(shop.visitor_id)}, **told))
            elif what == "dispute":
                dispute_id = shop.open(amount_minor=value)
            elif dispute_id is not None:
                shop.decide(dispute_id, value[0], granted_minor=value[1])
        except DisputeRefused:
            continue
        _assert_where_the_facts_say(shop)
    shop.tell(order_message(attribution={"visitor": str(shop.visitor_id)}, updated_at="2026-11-20T09:29:00Z"))
    shop.tell(refund_message("all", "30.00"))
    assert shop.balances() == {}


def _assert_where_the_facts_say(shop: Parties) -> None:
    order_id, _ = shop.line
    with shop.session() as session:
        net = sum(share.target_minor for share in posted_orders(session, [order_id])[order_id].shares)
        found = disputes_of(session, [order_id])
        disputed = session.scalars(select(Dispute.dispute_id)).all()
        postings = session.scalars(select(Posting.amount_minor)).all()
    assert all(minor > 0 for minor in postings)
    assert len(disputed) == len(found)
    stands = dispute_stands(found[0], net) if found else None
    hold, relief = (stands.hold_minor, stands.relief_minor) if stands else (0, 0)
    parts = {name: payee_parts(shop.terms, minor) for name, minor in (("net", net), ("hold", hold), ("relief", relief))}
    wanted = {SHARE_EXPENSE: -net, DISPUTE_RELIEF: relief}
    for payee in ("agency", "platform"):
        left = parts["net"][payee] - parts["hold"][payee] - parts["relief"][payee]
        wanted |= {earned_by(shop.employee_id, payee): left, disputed_of(shop.employee_id, payee): parts["hold"][payee]}
    assert {account: minor for (account, _), minor in shop.balances().items()} == {name: minor for name, minor in wanted.items() if minor}
