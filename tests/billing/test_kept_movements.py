"""What is kept for the pages is the book: after any history, with transactions that end late, and when it is thrown away."""

import time
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from bookkeeper import ACCOUNTS, EMPLOYEE, earn, movement
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lived_facts import EMPLOYEES, rolled_life
from lived_terms import START, rates_of_many_days
from lives import Life
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from billing.import_rates import import_rates
from billing.keep_movements import forget_kept_movements, keep_movements, shops_with_new_movements
from billing.ledger.posted import signed_for_employee
from billing.ledger.tables import LedgerTransaction, Posting
from billing.ledger.writer import Leg, post
from billing.read_month import MonthWish, day_sums
from billing.read_orders import earning_lines
from billing.revenue_share.periods import period_of
from billing.statements.kept import earned_by_kind, kept_before, movements
from billing.statements.tables import KeptMovement, KeptUntil
from tenants.database import Database, tenant_of
from tenants.identifiers import new_id
from tenants.tenant import open_tenant

MOMENT = datetime.fromisoformat("2026-11-20T09:30:00+00:00")
ends = st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from(ACCOUNTS)).filter(lambda pair: pair[0] != pair[1])
legs = st.builds(
    lambda pair, minor, currency: Leg(*pair, minor, currency, "platform"), ends, st.integers(1, 10**12), st.sampled_from(["EUR", "JPY"])
)
steps = st.lists(st.one_of(st.lists(legs, max_size=3), st.sampled_from(["keep", "keep", "forget", "restored"])), max_size=10)


def told(session: Session) -> list[tuple[Any, ...]]:
    """What the pages read."""
    found = movements(session, []).c
    return sorted(tuple(row) for row in session.execute(select(found.transaction_id, found.currency, found.amount_minor, found.kind)))


def booked(session: Session) -> list[tuple[Any, ...]]:
    """The same, added up here from every posting of the book."""
    sums: dict[tuple[Any, str, str], int] = {}
    joined = LedgerTransaction.transaction_id == Posting.transaction_id
    query = select(Posting.transaction_id, Posting.currency, LedgerTransaction.kind, signed_for_employee()).join(LedgerTransaction, joined)
    for transaction_id, currency, kind, minor in session.execute(query.where(Posting.tenant_id == tenant_of(session))):
        if minor:
            sums[transaction_id, currency, kind] = sums.get((transaction_id, currency, kind), 0) + minor
    return sorted((transaction_id, currency, minor, kind) for (transaction_id, currency, kind), minor in sums.items())


def kept(session: Session) -> set[tuple[Any, ...]]:
    return {(row.transaction_id, row.currency, row.amount_minor, row.written_in) for row in session.scalars(select(KeptMovement))}


def keep_all(database: Database, tenant_id: UUID) -> int:
    """Keep until nothing is younger than what is kept; other tests' transactions on this server may still run and be waited for."""
    count, deadline = 0, time.monotonic() + 30
    while time.monotonic() < deadline:
        with database.tenant_session(tenant_id) as session:
            count += keep_movements(session)
            newest = session.scalar(select(func.max(LedgerTransaction.written_in)).where(LedgerTransaction.tenant_id == tenant_id))
            if newest is None or newest < kept_before(session):
                return count
        time.sleep(0.05)
    raise AssertionError("Some transaction on this server does not end.")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=steps)
def test_what_is_kept_and_what_came_since_are_the_book(database: Database, history: list[Any]) -> None:
    tenant_id = new_id(MOMENT)
    for number, step in enumerate(history):
        with database.tenant_session(tenant_id) as session:
            if isinstance(step, list):
                post(session, [movement(number, step, MOMENT)], now=MOMENT)
            elif step == "keep":
                keep_movements(session)
            elif step == "forget":
                forget_kept_movements(session)
            else:  # a database that counts its transactions anew knows smaller numbers than those written down
                session.execute(update(KeptUntil).values(written_before=2**60))
        with database.tenant_session(tenant_id) as session:
            assert told(session) == booked(session)
    keep_all(database, tenant_id)
    with database.tenant_session(tenant_id) as session:
        before = kept(session)
        assert {row[:3] for row in before} == {row[:3] for row in booked(session)}
        forget_kept_movements(session)
    assert keep_all(database, tenant_id) == len(before)
    with database.tenant_session(tenant_id) as session:
        assert kept(session) == before


def test_a_movement_that_is_committed_late_is_neither_lost_nor_counted_twice(database: Database) -> None:
    tenant_id = new_id(MOMENT)
    with database.tenant_session(tenant_id) as late:
        earn(late, [1], now=MOMENT)
        with database.tenant_session(tenant_id) as soon:
            earn(soon, [2], now=MOMENT)
        with database.tenant_session(tenant_id) as session:
            assert keep_movements(session) == 0  # an older transaction still runs, so nothing is beyond change yet
            assert told(session) == booked(session)
    with database.tenant_session(tenant_id) as session:
        assert len(told(session)) == 2
        assert told(session) == booked(session)
    assert keep_all(database, tenant_id) == 2
    with database.tenant_session(tenant_id) as session:
        assert told(session) == booked(session)
        assert keep_movements(session) == 0


def test_only_shops_whose_book_has_grown_are_gone_round(database: Database) -> None:
    tenant_id = new_id(MOMENT)
    with database.tenant_session(tenant_id) as session:
        open_tenant(session, name="Kept", time_zone="UTC", allowed_origins=(), now=MOMENT)
        earn(session, [1, 2], now=MOMENT)
    with database.operator_session() as session:
        assert tenant_id in shops_with_new_movements(session)
        assert tenant_id in shops_with_new_movements(session, at_least=2)
        assert tenant_id not in shops_with_new_movements(session, at_least=3)
    assert keep_all(database, tenant_id) == 2
    with database.tenant_session(tenant_id) as session:
        month = earned_by_kind(session, EMPLOYEE, movement(0, [], MOMENT).contract_version_id, MOMENT)
    assert month == {"bonus": 5}
    with database.operator_session() as session:
        assert tenant_id not in shops_with_new_movements(session)


def test_a_month_of_two_employees_who_share_orders_is_its_lines(database: Database) -> None:
    """Whoever brought an order in part counts it, the team counts it once; read from the book, and from what is kept of half a life."""
    import_rates(database, rates_of_many_days(), now=START + timedelta(days=160), are_jumps_confirmed=True)
    facts = rolled_life(2, 30)
    life = Life(database, facts, Random("kept"))
    half = len(facts.facts) // 2
    life.live(facts.facts[:half], disputes=True)
    keep_all(database, life.shop.tenant_id)
    life.live(facts.facts[half:], disputes=True)
    for is_kept in (False, True):
        if is_kept:
            keep_all(database, life.shop.tenant_id)
        with life.shop.session() as session:
            seen = [the_days_are_the_lines(session, START + timedelta(days=30 * month), life.shop.now) for month in range(4)]
        assert sum(seen) > 0


def the_days_are_the_lines(session: Session, moment: datetime, now: datetime) -> int:
    """A month's days against its lines, read one by one; return how many lines there were."""
    month = period_of(moment, "UTC")
    lines = earning_lines(session, start=month.start, end=month.end, now=now)
    days = day_sums(session, MonthWish(month.start, month.end, tuple(sorted(EMPLOYEES))), zone_name="UTC")
    for currency in {one.line.currency for one in lines} | {one.currency for one in days}:
        own = [one for one in lines if one.line.currency == currency]
        that = [one for one in days if one.currency == currency]
        worth = {one.line.order_id: one.line.order_total_minor for one in own if one.line.order_id}
        assert sum(one.earned_minor - one.taken_back_minor for one in that) == sum(one.line.amount_minor for one in own)
        assert (sum(one.order_count for one in that), sum(one.sales_minor for one in that)) == (len(worth), sum(worth.values()))
        parts = {(one.employee_id, one.line.order_id): one.line.order_total_minor for one in own if one.line.order_id}
        assert (sum(one.own_order_count for one in that), sum(one.own_sales_minor for one in that)) == (len(parts), sum(parts.values()))
    return len(lines)
