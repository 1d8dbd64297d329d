"""Earnings: one line per order event, with its worth, share and stage; a refund is a line of its own that points back at the sale."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from app.dashboard.language import _
from app.dashboard.month import Month, Sums, month_of, sums_of
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import live_page
from app.dashboard.payslip_view import joined_earnings
from app.dashboard.permissions import EarningsViewer
from app.dashboard.problems import PageProblem
from app.dashboard.viewer import Viewer
from billing.read_orders import CouponSeen, EarningLine, coupons_seen, earning_lines
from tenants.employee import EmployeeView, employees
from tenants.identifiers import from_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

ROWS_MAX: Final = 300
"""Rows shown at once, newest first; the totals are of all that the filter matches."""
MONTHS_OFFERED: Final = 12
MONTH_PATTERN: Final = r"^(20[0-9]{2}-(0[1-9]|1[0-2]))?$"


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
    found, coupons, team = await viewer.read(_read, chosen, employee_id, viewer.now)
    kept = [one for one in found if _fits(one, wanted.stage, wanted.kind)]
    context = {
        **_page_of(viewer, chosen, kept),
        "coupons": coupons,
        "people": {one.employee_id: one for one in team},
        "chosen": {**wanted.model_dump(), "month": chosen.name},
        "is_filtered": bool(wanted.employee or wanted.stage or wanted.kind),
        "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
    }
    return live_page(request, "earnings", **{**viewer.context("earnings"), **context})


def _read(
    session: Session, month: Month, employee_id: UUID | None, now: datetime
) -> tuple[list[EarningLine], dict[UUID, CouponSeen], list[EmployeeView]]:
    found = earning_lines(session, start=month.start, end=month.end, employee_id=employee_id, now=now)
    coupons = coupons_seen(session, {one.line.coupon_id for one in found if one.line.coupon_id})
    return joined_earnings(found), coupons, employees(session)


def _fits(one: EarningLine, stage: str, kind: str) -> bool:
    is_back = one.line.amount_minor < 0
    return stage in {"", one.line.stage} and (not kind or is_back == (kind == "back"))


def _page_of(viewer: Viewer, month: Month, kept: list[EarningLine]) -> dict[str, Any]:
    running = month_of(None, month.zone, viewer.now)
    return {
        "month": month,
        "months": [month_of(running.beside(-step), month.zone, viewer.now) for step in range(MONTHS_OFFERED)],
        "lines": list(reversed(kept))[:ROWS_MAX],
        "line_count": len(kept),
        "sums": [(one, _stages(kept, one)) for one in sums_of(kept)],
        "stages": ("pending", "locked", "cleared", "invoiced"),
    }


def _stages(kept: list[EarningLine], sums: Sums) -> dict[str, int]:
    totals = {"pending": 0, "locked": 0, "cleared": 0, "invoiced": 0}
    for one in kept:
        if one.line.currency == sums.currency:
            totals[one.line.stage] += one.line.amount_minor
    return totals
