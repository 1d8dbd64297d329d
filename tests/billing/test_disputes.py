"""Disputes on a real book: what is held, how it ends, and that a refund takes everything back whatever was disputed."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shopkeeper import TERMS, Shopkeeper, order_message, refund_message
from sqlalchemy import select

from billing.decide_dispute import CLOCK, decide_dispute, decide_overdue, decide_overdue_disputes
from billing.disputes.follow import disputes_of
from billing.disputes.tables import Dispute
from billing.disputes.targets import dispute_stands
from billing.errors import DisputeRefused, DisputeUnknown, OrderUnknown
from billing.ledger.accounts import DISPUTE_RELIEF, SHARE_EXPENSE, disputed_of, earned_by
from billing.ledger.posted import posted_orders
from billing.ledger.shares import payee_parts
from billing.ledger.tables import LedgerTransaction, PeriodClosed, Posting
from billing.open_dispute import REASON_LENGTH_MAX, open_dispute
from billing.orders.locks import lock_orders
from billing.orders.tables import ShopOrder
from billing.read_disputes import DecisionView, dispute, disputes
from billing.revenue_share.periods import period_of
from billing.terms.terms import Payee
from tenants.audit import AuditFilter, audit_entries
from tenants.database import connect
from tenants.identifiers import new_id
from tenants.roles import APP, INTAKE, OPERATOR
from tenants.tables import Tenant

SPLIT = (
    Payee(key="agency", name="Agency", role="agency", part_ppm=333_333),
    Payee(key="platform", name="Us", role="platform", part_ppm=666_667),
)
LINE_MINOR = 240
"""8 % of 30.00."""


class Parties(Shopkeeper):
    """A shop with one order of 30.00 that earned 2.40, its owner Ada and an operator."""

    def __post_init__(self) -> None:
        super().__post_init__()
        with self.session() as session:
            session.add(Tenant(tenant_id=self.tenant_id, name="Shop", time_zone="Europe/Berlin", created_at=self.now))
        self.touch()
        self.tell(order_message(attribution={"visitor": str(self.visitor_id)}))
        with self.session() as session:
            (row,) = session.execute(select(LedgerTransaction.order_id, LedgerTransaction.contract_version_id)).all()
        self.line = (row.order_id, row.contract_version_id)

    def open(self, **how):
        order_id, version = self.line
        about = {"order_id": order_id, "contract_version_id": version, "reason": "She only told the hours.", "opened_by": "ada"}
        with self.session() as session:
            return open_dispute(session, **about | {"now": self.now} | how)

    def decide(self, dispute_id, outcome, **how):
        about = {"why": "We listened to the conversation.", "decided_by": "operator", "now": self.now}
        with self.session() as session:
            decide_dispute(session, dispute_id=dispute_id, outcome=outcome, **about | how)

    def view(self, dispute_id):
        with self.session() as session:
            return dispute(session, dispute_id=dispute_id)

    def accounts(self):
        """Balances by the last words of their accounts, in euros' cents."""
        short = {earned_by(self.employee_id): "earned", disputed_of(self.employee_id): "disputed"}
        named = {DISPUTE_RELIEF: "relief", SHARE_EXPENSE: "share"} | short
        return {named.get(account, account): minor for (account, _), minor in self.balances().items()}


@pytest.fixture
def shop(database, now):
    return Parties(database, now)


def test_an_open_dispute_holds_its_line(shop):
    dispute_id = shop.open()
    assert shop.accounts() == {"share": -LINE_MINOR, "disputed": LINE_MINOR}
    found = shop.view(dispute_id)
    assert (found.held_minor, found.given_back_minor, found.disputed_minor, found.decision) == (LINE_MINOR, 0, None, None)
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
    with pytest.raises(DisputeRefused, match="at most what is disputed"):
        shop.decide(dispute_id, "adjusted", granted_minor=91)
    shop.decide(dispute_id, "accepted")
    assert shop.accounts() == {"share": -240, "relief": 90, "earned": 150}


def test_opening_again_is_the_same_dispute(shop):
    assert shop.open() == shop.open(reason="Something else.")
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
    shop.tell(
        order_message(at="2026-10-25T09:00:00Z", updated_at="2026-11-20T09:20:00Z", attribution={"visitor": str(shop.visitor_id)})
    )  # before she met anyone: the line falls to nothing
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
