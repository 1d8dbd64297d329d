"""The demo's past, lived on a real database: two closed months, a soft one, the running one, and every amount with its reason."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fakes.shop_history import fixed_vectors, routed

from app.demo.history import first_day
from app.demo.seed import open_demo_account
from billing.read_balances import trial_balance
from billing.read_deliveries import deliveries
from billing.read_disputes import disputes
from billing.read_payslip import payslip
from billing.read_salary import salary


def test_the_past_has_closed_soft_and_running_months(database: Any, tmp_path: Path) -> None:
    now = datetime(2026, 11, 22, 5, 30, tzinfo=UTC)
    account = open_demo_account(
        routed(database), embed=fixed_vectors, clock=lambda: now, kept_in=tmp_path / "account.json", shop_origin="http://127.0.0.2:1"
    )  # fmt: skip
    employee_id = UUID(account.employee_id)
    with database.tenant_session(UUID(account.tenant_id)) as session:
        earned = salary(session, employee_id=employee_id, now=now)
        assert earned is not None
        assert [(one.period.name, one.state) for one in earned.months] == [
            ("2026-08", "closed"), ("2026-09", "closed"), ("2026-10", "soft"), ("2026-11", "running"),
        ]  # fmt: skip
        assert all(one.amount_minor > 0 for one in earned.months)
        slip = payslip(session, employee_id=employee_id, period_start=None, now=now)
        assert [line.kind for line in slip.lines].count("refund") == 2  # one late refund, shared by two payees
        assert {one.decision is None for one in disputes(session)} == {True, False}
        assert {one.state for one in deliveries(session, limit=200).deliveries} == {"handled"}
        assert trial_balance(session).is_balanced


@pytest.mark.parametrize(
    ("now", "begun"),
    [
        (datetime(2026, 11, 1, tzinfo=UTC), (2026, 8)),
        (datetime(2027, 1, 31, tzinfo=UTC), (2026, 10)),
        (datetime(2027, 3, 1, tzinfo=UTC), (2026, 12)),
    ],
)
def test_the_shop_opened_three_months_before(now: datetime, begun: tuple[int, int]) -> None:
    assert (first_day(now).year, first_day(now).month) == begun
