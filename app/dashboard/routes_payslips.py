"""Payslips, made for people who check them: totals first, then what the month is made of, then every line with its evidence."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from app.dashboard.employee_file import read_file
from app.dashboard.language import _
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import live_page
from app.dashboard.payslip_view import LINES_PER_PAGE, sheet_of
from app.dashboard.permissions import EarningsViewer
from app.dashboard.problems import PageProblem
from app.dashboard.salary_chart import NARROW_WIDTH, draw_salary
from billing.read_contracts import ContractView, contracts_of
from billing.read_disputes import DisputeView, disputes
from billing.read_month import MonthSums, MonthWish, month_sums
from billing.read_payslip import Payslip, PayslipPage, payslip_page
from billing.read_salary import Salary, salary
from billing.seal_ledger import chain_head, head_text
from tenants.employee import EmployeeView, employee_view, employees
from tenants.identifiers import from_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)
MONTH_PATTERN: Final = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"
Month = Annotated[str | None, Query(pattern=MONTH_PATTERN)]
PageNumber = Annotated[int, Query(ge=1, le=1_000_000)]


@router.get("/dashboard/payslips")
async def list_payslips(request: Request, viewer: EarningsViewer) -> Response:
    """The running month's payslip of every employee, in short, and what all of them earned over twelve months."""
    slips = await viewer.read(_slips_of_everyone, viewer.now)
    return live_page(request, "payslips", **viewer.context("payslips"), slips=slips, together=_together(slips))


@router.get("/dashboard/salary/{employee_id}")
async def show_salary(request: Request, viewer: EarningsViewer, employee_id: str) -> Response:
    """Twelve months of one employee, drawn, with the table beside, and what a year at this pace comes to."""
    employee, earned = await viewer.read(_salary, from_public("emp", employee_id), viewer.now)
    drawn = (draw_salary(earned.months), draw_salary(earned.months, width=NARROW_WIDTH)) if earned else ()
    return live_page(request, "salary", **viewer.context("payslips"), employee=employee, earned=earned, drawn=drawn)


@router.get("/dashboard/payslips/{employee_id}")
async def show_payslip(request: Request, viewer: EarningsViewer, employee_id: str, month: Month = None, page: PageNumber = 1) -> Response:
    """One employee's payslip of one month; the running month without `month`."""
    employee, read, contracts, contested, seal = await viewer.read(_slip, from_public("emp", employee_id), month, page, viewer.now)
    slip = read.slip
    file = await viewer.read(read_file, employee.employee_id, now=viewer.now, zone=ZoneInfo(viewer.shop.time_zone))
    governing = [one for one in contracts if one.contract_version_id in read.version_ids or one.governs(slip.period.start, slip.period.end)]
    zone = ZoneInfo(slip.time_zone)
    context = {
        "employee": employee,
        "slip": slip,
        "seal": seal,
        "file": file,
        "happened": file.events_between(slip.period.start.astimezone(zone).date(), slip.period.end.astimezone(zone).date()),
        "sheet": sheet_of(read),
        "contracts": governing,
        "sales": read.sales_here,
        "on_this_page": {line.transaction_id for line in slip.lines},
        "disputed": {(one.order_id, one.contract_version_id): one for one in contested},
        "month": slip.period.start.astimezone(zone),
        "last_day": slip.period.end.astimezone(zone),
        "earlier": _month_beside(slip, zone, -1),
        "later": _month_beside(slip, zone, 1) if slip.period.end <= viewer.now else None,
        "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
    }
    return live_page(request, "payslip", **{**viewer.context("payslips"), **context})


def _together(slips: list[tuple[EmployeeView, list[MonthSums], Salary | None]]) -> dict[str, tuple[int, int]]:
    """The whole team's running month and twelve months, in minor units by currency; the largest first."""
    sums: dict[str, tuple[int, int]] = {}
    for _employee, months, earned in slips:
        for month in months:
            running, year = sums.get(month.currency, (0, 0))
            sums[month.currency] = (running + month.balance_minor, year)
        if earned:
            running, year = sums.get(earned.currency, (0, 0))
            sums[earned.currency] = (running, year + earned.total_minor)
    return dict(sorted(sums.items(), key=lambda item: -item[1][1]))


def _slips_of_everyone(session: Session, now: datetime) -> list[tuple[EmployeeView, list[MonthSums], Salary | None]]:
    """Each employee with the sums of the running month of their contract, and their twelve months."""
    found = []
    for one in employees(session):
        earned = salary(session, employee_id=one.employee_id, now=now)
        running = [earned.months[-1].period] if earned else []
        wishes = [MonthWish(period.start, period.end, (one.employee_id,)) for period in running]
        found.append((one, [sums for wish in wishes for sums in month_sums(session, wish, now=now)], earned))
    return found


def _salary(session: Session, employee_id: UUID, now: datetime) -> tuple[EmployeeView, Salary | None]:
    return employee_view(session, employee_id), salary(session, employee_id=employee_id, now=now)


def _slip(
    session: Session, employee_id: UUID, month: str | None, page: int, now: datetime
) -> tuple[EmployeeView, PayslipPage, list[ContractView], tuple[DisputeView, ...], str]:
    employee, contracts = employee_view(session, employee_id), contracts_of(session, employee_id)
    zone = contracts[-1].terms.period_time_zone if contracts else "UTC"
    start = datetime.strptime(month, "%Y-%m").replace(tzinfo=ZoneInfo(zone)) if month else None
    if start is not None and start > now:
        raise PageProblem(
            404, _("That month has not begun"), _("Choose this month or an earlier one."), _("Open the payslips"), "/dashboard/payslips"
        )
    read = payslip_page(session, employee_id=employee_id, period_start=start, page=page, lines_per_page=LINES_PER_PAGE, now=now)
    seal = head_text(chain_head(session)) if read.slip.statement is not None else ""
    return employee, read, contracts, disputes(session, employee_id=employee_id, limit=500), seal


def _month_beside(slip: Payslip, zone: ZoneInfo, step: int) -> str:
    start = slip.period.start.astimezone(zone)
    months = start.year * 12 + start.month - 1 + step
    return f"{months // 12:04d}-{months % 12 + 1:02d}"
