"""Balances: whatever was posted, sealed, taken and thrown away, a balance is the sum of the postings."""

from datetime import datetime

import pytest
from bookkeeper import ACCOUNTS, earn, movement
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shopkeeper import balances as sum_of_postings
from sqlalchemy import delete

from billing.chain.segments import TRANSACTIONS_PER_SEGMENT
from billing.chain.snapshots import SNAPSHOTS_KEPT
from billing.chain.tables import BalanceSnapshot
from billing.ledger.writer import Leg, post
from billing.read_balances import AccountBalance, balances, snapshot_balances, trial_balance
from billing.seal_ledger import seal_ledger
from tenants.identifiers import new_id

MOMENT = datetime.fromisoformat("2026-11-20T09:30:00+00:00")
ends = st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from(ACCOUNTS)).filter(lambda pair: pair[0] != pair[1])
legs = st.builds(
    lambda pair, minor, currency: Leg(*pair, minor, currency, "platform"), ends, st.integers(1, 10**12), st.sampled_from(["EUR", "JPY"])
)
steps = st.lists(
    st.one_of(
        st.lists(legs, max_size=3), st.just("seal"), st.just("snapshot"), st.tuples(st.just("forget"), st.sets(st.integers(0, 3))),
    ),
    max_size=12,
)  # fmt: skip


@pytest.fixture
def tenant(database, now):
    return lambda: database.tenant_session(new_id(now))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_a_balance_is_the_sum_of_the_postings(database, history):
    with database.tenant_session(new_id(MOMENT)) as session:
        for number, step in enumerate(history):
            if isinstance(step, list):
                post(session, [movement(number, step, MOMENT)], now=MOMENT)
            elif step == "seal":
                seal_ledger(session, now=MOMENT)
            elif step == "snapshot":
                snapshot_balances(session, now=MOMENT)
            else:
                kept = session.query(BalanceSnapshot).order_by(BalanceSnapshot.segment).all()
                for place, row in enumerate(kept):
                    if place in step[1]:
                        session.delete(row)
                session.flush()
            expected = sum_of_postings(session)
            assert {key: minor for key, minor in balances(session).items() if minor} == expected
            trial = trial_balance(session)
            assert trial.is_balanced
            assert {(row.account, row.currency): row.minor for row in trial.accounts} == expected


def test_a_trial_balance_lists_accounts_by_currency_and_name(tenant):
    with tenant() as session:
        assert trial_balance(session).accounts == ()
        there, back = (Leg(*pair, 5, "JPY", "platform") for pair in (ACCOUNTS[:2], ACCOUNTS[1::-1]))
        post(session, [movement(1, [there], MOMENT), movement(2, [back], MOMENT)], now=MOMENT)
        earn(session, [9], now=MOMENT)
        trial = trial_balance(session)
        assert trial.accounts == (AccountBalance(ACCOUNTS[2], "EUR", 10), AccountBalance(ACCOUNTS[0], "EUR", -10))
        assert trial.sum_of_currency == {"EUR": 0, "JPY": 0}


def test_a_snapshot_stands_at_the_last_seal_and_only_the_newest_are_kept(tenant):
    with tenant() as session:
        assert snapshot_balances(session, now=MOMENT) == 0
        for number in range(SNAPSHOTS_KEPT + 2):
            earn(session, [number], now=MOMENT)
            seal_ledger(session, now=MOMENT)
            assert snapshot_balances(session, now=MOMENT) == number + 1
            assert snapshot_balances(session, now=MOMENT) == number + 1
        kept = [row.segment for row in session.query(BalanceSnapshot).order_by(BalanceSnapshot.segment)]
        assert kept == [3, 4, 5]
        assert balances(session)[ACCOUNTS[2], "EUR"] == 1 + 2 + 3 + 4 + 5


def test_a_balance_starts_at_the_snapshot(tenant):
    """A snapshot that says something else is believed: that shows that the book before it is not read again."""
    with tenant() as session:
        earn(session, range(TRANSACTIONS_PER_SEGMENT // 8), now=MOMENT)
        seal_ledger(session, now=MOMENT)
        session.add(BalanceSnapshot(tenant_id=session.info["tenant_id"], segment=1, balances={"elsewhere": {"EUR": 3}}, taken_at=MOMENT))
        session.flush()
        earn(session, [10_000], now=MOMENT)
        assert balances(session) == {("elsewhere", "EUR"): 3, (ACCOUNTS[0], "EUR"): -10_001, (ACCOUNTS[2], "EUR"): 10_001}
        session.execute(delete(BalanceSnapshot))
        assert ("elsewhere", "EUR") not in balances(session)
