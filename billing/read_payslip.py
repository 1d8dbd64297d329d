"""Reads an employee's payslip for one month of its contract's calendar: whole, or a page of its lines beside the sums of all."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from billing.ledger.entries import Entry, entries, moment_is_within
from billing.ledger.tables import LedgerTransaction, Posting
from billing.read_statement import statement_of_period
from billing.revenue_share.period_lines import PeriodLine
from billing.revenue_share.periods import period_of
from billing.revenue_share.settle import expected_lines
from billing.revenue_share.versions import terms_of_versions
from billing.statements.contracts import Employment, employment_of
from billing.statements.moved import MonthWish
from billing.statements.payslip import Payslip, PayslipLine, PayslipState, PayslipTotal, line_of, total_lines
from billing.statements.sheet import KindSum, month_sheet, moved_within, order_lines_between

__all__ = ["KindSum", "Payslip", "PayslipLine", "PayslipPage", "PayslipTotal", "payslip", "payslip_page"]


@dataclass(frozen=True)
class PayslipPage:
    """A payslip whose `lines` are those about the month and one page of those about orders; its totals are of all.

    `page` counts from 1; `order_line_count` and `kinds` are of the whole month, the payees of a line together. `sales_here` are the
    transactions this page's lines point to that belong to the same month, on whatever page.
    """

    slip: Payslip
    page: int
    page_count: int
    order_line_count: int
    kinds: tuple[KindSum, ...]
    version_ids: frozenset[UUID]
    sales_here: frozenset[UUID]


def payslip(session: Session, *, employee_id: UUID, period_start: datetime | None, now: datetime) -> Payslip:
    """The payslip of the month that `period_start` falls into (any moment of it), or of the running month.

    An employee without a contract has an empty payslip of the month in UTC.
    """
    employment = employment_of(session, employee_id)
    bare = _bare(session, employee_id, employment, period_start or now)
    found = list(entries(session, Posting.employee_id == employee_id, moment_is_within(bare.period.start, bare.period.end)))
    lines = _lines(session, bare, found, now)
    return _standing(session, replace(bare, totals=total_lines(lines), lines=lines), employment, now)


def payslip_page(
    session: Session, *, employee_id: UUID, period_start: datetime | None, page: int, lines_per_page: int, now: datetime
) -> PayslipPage:
    """The same payslip with one page of its lines, in a time that does not grow with the month; a page beyond the last is the last."""
    employment = employment_of(session, employee_id)
    bare = _bare(session, employee_id, employment, period_start or now)
    wish = MonthWish(bare.period.start, bare.period.end, (employee_id,))
    sheet = month_sheet(session, wish, now=now)
    page_count = max(1, -(-sheet.order_line_count // lines_per_page))
    shown = min(max(page, 1), page_count)
    first, count = (shown - 1) * lines_per_page, sheet.order_line_count
    ids = order_lines_between(session, wish, first=first, limit=lines_per_page, count=count) if count else []
    own = Posting.employee_id == employee_id
    found = [*entries(session, own, moment_is_within(wish.start, wish.end), LedgerTransaction.order_id.is_(None))]
    if ids:
        found += entries(session, own, Posting.transaction_id.in_(ids))
    slip = _standing(session, replace(bare, totals=sheet.totals, lines=_lines(session, bare, found, now)), employment, now)
    pointed_to = {line.points_to for line in slip.lines if line.points_to is not None}
    sales = moved_within(session, wish, pointed_to) if pointed_to else frozenset()
    return PayslipPage(slip, shown, page_count, count, sheet.kinds, sheet.version_ids, sales)


def _bare(session: Session, employee_id: UUID, employment: Employment | None, moment: datetime) -> Payslip:
    """The month without any line."""
    zone = employment.time_zone if employment else "UTC"
    period = period_of(moment, zone)
    return Payslip(
        employee_id, period, zone, (), (), statement=statement_of_period(session, employee_id=employee_id, period_start=period.start)
    )


def _lines(session: Session, slip: Payslip, found: list[Entry], now: datetime) -> tuple[PayslipLine, ...]:
    terms = terms_of_versions(session, sorted({entry.transaction.contract_version_id for entry in found}))
    is_closed = slip.statement is not None
    return tuple(line_of(entry, terms[entry.transaction.contract_version_id], now=now, is_closed=is_closed) for entry in found)


def _standing(session: Session, slip: Payslip, employment: Employment | None, now: datetime) -> Payslip:
    """The payslip with how far its month has come."""
    if employment is None:
        return slip
    expected = _expected(session, employment, slip, now)
    return replace(slip, state=_state(slip, now), closes_at=employment.closes_at(slip.period), expected=expected)


def _state(slip: Payslip, now: datetime) -> PayslipState:
    if slip.statement is not None:
        return "closed"
    return "soft" if now >= slip.period.end else "running"


def _expected(session: Session, employment: Employment, slip: Payslip, now: datetime) -> tuple[PeriodLine, ...]:
    """What each version in force would add to the month were it closed now; nothing once it is closed, or before it began."""
    if slip.statement is not None or now < slip.period.start or not employment.is_governed(slip.period):
        return ()
    return tuple(
        line
        for one in employment.governing(slip.period)
        for line in expected_lines(session, one.contract_version_id, slip.period.start, now=now)
    )
