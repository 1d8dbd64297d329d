"""Home: what the team earned this month, day by day, and the latest orders as they come in: order, touch, share."""

from asyncio import gather
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from app.dashboard.charts import draw_days
from app.dashboard.language import _
from app.dashboard.month import Month, days_of, month_of, sums_by_employee, sums_of, wish_of
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, live_page
from app.dashboard.permissions import ShopViewer
from app.dashboard.start_list import Funnel, Step, funnel, steps
from billing.detect_unreported import ChannelAlert, unreported
from billing.read_deliveries import DeliveryView, deliveries
from billing.read_month import DaySums, day_sums
from billing.read_orders import OrderLine, latest_orders
from tenants.employee import EmployeeView, employees

router = APIRouter(route_class=PageRoute, include_in_schema=False)

LATEST_ORDERS: Final = 8
RECENT_DELIVERIES: Final = 50
"""Home looks this far back for deliveries that need somebody."""
CHART_WIDTH, CHART_WIDTH_NARROW = 680, 330

Start = tuple[list[Step], Funnel]
"""The steps until the first order is explained, and the month's funnel."""


@dataclass(frozen=True)
class Home:
    """What Home shows, read in one transaction."""

    days: list[DaySums]
    orders: list[OrderLine]
    team: list[EmployeeView]
    recent: tuple[DeliveryView, ...]


@router.get("/")
async def front_door() -> Response:
    """The bare address leads to Home."""
    return go_to("/dashboard")


@router.get("/dashboard")
async def show_home(request: Request, viewer: ShopViewer) -> Response:
    """The running month in figures, drawn and listed. Members who see no money begin with the conversations."""
    if not viewer.may("SEE_EARNINGS"):
        return go_to("/dashboard/conversations")
    month = month_of(None, ZoneInfo(viewer.shop.time_zone), viewer.now)
    is_whole_page = request.headers.get("HX-Request") != "true"  # the evidence is weighed when the page is opened, not every second
    seen, (alerts, start) = await gather(viewer.read(_home, month), _beside(viewer, month, is_wanted=is_whole_page))
    sums, recent = sums_of(seen.days), seen.recent
    days = days_of(seen.days, month, sums[0].currency, now=viewer.now) if sums else []
    today, names = viewer.now.astimezone(month.zone).date(), (_("Sales"), _("Earned"))
    context = {
        "month": month,
        "alerts": alerts,
        "steps": start[0] if start else [],
        "funnel": replace(start[1], orders=sum(one.order_count for one in sums)) if start else None,
        "sums": sums,
        "days": [day for day in reversed(days) if day.upper or day.lower],
        "wide": draw_days(days, today=today, names=names, width=CHART_WIDTH),
        "narrow": draw_days(days, today=today, names=names, width=CHART_WIDTH_NARROW),
        "orders": seen.orders,
        "people": {one.employee_id: one for one in seen.team},
        "recent": recent,
        "set_aside_count": sum(one.state == "set_aside" for one in recent),
        "waiting_count": sum(one.state == "waiting" for one in recent),
        "by_employee": sums_by_employee(seen.days),
    }
    return live_page(request, "home", **viewer.context("home"), **context)


def _home(session: Session, month: Month) -> Home:
    team = employees(session)
    days = day_sums(session, wish_of(month, team), zone_name=month.zone.key)
    recent = deliveries(session, limit=RECENT_DELIVERIES).deliveries
    return Home(days, latest_orders(session, limit=LATEST_ORDERS), team, recent)


async def _beside(viewer: ShopViewer, month: Month, *, is_wanted: bool) -> tuple[tuple[ChannelAlert, ...], Start | None]:
    """What stands around the month: reasons to ask where a sale is, and the start; read while the month is summed."""
    if not is_wanted:
        return (), None
    return await gather(viewer.read(unreported, now=viewer.now), viewer.read(_start, month, viewer.now))


def _start(session: Session, month: Month, now: datetime) -> Start:
    return steps(session, now=now), funnel(session, month)
