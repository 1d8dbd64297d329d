"""Closing a month: once, in sequence, for good; what comes later is booked in the running month and points back."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from closed_months import ClosedMonths, busy_months, months_of
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import DBAPIError

from billing.close_period import close_due, close_period, next_due
from billing.contract_terms import ContractTerms
from billing.errors import PeriodNotDue
from billing.revenue_share.tables import ContractEffect, ContractVersion
from billing.sign_contract import sign_contract
from billing.statements.carry import balance_of
from tenants.database import Database
from tenants.identifiers import new_id
from tenants.tables import OutboxEvent

PLAIN = ContractTerms(currency="EUR", share_ppm=100_000)
NOVEMBER = datetime(2026, 11, 15, tzinfo=UTC)


@pytest.fixture
def months(database: Database, now: datetime) -> ClosedMonths:
    return months_of(database, now, PLAIN)


def close(months: ClosedMonths, start: datetime) -> Callable[[], object]:
    def verb() -> object:
        with months.shop.session() as session:
            return close_period(session, employee_id=months.shop.employee_id, period_start=start, now=months.shop.now)

    return verb


def test_a_month_stays_open_until_its_goods_can_no_longer_be_returned(months: ClosedMonths) -> None:
    months.sell("o1", "30.00")
    assert months.close_at(2026, 12, 30) == 2  # September and October; November has until 2026-12-31
    with pytest.raises(PeriodNotDue, match="2026-12-31"):
        close(months, NOVEMBER)()
    assert months.close_at(2027, 1, 1) == 1
    assert months.amounts("2026-11") == [("share", 300), ("close", -300)]


def test_months_close_in_sequence(months: ClosedMonths) -> None:
    months.shop.now = datetime(2027, 1, 10, tzinfo=UTC)
    with pytest.raises(PeriodNotDue, match="2026-09 comes first"):
        close(months, NOVEMBER)()
    with months.shop.session() as session:
        assert next_due(session, employee_id=new_id(months.shop.now), now=months.shop.now) is None
        with pytest.raises(PeriodNotDue, match="Without a contract"):
            close_period(session, employee_id=new_id(months.shop.now), period_start=NOVEMBER, now=months.shop.now)


def test_nothing_is_closed_before_the_contract_began(months: ClosedMonths) -> None:
    months.close_at(2027, 1, 10)
    with pytest.raises(PeriodNotDue, match="nothing to close in 2026-08"):
        close(months, datetime(2026, 8, 3, tzinfo=UTC))()


def test_closing_again_changes_nothing_and_answers_the_same(months: ClosedMonths) -> None:
    months.sell("o1", "30.00")
    months.close_at(2027, 1, 10)
    before = months.shop.balances()
    first, again = months.statement("2026-11"), close(months, NOVEMBER)()
    assert (again.root, again.is_new) == (first.root, False)  # type: ignore[attr-defined]
    assert months.shop.balances() == before


def test_many_workers_close_a_month_once(months: ClosedMonths) -> None:
    months.sell("o1", "30.00")
    months.close_at(2026, 12, 30)
    months.shop.now = datetime(2027, 1, 5, tzinfo=UTC)
    start = threading.Barrier(4)

    def work(_: int) -> int:
        start.wait()
        return close_due(months.shop.database, clock=months.shop.clock)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 1
    assert months.statement("2026-11").payable_minor == 300


def test_a_refund_that_races_with_the_close_is_in_exactly_one_statement(months: ClosedMonths) -> None:
    for number in range(6):
        months.sell(f"o{number}", "10.00")
    months.close_at(2026, 12, 30)
    months.shop.now = datetime(2027, 1, 5, tzinfo=UTC)
    start = threading.Barrier(2)

    def refund() -> None:
        start.wait()
        for number in range(6):
            months.refund(f"r{number}", "10.00", f"o{number}")

    def shut() -> None:
        start.wait()
        close(months, NOVEMBER)()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(refund), pool.submit(shut)]:
            done.result()
    months.close_at(2027, 4, 1)
    listed = [line for statement in months.statements() for line in months.lines(statement.period_name) if line["kind"] == "share"]
    assert (len(listed), sum(line["amount_minor"] for line in listed)) == (12, 0)
    assert months.shop.earned() == 0


def test_a_refund_after_the_close_is_carried_never_clamped_and_points_at_its_sale(months: ClosedMonths) -> None:
    months.sell("o1", "30.00")
    months.close_at(2027, 1, 10)
    months.refund("r1", "30.00", "o1")
    months.close_at(2027, 3, 10)
    january = months.statement("2027-01")
    (line,) = (line for line in months.lines("2027-01") if line["kind"] == "share")
    assert (january.payable_minor, january.carried_minor, line["amount_minor"]) == (0, -300, -300)
    assert (line["follows"]["line"], line["follows"]["period"], line["period"]) == (1, "2026-11", "2026-11")
    assert months.shop.earned() == 0  # paid 3.00, owes 3.00: the accounts together hold nothing
    months.sell("o2", "50.00")
    months.close_at(2027, 5, 10)
    assert months.amounts("2027-02") == [("brought_forward", -300)]
    assert months.amounts("2027-03") == [("share", 500), ("brought_forward", -300), ("close", -200)]


def test_a_reserve_is_kept_and_flows_back_on_its_day(database: Database, now: datetime) -> None:
    months = months_of(database, now, ContractTerms(currency="EUR", share_ppm=100_000, reserve_ppm=200_000, reserve_days=60))
    months.sell("o1", "30.00")
    months.close_at(2027, 1, 10)  # the sixty days count from here, not from the month's end
    months.close_at(2027, 5, 10)
    assert months.amounts("2026-11") == [("share", 300), ("reserve", -60), ("close", -240)]
    assert [months.amounts(name) for name in ("2026-12", "2027-01", "2027-02")] == [[], [], []]
    assert months.amounts("2027-03") == [("reserve_release", 60), ("close", -60)]
    (payee,) = months.statement("2026-11").payees
    assert payee.reserve_due_at == datetime(2027, 3, 11, 12, tzinfo=UTC)


def test_a_reserve_of_few_days_still_protects_after_the_close(database: Database, now: datetime) -> None:
    months = months_of(database, now, ContractTerms(currency="EUR", share_ppm=100_000, reserve_ppm=200_000, reserve_days=1))
    months.sell("o1", "30.00")
    months.close_at(2027, 1, 10)
    assert months.statement("2026-11").payees[0].reserve_due_at > months.statement("2026-11").closed_at


def test_after_the_contract_ended_only_what_is_still_open_gets_a_statement(database: Database, now: datetime) -> None:
    months = months_of(database, now, ContractTerms(currency="EUR", share_ppm=100_000, reserve_ppm=200_000, reserve_days=90))
    months.sell("o1", "30.00")
    with months.shop.session() as session:
        session.execute(text("UPDATE contract_effect SET effective = tstzrange(lower(effective), '2026-12-10 00:00+00')"))
    months.close_at(2027, 1, 10)
    months.close_at(2027, 8, 1)
    assert [one.period_name for one in months.statements()] == ["2026-09", "2026-10", "2026-11", "2026-12", "2027-04"]
    assert months.shop.balances()[f"employee.{months.shop.employee_id}.payable.platform", "EUR"] == 300


def test_the_earned_accounts_hold_what_statements_carry(database: Database, now: datetime) -> None:
    months = busy_months(database, now)
    carried = {one.payee: one.carried_minor for one in months.statements()[-1].payees}
    who, balances = months.shop.employee_id, months.shop.balances()
    for payee in ("platform", "owner"):
        parts = [one for statement in months.statements() for one in statement.payees if one.payee == payee]
        assert balances.get((f"employee.{who}.earned.{payee}", "EUR"), 0) == carried[payee]
        assert balances[f"employee.{who}.payable.{payee}", "EUR"] == sum(one.payable_minor for one in parts)
        kept = sum(one.reserved_minor - one.released_minor for one in parts)
        assert balances.get((f"employee.{who}.reserve.{payee}", "EUR"), 0) == kept


def test_months_are_cut_in_the_contracts_own_zone(database: Database, now: datetime) -> None:
    months = months_of(database, now, ContractTerms(currency="EUR", share_ppm=100_000, period_time_zone="Europe/Vienna"))
    months.shop.now = datetime(2026, 12, 5, tzinfo=UTC)
    months.sell("late", "30.00", at=datetime(2026, 11, 30, 22, 59, tzinfo=UTC))
    months.sell("early", "50.00", at=datetime(2026, 11, 30, 23, 1, tzinfo=UTC))
    months.close_at(2027, 2, 10)
    assert (months.amounts("2026-11")[0], months.amounts("2026-12")[0]) == (("share", 300), ("share", 500))


def test_a_new_version_in_mid_month_shares_the_statement(months: ClosedMonths) -> None:
    months.sell("o1", "10.00")
    later = months.shop.now + timedelta(days=2)
    with months.shop.session() as session:
        terms = PLAIN.model_copy(update={"share_ppm": 200_000})
        sign_contract(session, employee_id=months.shop.employee_id, terms=terms, accepted_by="Ada", now=later)
    months.shop.now = later + timedelta(hours=2)
    months.sell("o2", "10.00")
    months.close_at(2027, 1, 10)
    assert months.amounts("2026-11")[:2] == [("share", 100), ("share", 200)]
    assert [one["version"] for one in months.lines("2026-11")[0]["contracts"]] == [1, 2]


def test_an_order_of_several_credits_is_one_line_with_all_of_them(database: Database, now: datetime) -> None:
    months = months_of(database, now, PLAIN.model_copy(update={"attribution_model": "linear"}))
    for hours in (5, 4, 3):
        months.shop.touch(at=now - timedelta(hours=hours))
    months.sell("o1", "10.00", at=now)
    months.close_at(2027, 1, 10)
    (line,) = (line for line in months.lines("2026-11") if line["kind"] == "share")
    assert (line["amount_minor"], len(line["credits"])) == (100, 4)


def test_a_close_is_announced_with_its_root(months: ClosedMonths) -> None:
    months.sell("o1", "30.00")
    months.close_at(2027, 1, 10)
    with months.shop.session() as session:
        told = [event.payload for event in session.scalars(select(OutboxEvent).where(OutboxEvent.name == "StatementClosed"))]
    assert {one["period_name"]: one["root"] for one in told} == {one.period_name: one.root for one in months.statements()}
    assert len(told) == len(months.statements())


@pytest.mark.parametrize("table", ["statement", "statement_payee", "statement_segment", "period_closed"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET tenant_id = tenant_id"])
def test_nothing_of_a_closed_month_can_be_changed(months: ClosedMonths, table: str, change: str) -> None:
    months.close_at(2026, 12, 30)
    with pytest.raises(DBAPIError), months.shop.session() as session:
        session.execute(text(change.format(table)))


def test_a_close_that_fails_stops_no_other(months: ClosedMonths, database: Database, caplog: pytest.LogCaptureFixture) -> None:
    broken = months_of(database, months.shop.now, PLAIN)
    with broken.shop.session() as session:
        version = ContractVersion(
            tenant_id=broken.shop.tenant_id, contract_version_id=new_id(broken.shop.now), contract_id=new_id(broken.shop.now), number=1,
            employee_id=broken.shop.employee_id, terms={"format": "tillhand-terms/99"}, terms_sha256="", accepted_by="Ada",
            accepted_at=broken.shop.now,
        )  # fmt: skip
        session.add(version)
        session.flush()
        days: Range[datetime] = Range(broken.shop.now, None)
        session.add(ContractEffect(
            tenant_id=version.tenant_id, contract_version_id=version.contract_version_id, contract_id=version.contract_id, effective=days,
        ))  # fmt: skip
    months.shop.now = datetime(2026, 12, 30, tzinfo=UTC)
    assert close_due(database, clock=months.shop.clock) == 2
    assert [one.period_name for one in months.statements()] == ["2026-09", "2026-10"]
    assert broken.statements() == []
    assert "a month could not be closed" in caplog.text


MINOR = st.integers(-(10**9), 10**9)


@given(MINOR, MINOR, MINOR, st.integers(0, 1_000_000))
def test_nothing_is_lost_between_what_comes_in_and_what_goes_out(brought: int, earned: int, released: int, reserve_ppm: int) -> None:
    one = balance_of("p", brought_forward_minor=-abs(brought), earned_minor=earned, released_minor=abs(released), reserve_ppm=reserve_ppm)
    came = one.brought_forward_minor + one.earned_minor + one.released_minor
    assert came == one.reserved_minor + one.payable_minor + one.carried_minor
    assert min(one.reserved_minor, one.payable_minor, -one.carried_minor) >= 0
    assert not (one.carried_minor and one.payable_minor)
