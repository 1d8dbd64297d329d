"""Sales never reported, channels that fell quiet, codes the till refused, refunds that moved nothing, orders too large to be likely."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Response

from app.dashboard.language import N_, _
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import page
from app.dashboard.permissions import EarningsViewer
from billing.detect_unreported import AlertKind, unreported
from billing.note_refused_code import refused_codes
from billing.read_idle_refunds import idle_refunds
from billing.read_unlikely_orders import unlikely_orders

router = APIRouter(route_class=PageRoute, include_in_schema=False)
TITLES: Final[Mapping[AlertKind, str]] = {
    "code_unreported": N_("Codes used, orders never reported"),
    "code_left_off": N_("Orders reported without their code"),
    "channel_silent": N_("A channel fell silent"),
    "channel_short": N_("A channel reports less than usual"),
    "held_short": N_("Checkouts hold more than is reported"),
}


@router.get("/dashboard/alerts")
async def show_alerts(viewer: EarningsViewer) -> Response:
    """Every alert as the facts stand now; one ends by itself when the missing orders arrive."""
    alerts = await viewer.read(unreported, now=viewer.now)
    refused = await viewer.read(refused_codes, now=viewer.now)
    unlikely, idle = await viewer.read(unlikely_orders, now=viewer.now), await viewer.read(idle_refunds, now=viewer.now)
    titles = {kind: _(title) for kind, title in TITLES.items()}
    found: dict[str, Any] = {"alerts": alerts, "refused": refused, "unlikely": unlikely, "idle": idle}
    return page("alerts.html", **viewer.context("payslips"), **found, titles=titles)
