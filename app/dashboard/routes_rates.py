"""Exchange rates: the newest published day of each currency, and the orders that wait for one."""

from decimal import Decimal

from fastapi import APIRouter, Response

from app.dashboard.page_route import PageRoute
from app.dashboard.pages import page
from app.dashboard.permissions import EarningsViewer
from billing.read_rates import published_rates, waiting_for_rates

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/dashboard/rates")
async def show_rates(viewer: EarningsViewer) -> Response:
    """What waits first, then what is known."""
    waiting = await viewer.read(waiting_for_rates)
    known = await viewer.house.run_call(published_rates, viewer.house.database)
    shown = [(one, f"{Decimal(one.rate_e9).scaleb(-9).normalize():f}") for one in known]
    return page("rates.html", **viewer.context("payslips"), waiting=waiting, known=shown)
