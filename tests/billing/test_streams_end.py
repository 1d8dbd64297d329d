"""What streams from the database lets go of the connection when work on it stops half way; a rollback would wait for it for ever."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from closed_months import ClosedMonths, months_of
from sqlalchemy.orm import Session

from billing import what_if as trials
from billing.back_test import side_by_side
from billing.close_period import close_period, next_due
from billing.contract_terms import ContractTerms, Repeat
from billing.statements import closing, gather
from billing.what_if import what_if
from tenants.database import Database

PLAIN = ContractTerms(currency="EUR", share_ppm=80_000)


def lets_go(shop_session: Session, work: Callable[[], Any]) -> bool:
    """Whether the connection is free while the error is still on its way up."""
    connection: Any = shop_session.connection().connection.driver_connection
    try:
        work()
    except ValueError:
        return not connection.lock.locked()
    raise AssertionError("nothing went wrong")


@pytest.fixture
def months(database: Database, now: datetime) -> ClosedMonths:
    found = months_of(database, now, PLAIN)
    for number in range(4):
        found.sell(f"o{number}", "30.00")
    return found


@pytest.mark.parametrize("terms", [PLAIN, PLAIN.model_copy(update={"repeat": Repeat(days=30, share_ppm=1)})], ids=["any", "in sequence"])
def test_a_trial_that_fails_half_way(months: ClosedMonths, monkeypatch: pytest.MonkeyPatch, terms: ContractTerms) -> None:
    def broken(orders: Any, _: Any) -> None:
        next(iter(orders))
        raise ValueError("one bad order")

    for room in (trials, side_by_side):
        monkeypatch.setattr(room, "replay", broken)
    start, end = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    with months.shop.session() as session:
        assert lets_go(session, lambda: what_if(session, employee_id=months.shop.employee_id, terms=terms, start=start, end=end))


@pytest.mark.parametrize(("room", "name"), [(gather, "_entry"), (closing, "entry_line"), (closing._Sums, "add")])
def test_a_close_that_fails_half_way(months: ClosedMonths, monkeypatch: pytest.MonkeyPatch, room: Any, name: str) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ValueError("a line that cannot be written")

    monkeypatch.setattr(gather, "ROWS_PER_FETCH", 1)
    monkeypatch.setattr(gather, "ROWS_PER_CHUNK", 1)
    monkeypatch.setattr(room, name, broken)
    months.shop.now = datetime(2027, 1, 10, tzinfo=UTC)
    begun = datetime(2026, 11, 1, tzinfo=UTC)
    with months.shop.session() as session:
        while (due := closing_of(session, months)) < begun:  # months without a line close as they are
            close_period(session, employee_id=months.shop.employee_id, period_start=due, now=months.shop.now)
        assert lets_go(session, lambda: close_period(session, employee_id=months.shop.employee_id, period_start=due, now=months.shop.now))


def closing_of(session: Session, months: ClosedMonths) -> datetime:
    """The month that is due next."""
    due = next_due(session, employee_id=months.shop.employee_id, now=months.shop.now)
    assert due is not None
    return due.start
