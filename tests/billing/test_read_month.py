"""A month summed by the database is the month summed line by line, whatever is asked for; and its newest lines are the newest."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from fakes.shop_history import fixed_vectors, routed
from sqlalchemy.orm import Session

from app.demo.account import DemoAccount
from app.demo.seed import open_demo_account
from billing.keep_movements import keep_movements
from billing.ledger.stages import STAGES
from billing.read_month import MonthWish, day_sums, month_sums, newest_movements
from billing.read_orders import EarningLine, earning_lines
from billing.read_payslip import PayslipPage, payslip, payslip_page
from billing.revenue_share.periods import period_of
from billing.statements.kept import kept_before
from tenants.database import Database

NOW = datetime(2026, 11, 22, 5, 30, tzinfo=UTC)
MONTHS = (datetime(2026, 9, 15, tzinfo=UTC), datetime(2026, 10, 15, tzinfo=UTC), NOW)


def lines_of(session: Session, wish: MonthWish) -> list[EarningLine]:
    """The same movements one by one, the payees of each together."""
    found: dict[UUID, list[EarningLine]] = defaultdict(list)
    for one in earning_lines(session, start=wish.start, end=wish.end, now=NOW):
        found[one.line.transaction_id].append(one)
    kept = []
    for parts in found.values():
        amount = sum(one.line.amount_minor for one in parts)
        is_wanted = wish.stage in {"", parts[0].line.stage} and (not wish.kind or (amount < 0) == (wish.kind == "back"))
        kept += parts if is_wanted else []
    return kept


def total(lines: list[EarningLine]) -> int:
    return sum(one.line.amount_minor for one in lines)


def test_the_sums_are_the_sums_of_the_lines(database: Database, tmp_path: Path) -> None:
    account = open_demo_account(
        routed(database), embed=fixed_vectors, clock=lambda: NOW, kept_in=tmp_path / "account.json", shop_origin="http://127.0.0.2:1"
    )
    for is_kept in (False, True):
        the_months_agree(database, account, is_kept=is_kept)


def the_months_agree(database: Database, account: DemoAccount, *, is_kept: bool) -> None:
    """Read from the book alone, and again from what the worker keeps of it."""
    with database.tenant_session(UUID(account.tenant_id)) as session:
        if is_kept:
            keep_movements(session)
            assert kept_before(session) > 0
        for moment in MONTHS:
            period = period_of(moment, "UTC")
            for stage, kind in (("", ""), ("invoiced", ""), ("pending", ""), ("locked", "sale"), ("cleared", ""), ("", "back")):
                wish = MonthWish(period.start, period.end, (UUID(account.employee_id),), stage, kind)
                agree(session, wish)
            by_day(session, MonthWish(period.start, period.end, (UUID(account.employee_id),)))
            page_by_page(session, UUID(account.employee_id), moment)


def agree(session: Session, wish: MonthWish) -> None:
    lines = lines_of(session, wish)
    sums = month_sums(session, wish, now=NOW)
    assert [one.currency for one in sums] == (["USD"] if lines else [])
    newest = newest_movements(session, wish, limit=1000, now=NOW)
    assert sorted((one.line.transaction_id, one.line.amount_minor, one.line.stage) for one in newest) == sorted(
        (one.line.transaction_id, one.line.amount_minor, one.line.stage) for one in lines
    )
    moments = [one.line.effective_at for one in newest]
    assert moments == sorted(moments, reverse=True)
    for one in sums:
        assert one.balance_minor == total(lines) == one.earned_minor - one.taken_back_minor
        assert one.line_count == len({line.line.transaction_id for line in lines})
        assert one.by_stage == {stage: total([line for line in lines if line.line.stage == stage]) for stage in STAGES}


def by_day(session: Session, wish: MonthWish) -> None:
    """Shares stand on the day they took effect, orders on the day they were placed, and a day is the zone's."""
    lines = lines_of(session, wish)
    worth = {one.line.order_id: one.line for one in lines if one.line.order_id}
    for zone in ("UTC", "Asia/Tokyo"):
        days = day_sums(session, wish, zone_name=zone)
        assert sum(one.earned_minor - one.taken_back_minor for one in days) == total(lines)
        assert sum(one.order_count for one in days) == len(worth)
        assert sum(one.sales_minor for one in days) == sum(line.order_total_minor for line in worth.values())
        assert sum(one.base_minor for one in days) == sum(line.base_minor for line in worth.values())
        assert [one.day for one in days] == sorted(one.day for one in days)
        assert [one.sales_minor for one in days] == [one.own_sales_minor for one in days]  # one employee: every order is hers


def page_by_page(session: Session, employee_id: UUID, moment: datetime) -> None:
    """Every page's lines together are the whole payslip's lines, and each page's sums are those of the whole."""
    whole = payslip(session, employee_id=employee_id, period_start=moment, now=NOW)

    def read(number: int) -> PayslipPage:
        return payslip_page(session, employee_id=employee_id, period_start=moment, page=number, lines_per_page=7, now=NOW)

    pages = [read(1)]
    pages += [read(number) for number in range(2, pages[0].page_count + 1)]
    assert [line for page in pages for line in page.slip.lines if line.order_id] == [line for line in whole.lines if line.order_id]
    ids = {line.transaction_id for line in whole.lines}
    for page in pages:
        assert [line for line in page.slip.lines if not line.order_id] == [line for line in whole.lines if not line.order_id]
        assert replace(page.slip, lines=()) == replace(whole, lines=())
        assert page.order_line_count == len({(line.transaction_id, line.currency) for line in whole.lines if line.order_id})
        assert page.version_ids == {line.contract_version_id for line in whole.lines}
        assert page.sales_here == {line.points_to for line in page.slip.lines} & ids
        for one in page.kinds:
            own = [line for line in whole.lines if (line.kind, line.currency) == (one.kind, one.currency)]
            assert one.amount_minor == sum(line.amount_minor for line in own)
            assert one.line_count == len({line.transaction_id for line in own})
            assert one.sales_minor + one.back_minor == sum(line.amount_minor for line in own if line.order_id)
        assert {(one.kind, one.currency) for one in page.kinds} == {(line.kind, line.currency) for line in whole.lines}
    assert read(pages[0].page_count + 3) == pages[-1]


@pytest.mark.parametrize("moment", MONTHS[:1])
def test_nobody_has_no_month(database: Database, tenant_id: UUID, moment: datetime) -> None:
    period = period_of(moment, "UTC")
    with database.tenant_session(tenant_id) as session:
        assert month_sums(session, MonthWish(period.start, period.end, ()), now=NOW) == []
        assert day_sums(session, MonthWish(period.start, period.end, ()), zone_name="UTC") == []
