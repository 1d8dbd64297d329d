"""Who draws an employee's mouth: the shopper's own browser, or a network beside a graphics card. The shop chooses, reasons beside."""

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from app.dashboard.door import Text
from app.dashboard.employee_file import EmployeeFile
from app.dashboard.language import _
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import Hirer
from app.dashboard.routes_employee import read_one
from app.dashboard.viewer import Viewer
from app.worker.heartbeat import engines_at_work
from tenants.audit import note, person_actor
from tenants.employee import PICTURE_QUALITIES, change_picture_quality
from tenants.identifiers import to_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)
NEURAL_ENGINE = "musetalk"


@router.get("/dashboard/employees/{employee_id}/picture")
async def ask_quality(viewer: Hirer, employee_id: str) -> Response:
    """Both ways, what each gives and asks, and whether the second is there at the moment."""
    return await _form(viewer, await read_one(viewer, employee_id), {})


@router.post("/dashboard/employees/{employee_id}/picture")
async def choose_quality(viewer: Hirer, employee_id: str, quality: Text = "", csrf_token: Text = "") -> Response:
    """Write the choice down; it holds from the next conversation on."""
    viewer.check_form(csrf_token)
    found = await read_one(viewer, employee_id)
    if quality not in PICTURE_QUALITIES:
        return await _form(viewer, found, {"quality": _("Choose one of the two.")}, status=422)
    if quality == "neural" and found.employee.picture_quality != "neural" and not await has_card(viewer):
        return await _form(viewer, found, {"quality": _("No graphics card has reported in. Choose again when one has.")}, status=409)
    await viewer.read(_choose, viewer, found, quality)
    return go_to(f"/dashboard/employees/{employee_id}?done=changed")


async def _form(viewer: Viewer, found: EmployeeFile, why: dict[str, str], *, status: int = 200) -> Response:
    context = {"file": found, "employee": found.employee, "has_card": await has_card(viewer), "why": why}
    return page("employee_picture.html", status=status, **viewer.context("team"), **context)


async def has_card(viewer: Viewer) -> bool:
    """Whether a machine with a graphics card for neural faces has reported in."""
    return NEURAL_ENGINE in await viewer.read(engines_at_work, viewer.now)


def _choose(session: Session, viewer: Viewer, found: EmployeeFile, quality: str) -> None:
    if change_picture_quality(session, found.employee.employee_id, quality):
        actor, subject = person_actor(viewer.person.person_id), to_public("emp", found.employee.employee_id)
        note(session, actor, "employee.picture_quality", subject, {"quality": quality}, now=viewer.now)
