"""The operator's pages: which employees earn what they cost, and which machines are at work. For Tillhand's own people only.

Who that is stands in the settings, by address; for anybody else the pages do not exist. What is shown crosses shops, so it is read as the
operator, who writes nothing.
"""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Query, Response

from app.costs.margins import Margin, margins
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import page
from app.dashboard.permissions import ShopViewer
from app.dashboard.problems import CodeNeeded, page_missing
from app.dashboard.viewer import Viewer
from app.settings import LOOPBACK_HOSTS
from app.wiring import prices
from app.worker.heartbeat import MachineView, machines
from tenants.members import members

router = APIRouter(route_class=PageRoute, include_in_schema=False)
MONTHS_BACK_MAX = 24


async def operator_viewer(viewer: ShopViewer) -> Viewer:
    """Pass Tillhand's own people on. They need an authenticator's code wherever others than this machine reach the dashboard."""
    own = {one.strip().lower() for one in viewer.house.settings.operator_emails.split(",") if one.strip()}
    email = next((one.email for one in await viewer.read(members) if one.person_id == viewer.person.person_id), "")
    if not own or email.lower() not in own:
        raise page_missing()
    if not viewer.person.used_code and urlsplit(viewer.house.settings.public_url).hostname not in LOOPBACK_HOSTS:
        raise CodeNeeded
    return viewer


OperatorViewer = Annotated[Viewer, Depends(operator_viewer)]


@router.get("/dashboard/operator")
async def show_margins(viewer: OperatorViewer, back: Annotated[int, Query(ge=0, le=MONTHS_BACK_MAX)] = 0) -> Response:
    """Margins of a month (in UTC, `back` months ago) and the machines."""
    start, end = month_of(viewer.now, back)
    of = prices(viewer.house.settings)

    def read() -> tuple[list[Margin], list[MachineView]]:
        found = margins(viewer.house.database, of, start=start, end=end, now=viewer.now)
        with viewer.house.database.operator_session() as session:
            return found, machines(session, viewer.now)

    found, at_work = await viewer.house.run_call(read)
    context = {
        "margins": found, "machines": at_work, "prices": of, "start": start, "back": back, "months_back_max": MONTHS_BACK_MAX,
        "is_lowering": viewer.house.settings.lowers_losing_quality,
    }  # fmt: skip
    return page("operator.html", **{**viewer.context("operator"), **context})


def month_of(now: datetime, back: int) -> tuple[datetime, datetime]:
    """The first moments of the month `back` months ago and of the one after it, in UTC."""
    number = now.year * 12 + now.month - 1 - back

    def first(of: int) -> datetime:
        return now.replace(year=of // 12, month=of % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0)

    return first(number), first(number + 1)
