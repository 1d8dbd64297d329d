"""The shop's own site: asked to be read, watched while it is, called off, and its pages with what was taught of them."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from app.conversations import own_site
from app.conversations.errors import FieldNotFit, SiteReadingUnknown
from app.dashboard.door import Text
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, live_page, page
from app.dashboard.permissions import ShopViewer, Teacher
from app.dashboard.problems import page_missing
from app.dashboard.routes_teach import teach_path
from app.dashboard.viewer import Viewer
from tenants.audit import person_actor
from tenants.employee import employee_view
from tenants.identifiers import from_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

DONE: Final = {"off": N_("The reading was called off. What was taught so far stays.")}
PAGES_DEFAULT: Final = "50"
DIGITS_MAX: Final = 4
Done = Annotated[str, Query(max_length=20)]


@router.get("/dashboard/teach/{employee_id}/site")
async def show_site(request: Request, viewer: ShopViewer, employee_id: str, done: Done = "") -> Response:
    """The form, the last readings with their progress, and the pages."""
    context = await viewer.read(_read, from_public("emp", employee_id))
    form = {"start_url": context["start_url"], "pages_max": PAGES_DEFAULT}
    return live_page(request, "teach_site", **viewer.context("teach"), **context, form=form, wrong={}, done=_(DONE.get(done, "")))


@router.post("/dashboard/teach/{employee_id}/site")
async def ask(viewer: Teacher, employee_id: str, start_url: Text = "", pages_max: Text = "", csrf_token: Text = "") -> Response:
    """Ask for a reading; what does not fit is said beside its field."""
    viewer.check_form(csrf_token)
    identifier, digits = from_public("emp", employee_id), pages_max.strip()
    pages = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= DIGITS_MAX else -1
    try:
        await viewer.read(
            own_site.ask_for_reading, employee_id=identifier, start_url=start_url, pages_max=pages, by=_by(viewer), now=viewer.now,
            is_loopback_allowed=viewer.house.settings.webhooks_to_loopback,
        )  # fmt: skip
    except FieldNotFit as error:
        context = await viewer.read(_read, identifier)
        form = {"start_url": start_url, "pages_max": pages_max}
        context |= {"form": form, "wrong": {error.field: said(error)}, "done": "", "live_region": None}
        return page("teach_site.html", status=422, **viewer.context("teach"), **context)
    return go_to(teach_path(identifier, "/site?done=asked"))


@router.post("/dashboard/teach/site/{reading_id}/off")
async def call_off(viewer: Teacher, reading_id: str, csrf_token: Text = "") -> Response:
    """Stop a reading."""
    viewer.check_form(csrf_token)
    try:
        employee_id = await viewer.read(own_site.call_off, reading_id=from_public("srd", reading_id), by=_by(viewer), now=viewer.now)
    except SiteReadingUnknown:
        raise page_missing() from None
    return go_to(teach_path(employee_id, "/site?done=off"))


def _read(session: Session, employee_id: UUID) -> dict[str, Any]:
    readings = own_site.readings_of(session, employee_id=employee_id)
    return {
        "employee": employee_view(session, employee_id), "tab": "site", "readings": readings,
        "start_url": readings[0].start_url if readings else "", "pages": own_site.pages_of(session, employee_id=employee_id),
    }  # fmt: skip


def _by(viewer: Viewer) -> str:
    return person_actor(viewer.person.person_id)
