"""The shop's own skills: described, tried, switched on and off, given another secret, taken away."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from app.conversations import own_skills
from app.conversations.call_own_skill import CallOutcome, SkillCall, call_own_skill
from app.conversations.errors import SkillNotFit, SkillUnknown
from app.conversations.own_skills import Description, SkillView, Written
from app.dashboard.door import Text
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import ConnectionsManager, ShopViewer
from app.dashboard.problems import page_missing
from app.dashboard.routes_teach import teach_path
from app.dashboard.skill_form import SkillForm, form_of, skill_form
from app.dashboard.viewer import Viewer
from tenants.audit import note, person_actor
from tenants.employee import EmployeeView, employee_view
from tenants.identifiers import from_public, new_id, to_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PATH: Final = "/dashboard/skills"
VALUE_LENGTH_MAX: Final = 200
DONE: Final = {
    "changed": N_("The skill was changed. It holds from the next question on."),
    "on": N_("The skill is in use from the next question on."),
    "off": N_("The skill is not used any more."),
    "removed": N_("The skill was taken away."),
}
KIND_NAMES: Final = {
    "order_number": N_("Order number"), "email": N_("E-mail address"), "date": N_("Day"), "number": N_("Number"),
    "choice": N_("One of several"), "text": N_("Words"),
}  # fmt: skip
Done = Annotated[str, Query(max_length=20)]


@router.get("/dashboard/teach/{employee_id}/skills")
async def show_skills(viewer: ShopViewer, employee_id: str, done: Done = "") -> Response:
    """What they can ask the shop's own system, and what can be begun with."""
    employee, rows = await viewer.read(_skills, from_public("emp", employee_id))
    context: dict[str, Any] = {"employee": employee, "tab": "skills", "rows": rows, "ready": own_skills.ready_skills()}
    context["done"] = _(DONE.get(done, ""))
    return page("teach_skills.html", **viewer.context("teach"), **context)


@router.get("/dashboard/teach/{employee_id}/skills/new")
async def new_skill(viewer: ConnectionsManager, employee_id: str, begin: Annotated[str, Query(max_length=40)] = "") -> Response:
    """An empty form, or one filled with a ready description."""
    employee, _rows = await viewer.read(_skills, from_public("emp", employee_id))
    ready = own_skills.ready_skills().get(begin)
    return _form_page(viewer, employee, form_of(ready) if ready else SkillForm({}))


@router.post("/dashboard/teach/{employee_id}/skills")
async def add(request: Request, viewer: ConnectionsManager, employee_id: str) -> Response:
    """Keep a new skill, switched off, and show its secret once."""
    form = await skill_form(request)
    viewer.check_form(form.csrf_token)
    employee, _rows = await viewer.read(_skills, from_public("emp", employee_id))
    try:
        one = await viewer.house.run_call(_written, viewer, form)
        skill_id, secret = await viewer.read(own_skills.add_skill, one, employee_id=employee.employee_id, by=_by(viewer), now=viewer.now)
    except SkillNotFit as error:
        return _form_page(viewer, employee, form, wrong={error.field: said(error)})
    return _secret_page(viewer, skill_id, secret, is_new=True)


@router.get("/dashboard/skills/{skill_id}")
async def show_skill(viewer: ShopViewer, skill_id: str, done: Done = "") -> Response:
    """One skill, with the box to try it in."""
    return await _skill_page(viewer, skill_id, done=_(DONE.get(done, "")))


@router.get("/dashboard/skills/{skill_id}/change")
async def ask_change(viewer: ConnectionsManager, skill_id: str) -> Response:
    """The form as the skill stands."""
    employee, one = await viewer.read(_skill, _id(skill_id))
    return _form_page(viewer, employee, form_of(one.description, one.url), skill=one)


@router.post("/dashboard/skills/{skill_id}/change")
async def change(request: Request, viewer: ConnectionsManager, skill_id: str) -> Response:
    """Describe it anew."""
    form = await skill_form(request)
    viewer.check_form(form.csrf_token)
    employee, one = await viewer.read(_skill, _id(skill_id))
    try:
        renewed = await viewer.house.run_call(_written, viewer, form)
        await viewer.read(own_skills.change_skill, renewed, skill_id=one.skill_id, by=_by(viewer), now=viewer.now)
    except SkillNotFit as error:
        return _form_page(viewer, employee, form, wrong={error.field: said(error)}, skill=one)
    return go_to(f"{PATH}/{skill_id}?done=changed")


@router.post("/dashboard/skills/{skill_id}/try")
async def try_it(request: Request, viewer: ConnectionsManager, skill_id: str) -> Response:
    """Call the shop's system with made-up values and show what was sent, what came back, and what they would say."""
    form = await skill_form(request)
    viewer.check_form(form.csrf_token)
    call: SkillCall = await viewer.read(_call, viewer, _id(skill_id))
    values = {slot.key: form[f"value_{slot.key}"].strip()[:VALUE_LENGTH_MAX] for slot in call.slots}
    values = {key: value for key, value in values.items() if value}
    turn_id = new_id(viewer.now)
    outcome = await viewer.house.run_call(call_own_skill, call, values, turn_id=turn_id, is_trial=True, now=viewer.now)
    return await _skill_page(viewer, skill_id, values=values, outcome=outcome, call=call)


@router.post("/dashboard/skills/{skill_id}/secret")
async def rotate(viewer: ConnectionsManager, skill_id: str, csrf_token: Text = "") -> Response:
    """Sign with a new secret, shown once."""
    viewer.check_form(csrf_token)
    await viewer.read(_skill, _id(skill_id))
    secret = await viewer.read(own_skills.rotate_secret, skill_id=_id(skill_id), by=_by(viewer), now=viewer.now)
    return _secret_page(viewer, _id(skill_id), secret, is_new=False)


@router.post("/dashboard/skills/{skill_id}/remove")
async def remove(viewer: ConnectionsManager, skill_id: str, csrf_token: Text = "") -> Response:
    """Take it away. The page asked before."""
    viewer.check_form(csrf_token)
    employee, _one = await viewer.read(_skill, _id(skill_id))
    await viewer.read(own_skills.remove_skill, skill_id=_id(skill_id), by=_by(viewer), now=viewer.now)
    return go_to(teach_path(employee.employee_id, "/skills?done=removed"))


@router.post("/dashboard/skills/{skill_id}/{switch}")
async def switch(viewer: ConnectionsManager, skill_id: str, switch: str, csrf_token: Text = "") -> Response:
    """Let them use it, or no longer."""
    viewer.check_form(csrf_token)
    if switch not in ("on", "off"):
        raise page_missing()
    await viewer.read(_skill, _id(skill_id))
    await viewer.read(own_skills.switch_skill, skill_id=_id(skill_id), is_on=switch == "on", by=_by(viewer), now=viewer.now)
    return go_to(f"{PATH}/{skill_id}?done={switch}")


def _skills(session: Session, employee_id: UUID) -> tuple[EmployeeView, list[SkillView]]:
    return employee_view(session, employee_id), own_skills.skills_of(session, employee_id=employee_id)


def _skill(session: Session, skill_id: UUID) -> tuple[EmployeeView, SkillView]:
    try:
        one = own_skills.skill_view(session, skill_id=skill_id)
    except SkillUnknown:
        raise page_missing(N_("skill")) from None
    return employee_view(session, one.employee_id), one


def _call(session: Session, viewer: Viewer, skill_id: UUID) -> SkillCall:
    _skill(session, skill_id)
    note(session, _by(viewer), "skill.tried", to_public("skl", skill_id), {}, now=viewer.now)
    return own_skills.skill_call(session, skill_id=skill_id)


def _written(viewer: Viewer, form: SkillForm) -> Written:
    description: Description = form.description()
    is_loopback_allowed = viewer.house.settings.webhooks_to_loopback
    return own_skills.written(form["url"], description, embed=viewer.house.embed, is_loopback_allowed=is_loopback_allowed)


def _id(skill_id: str) -> UUID:
    return from_public("skl", skill_id)


def _by(viewer: Viewer) -> str:
    return person_actor(viewer.person.person_id)


def _form_page(
    viewer: Viewer, employee: EmployeeView, form: SkillForm, *, wrong: dict[str, str] | None = None, skill: SkillView | None = None
) -> Response:
    context: dict[str, Any] = {"employee": employee, "form": form, "wrong": wrong or {}, "skill": skill}
    context["kinds"] = {kind: _(KIND_NAMES[kind]) for kind in own_skills.KINDS}
    return page("teach_skill_form.html", status=422 if wrong else 200, **viewer.context("teach"), **context)


def _secret_page(viewer: Viewer, skill_id: UUID, secret: str, *, is_new: bool) -> Response:
    return page("teach_skill_secret.html", **viewer.context("teach"), skill=to_public("skl", skill_id), secret=secret, is_new=is_new)


async def _skill_page(
    viewer: Viewer, skill_id: str, *, done: str = "", values: dict[str, str] | None = None, outcome: CallOutcome | None = None,
    call: SkillCall | None = None,
) -> Response:  # fmt: skip
    employee, one = await viewer.read(_skill, _id(skill_id))
    spoken = outcome.said(call, values or {}, "en") if outcome and call else ()
    context: dict[str, Any] = {
        "employee": employee, "skill": one, "done": done, "values": values or {}, "outcome": outcome, "spoken": spoken,
        "kinds": {kind: _(KIND_NAMES[kind]) for kind in own_skills.KINDS},
    }  # fmt: skip
    return page("teach_skill.html", **viewer.context("teach"), **context)
