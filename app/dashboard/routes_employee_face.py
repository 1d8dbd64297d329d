"""Another face for an employee, from the catalogue or of the shop's own; everything else about them stays."""

from datetime import timedelta

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from app.casting.own_faces import any_face
from app.dashboard.door import Text
from app.dashboard.employee_file import EmployeeFile
from app.dashboard.hiring import DRAFT_DAYS, market_of
from app.dashboard.language import _
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import Hirer
from app.dashboard.problems import PageProblem
from app.dashboard.routes_employee import read_one
from app.dashboard.routes_hire import faces_to_hire
from app.dashboard.viewer import Viewer
from app.studio.wear_face import wear_face
from avatar_pipeline.errors import StageRefusal
from tenants.audit import person_actor
from tenants.errors import LikenessTaken
from tenants.identifiers import to_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

GONE = ("withdrawn", "left")
"""Nobody meets them, so nothing is held for them."""


@router.get("/dashboard/employees/{employee_id}/face")
async def ask_face(viewer: Hirer, employee_id: str) -> Response:
    """Every face that may be worn, the present one chosen."""
    found = await read_one(viewer, employee_id)
    _must_be_here(found)
    return await _form(viewer, found, found.employee.face_id, {})


@router.post("/dashboard/employees/{employee_id}/face")
async def choose_face(viewer: Hirer, employee_id: str, face: Text = "", csrf_token: Text = "") -> Response:
    """Write the choice down; it holds from the next conversation and the next making of a film on."""
    viewer.check_form(csrf_token)
    found = await read_one(viewer, employee_id)
    _must_be_here(found)
    try:
        await viewer.read(_wear, viewer, found, face)
    except StageRefusal:
        return await _form(viewer, found, face, {"face": _("Choose one of the faces.")}, status=422)
    except LikenessTaken as taken:
        return await _form(viewer, found, face, {"face": str(taken)}, status=409)
    return go_to(f"/dashboard/employees/{employee_id}?done=changed")


async def _form(viewer: Viewer, found: EmployeeFile, chosen: str, why: dict[str, str], *, status: int = 200) -> Response:
    people = await viewer.read(faces_to_hire, viewer)
    context = {"file": found, "employee": found.employee, "faces": people, "fields": {"face": chosen}, "why": why}
    return page("employee_face.html", status=status, **viewer.context("team"), **context)


def _must_be_here(found: EmployeeFile) -> None:
    if found.standing.kind in GONE:
        name, own = found.employee.name, f"/dashboard/employees/{to_public('emp', found.employee.employee_id)}"
        raise PageProblem(409, _("%(name)s does not work here", name=name), _("Hire this employee first."), _("Open the file"), own)


def _wear(session: Session, viewer: Viewer, found: EmployeeFile, face_id: str) -> None:
    chosen = any_face(session, face_id, viewer.house.settings.data_folder)
    until = viewer.now + timedelta(days=DRAFT_DAYS) if found.employee.is_applicant else None
    wear_face(
        session, employee_id=found.employee.employee_id, face_id=chosen.face_id, market=market_of(viewer.shop.time_zone),
        by=person_actor(viewer.person.person_id), now=viewer.now, until=until,
    )  # fmt: skip
