"""The models side by side: how the same orders would be credited under every model, and what would be lost without each channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from app.dashboard.page_route import PageRoute
from app.dashboard.pages import page
from app.dashboard.permissions import EarningsViewer
from billing.attribution_report import ORDERS_MAX, AttributionReport, Channel, ModelCredit, attribution_report
from billing.contract_terms import MODEL_SENTENCES
from tenants.employee import EmployeeView, employees

router = APIRouter(route_class=PageRoute, include_in_schema=False)
MONTHS_MAX: Final = 12


@dataclass(frozen=True)
class ModelRow:
    """One channel's credit under every model: orders in thousandths, and worth in minor units, by the model's name."""

    channel: Channel
    currency: str
    orders_milli: Mapping[str, int]
    base_minor: Mapping[str, int]


@router.get("/dashboard/models")
async def show_models(viewer: EarningsViewer, months: Annotated[int, Query(ge=1, le=MONTHS_MAX)] = 3) -> Response:
    """The report over the last months, the running one included."""
    local = viewer.now.astimezone(ZoneInfo(viewer.shop.time_zone))
    first = local.year * 12 + local.month - months
    start = datetime(first // 12, first % 12 + 1, 1, tzinfo=local.tzinfo)
    report, people = await viewer.read(_report, start, viewer.now)
    context = {
        "report": report,
        "rows": rows_of(report.credits),
        "models": MODEL_SENTENCES,
        "people": people,
        "months": months,
        "orders_max": ORDERS_MAX,
    }
    return page("models.html", **{**viewer.context("payslips"), **context})


def rows_of(found: Sequence[ModelCredit]) -> list[ModelRow]:
    """One row per channel and currency, rounded for the eye only."""
    keys = sorted({(one.channel, one.currency) for one in found}, key=lambda key: (str(key[0].employee_id), key[0].kind, key[1]))
    rows = []
    for channel, currency in keys:
        own = [one for one in found if one.channel == channel and one.currency == currency]
        orders = {one.model: round(one.orders * 1000) for one in own}
        rows.append(ModelRow(channel, currency, orders, {one.model: round(one.base) for one in own}))
    return rows


def _report(session: Session, start: datetime, end: datetime) -> tuple[AttributionReport, dict[object, EmployeeView]]:
    return attribution_report(session, start=start, end=end), {one.employee_id: one for one in employees(session)}
