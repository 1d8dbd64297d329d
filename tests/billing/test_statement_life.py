"""A statement in its surroundings: the page before and after the close, the salary, stages, erasure, segments."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from closed_months import ClosedMonths, months_of
from shopkeeper import Shopkeeper
from sqlalchemy import select

from billing.contract_terms import ContractTerms
from billing.erase_raw import erase_raw
from billing.errors import DeliveryUnknown
from billing.inbox.tables import InboundEvent
from billing.ledger.stages import stage_of
from billing.ledger.tables import LedgerTransaction
from billing.merkle import root_from
from billing.read_earnings import earnings
from billing.read_salary import salary
from billing.read_statement import explain_line
from billing.recount import recount
from billing.statements.segments import LINES_PER_SEGMENT, SegmentWriter, lines_with_transactions, sealed_line, sealed_lines
from tenants.database import Database
from tenants.identifiers import new_id

PLAIN = ContractTerms(currency="EUR", share_ppm=100_000)


@pytest.fixture
def months(database: Database, now: datetime) -> ClosedMonths:
    return months_of(database, now, PLAIN)


def test_a_spreadsheet_runs_no_formula_from_an_order_number(months: ClosedMonths) -> None:
    months.sell("o1", "30.00", number="=1+1")
    months.close_at(2027, 1, 10)
    assert ",'=1+1," in months.export(months.statement("2026-11"), "csv").decode()


def test_after_an_erasure_the_statement_still_recounts_and_the_chain_says_when(months: ClosedMonths, tmp_path: Path) -> None:
    months.sell("o1", "30.00")
    months.close_at(2027, 1, 10)
    statement = months.statement("2026-11")
    with months.shop.session() as session:
        event_id = session.scalars(select(InboundEvent.event_id)).one()
        erased = erase_raw(session, event_id=event_id, why="request 17", now=months.shop.now)
        assert erase_raw(session, event_id=event_id, why="request 18", now=months.shop.now + timedelta(days=1)) == erased
        with pytest.raises(DeliveryUnknown):
            erase_raw(session, event_id=new_id(months.shop.now), why="request 19", now=months.shop.now)
    path, root = months.file(tmp_path, "2026-11")
    assert "add up" in recount(path, root)
    with months.shop.session() as session:
        raw = explain_line(session, statement_id=statement.statement_id, number=1).revision.raw  # type: ignore[union-attr]
    assert raw is not None
    assert raw.sentence == f"raw erased on 2027-01-10, sha256 {raw.body_sha256}"


def test_the_page_of_a_month_goes_from_running_to_soft_to_closed(database: Database, now: datetime) -> None:
    months = months_of(database, now, ContractTerms(currency="EUR", share_ppm=100_000, minimum_minor=5_000))
    months.sell("o1", "30.00")
    running = months.shop.slip()
    assert (running.state, [line.kind for line in running.expected], running.statement) == ("running", ["minimum"], None)
    assert running.closes_at == datetime(2026, 12, 31, 1, tzinfo=UTC), "the last day of returns is over, and an hour for slow clocks"
    months.shop.now = datetime(2026, 12, 20, tzinfo=UTC)
    assert months.shop.slip(month=now).state == "soft"
    months.close_at(2027, 1, 10)
    closed = months.shop.slip(month=now)
    assert closed.statement is not None
    assert (closed.state, closed.expected, closed.statement.payable_minor) == ("closed", (), 5_000)
    assert closed.totals[0].by_stage["invoiced"] == closed.totals[0].balance_minor == 5_000
    with months.shop.session() as session:
        (euro,) = earnings(session, now=months.shop.now).currencies
        assert euro.by_stage["invoiced"] == euro.balance_minor


def test_stages_follow_from_dates() -> None:
    terms, sold = ContractTerms(currency="EUR", share_ppm=1, return_window_days=10, soft_days=20), datetime(2026, 11, 5, tzinfo=UTC)
    moments = [datetime(2026, 11, 14, tzinfo=UTC), datetime(2026, 11, 15, tzinfo=UTC), datetime(2026, 12, 20, 23, tzinfo=UTC)]
    assert [stage_of(sold, terms, now=moment) for moment in moments] == ["pending", "locked", "locked"]
    assert stage_of(sold, terms, now=datetime(2026, 12, 21, tzinfo=UTC)) == "cleared"
    assert stage_of(sold, terms, now=sold, is_closed=True) == "invoiced"


def test_the_salary_of_a_year_and_its_pace(months: ClosedMonths) -> None:
    with months.shop.session() as session:
        assert salary(session, employee_id=new_id(months.shop.now), now=months.shop.now) is None
        begun = salary(session, employee_id=months.shop.employee_id, now=months.shop.now - timedelta(days=59))
        assert begun is not None
        assert (begun.year_minor, begun.pace_months, len(begun.months)) == (None, 0, 1)
    months.sell("o1", "30.00")
    months.close_at(2026, 12, 31)
    months.sell("o2", "10.00")
    months.shop.now = datetime(2027, 1, 2, tzinfo=UTC)
    with months.shop.session() as session:
        found = salary(session, employee_id=months.shop.employee_id, now=months.shop.now)
    assert found is not None
    assert [one.amount_minor for one in found.months] == [0, 0, 300, 100, 0]
    assert [one.state for one in found.months] == ["closed", "closed", "closed", "soft", "running"]
    assert [one.is_whole for one in found.months] == [False, True, True, True, True]
    assert (found.total_minor, found.year_minor, found.pace_months) == (400, 1600, 3)


@pytest.mark.parametrize("rest", [0, 3])
def test_segments_give_back_every_line_wherever_one_begins(months: ClosedMonths, rest: int) -> None:
    statement_id, count = new_id(months.shop.now), 2 * LINES_PER_SEGMENT + rest
    contents = [json.dumps({"number": number}).encode() for number in range(count)]
    session_of = months.shop.database.tenant_session(months.shop.tenant_id)
    with session_of as session:
        writer = SegmentWriter(session, statement_id)
        for content in contents:
            writer.add(content)
        root = writer.finish()
        for first, limit in ((0, None), (5, 3), (LINES_PER_SEGMENT - 1, 2), (LINES_PER_SEGMENT, None), (count, None)):
            wanted = contents[first:] if limit is None else contents[first : first + limit]
            assert list(sealed_lines(session, statement_id, first_line=first, line_count=limit)) == wanted
        for number in (0, LINES_PER_SEGMENT - 1, LINES_PER_SEGMENT, count - 1):
            sealed = sealed_line(session, statement_id, number)
            assert root_from(sealed.leaf, number, count, sealed.proof) == root
        session.rollback()


def test_a_transaction_is_looked_for_only_where_its_moment_stands(months: ClosedMonths) -> None:
    months.sell("o1", "30.00")
    months.close_at(2027, 1, 10)
    line, statement_id = months.lines("2026-11")[1], months.statement("2026-11").statement_id
    moment = datetime.fromisoformat(line["effective_at"])
    with months.shop.session() as session:
        assert lines_with_transactions(session, statement_id, {line["transaction"]: moment}) == {line["transaction"]: 1}
        assert lines_with_transactions(session, statement_id, {line["transaction"]: moment - timedelta(days=1)}) == {}


def test_a_refund_after_the_close_raises_the_minimum_in_the_same_month_it_came(database: Database, now: datetime) -> None:
    months = ClosedMonths(Shopkeeper(database, now, ContractTerms(currency="EUR", share_ppm=80_000, minimum_minor=500)))
    months.sell("A", "100.00", at=datetime(2026, 11, 19, 12, tzinfo=UTC))
    months.close_at(2027, 1, 5)
    paid = months.shop.earned()
    months.close_at(2027, 1, 10)
    months.refund("r1", "100.00", "A")
    assert paid - months.shop.earned() <= 300  # the share went back, and what the month then lacks came at once
    with months.shop.session() as session:
        late = session.scalars(select(LedgerTransaction).where(LedgerTransaction.recorded_at == months.shop.now)).all()
    assert {(one.kind, one.effective_at.month) for one in late} == {("share", 1), ("minimum", 1)}
