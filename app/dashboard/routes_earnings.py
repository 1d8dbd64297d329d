"""Earnings: one line per order event, with its worth, share and stage; a refund is a line of its own that points back at the sale."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from app.dashboard.language import _
from app.dashboard.month import Month, month_of, wish_of
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import live_page
from app.dashboard.payslip_view import joined_earnings
from app.dashboard.permissions import EarningsViewer
from app.dashboard.problems import PageProblem
from billing.read_month import MonthSums, month_sums, newest_movements
from billing.read_orders import CouponSeen, EarningLine, coupons_seen
from tenants.employee import EmployeeView, employees
from tenants.identifiers import from_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

ROWS_MAX: Final = 50
"""Rows shown at once, newest first; the totals are of all that the filter matches."""
MONTHS_OFFERED: Final = 12
STAGES: Final = ("pending", "locked", "cleared", "invoiced")
MONTH_PATTERN: Final = r"^(20[0-9]{2}-(0[1-9]|1[0-2]))?$"


@dataclass(frozen=True)
class Earnings:
    """What the page shows: the sums of everything the filter matches, and its newest lines."""

    sums: list[MonthSums]
    lines: list[EarningLine]
    coupons: dict[UUID, CouponSeen]
    team: list[EmployeeView]


class Filter(BaseModel):
    """What the address asks for; an empty word means all."""

    month: str = Field("", pattern=MONTH_PATTERN)
    employee: str = ""
    stage: Literal["", "pending", "locked", "cleared", "invoiced"] = ""
    kind: Literal["", "sale", "back"] = ""


@router.get("/dashboard/earnings")
async def show_earnings(request: Request, viewer: EarningsViewer, wanted: Annotated[Filter, Query()]) -> Response:
    """The lines of one month, filtered."""
    chosen = month_of(wanted.month or None, ZoneInfo(viewer.shop.time_zone), viewer.now)
    if chosen.start > viewer.now:
        raise PageProblem(
            404, _("That month has not begun"), _("Choose this month or an earlier one."), _("Open the earnings"), "/dashboard/earnings"
        )
    employee_id = from_public("emp", wanted.employee) if wanted.employee else None
    seen = await viewer.read(_read, chosen, employee_id, wanted, viewer.now)
    running = month_of(None, chosen.zone, viewer.now)
    context = {
        "month": chosen,
        "months": [month_of(running.beside(-step), chosen.zone, viewer.now) for step in range(MONTHS_OFFERED)],
        "lines": seen.lines,
        "line_count": sum(one.line_count for one in seen.sums),
        "sums": [(one, one.by_stage) for one in seen.sums],
        "stages": STAGES,
        "coupons": seen.coupons,
        "people": {one.employee_id: one for one in seen.team},
        "chosen": {**wanted.model_dump(), "month": chosen.name},
        "is_filtered": bool(wanted.employee or wanted.stage or wanted.kind),
        "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
    }
    return live_page(request, "earnings", **{**viewer.context("earnings"), **context})


def _read(session: Session, month: Month, employee_id: UUID | None, wanted: Filter, now: datetime) -> Earnings:
    team = employees(session)
    wish = wish_of(month, [one for one in team if employee_id in {None, one.employee_id}])
    wish = replace(wish, stage=wanted.stage, kind=wanted.kind)
    found = joined_earnings(newest_movements(session, wish, limit=ROWS_MAX, now=now))
    coupons = coupons_seen(session, {one.line.coupon_id for one in found if one.line.coupon_id})
    return Earnings(month_sums(session, wish, now=now), found, coupons, team)
