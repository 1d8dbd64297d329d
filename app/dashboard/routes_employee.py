"""An employee's file, and what a shop changes at any time: brief, first words, skills, pay; and another shop's question."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from app.dashboard.door import Text
from app.dashboard.employee_file import EmployeeFile, read_file
from app.dashboard.hiring import market_name
from app.dashboard.language import N_, _
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import EarningsViewer, Hirer, ShopViewer
from app.dashboard.problems import PageProblem, page_missing
from app.dashboard.routes_hire import BRIEF_LENGTH_MAX, GREETING_LENGTH_MAX
from app.dashboard.terms_form import fields_of
from app.dashboard.viewer import Viewer
from app.dashboard.voice_samples import voice_words
from avatar_pipeline.catalogue import face
from avatar_pipeline.errors import StageRefusal
from tenants.audit import note, person_actor
from tenants.employee import Manner, change_manner
from tenants.errors import LikenessRequestUnknown
from tenants.identifiers import from_public, to_public
from tenants.jobs import ALWAYS, skill_sentences
from tenants.members import members
from tenants.reservation import answer_likeness_request

router = APIRouter(route_class=PageRoute, include_in_schema=False)

TITLE_LENGTH_MAX: Final = 60
DONE: Final = {
    "hired": N_("Signed. Work begins on the first day of the contract."),
    "rehired": N_("Signed. Work begins again on the first day of the contract, under the key that stands on your pages."),
    "proposed": N_("Your side is signed; the new terms wait for Tillhand's agreement."),
    "changed": N_("Changed, from the next conversation on."),
    "leave": N_("The days off are written down."),
    "called_off": N_("The leave was called off."),
    "reviewed": N_("The review is kept in the file."),
    "kept": N_("The verdict is kept: they stay."),
    "parted": N_("The verdict is kept, and the contract ends on its day."),
    "accepted": N_("Accepted: both may work in this market."),
    "declined": N_("Declined: the other shop has to choose another name, face or voice."),
}


@router.get("/dashboard/employees/{employee_id}")
async def show_file(viewer: ShopViewer, employee_id: str, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """The whole file on one page."""
    found = await read_one(viewer, employee_id)
    people = {person_actor(one.person_id): one.display_name for one in await viewer.read(members)}
    context: dict[str, Any] = {
        "file": found, "employee": found.employee, "people": people, "voice": voice_words(found.employee.voice_id),
        "face": _face_words(found), "skills": skill_sentences(), "done": _(DONE.get(done, "")), "market_name": market_name,
        "is_new": done == "hired",
    }  # fmt: skip
    return page("employee.html", **viewer.context("team"), **context)


@router.get("/dashboard/employees/{employee_id}/brief")
async def ask_brief(viewer: Hirer, employee_id: str) -> Response:
    """The form, filled with how they are now."""
    found = await read_one(viewer, employee_id)
    one = found.employee
    skills = {f"skill_{name}": "on" for name in skill_sentences() if one.can(name)}
    return _brief_page(viewer, found, {"job_title": one.job_title, "greeting": one.greeting, "brief": one.brief, **skills})


@router.post("/dashboard/employees/{employee_id}/brief")
async def change_brief(request: Request, viewer: Hirer, employee_id: str) -> Response:
    """Write it down; it holds from the next conversation on."""
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    viewer.check_form(form.get("csrf_token", ""))
    found = await read_one(viewer, employee_id)
    title, greeting = (" ".join(form.get(name, "").split()) for name in ("job_title", "greeting"))
    brief = form.get("brief", "")
    why = {}
    if not title or len(title) > TITLE_LENGTH_MAX:
        why["job_title"] = _("A title has 1 to %(limit)s characters.", limit=TITLE_LENGTH_MAX)
    if not greeting or len(greeting) > GREETING_LENGTH_MAX:
        why["greeting"] = _("Write the first words, in at most %(limit)s characters.", limit=GREETING_LENGTH_MAX)
    if len(brief) > BRIEF_LENGTH_MAX:
        why["brief"] = _("A brief has at most %(limit)s characters.", limit=BRIEF_LENGTH_MAX)
    if why:
        return _brief_page(viewer, found, form, status=422, why=why)
    skills = tuple(name for name in skill_sentences() if name in ALWAYS or f"skill_{name}" in form)
    await viewer.read(_change, viewer, found.employee.employee_id, Manner(title, greeting, brief.strip(), skills))
    return go_to(f"/dashboard/employees/{employee_id}?done=changed")


@router.get("/dashboard/employees/{employee_id}/raise")
async def ask_raise(viewer: EarningsViewer, employee_id: str) -> Response:
    """A raise is a change of the contract: one field here, then the contract's own preview with the last three months under it."""
    found = await read_one(viewer, employee_id)
    if found.current is None or not found.standing.is_employed:
        raise PageProblem(
            409,
            _("%(name)s has no contract to change", name=found.employee.name),
            _("Hire this employee first."),
            _("Open the file"),
            _own(found),
        )
    fields = fields_of(found.current.terms)
    shown = {"share", "minimum_minor"}
    kept = {name: value for name, value in fields.items() if name not in shown}
    context: dict[str, Any] = {"file": found, "employee": found.employee, "fields": fields, "kept": kept, "terms": found.current.terms}
    return page("employee_raise.html", **viewer.context("team"), **context)


@router.post("/dashboard/employees/{employee_id}/likeness/{request_id}")
async def answer_question(viewer: Hirer, employee_id: str, request_id: str, answer: Text = "", csrf_token: Text = "") -> Response:
    """Say whether another shop's employee may look, sound and be called like this one. Said once."""
    viewer.check_form(csrf_token)
    found = await read_one(viewer, employee_id)
    is_accepted = answer == "accept"
    try:
        await viewer.read(_answer, viewer, found.employee.employee_id, from_public("lkr", request_id), is_accepted)
    except LikenessRequestUnknown:
        raise page_missing(N_("question")) from None
    return go_to(f"{_own(found)}?done={'accepted' if is_accepted else 'declined'}")


async def read_one(viewer: Viewer, employee_id: str) -> EmployeeFile:
    """The file of the employee an address names."""
    return await viewer.read(read_file, from_public("emp", employee_id), now=viewer.now, zone=ZoneInfo(viewer.shop.time_zone))


def _own(found: EmployeeFile) -> str:
    return f"/dashboard/employees/{to_public('emp', found.employee.employee_id)}"


def _face_words(found: EmployeeFile) -> str:
    try:
        return face(found.employee.face_id).portrait
    except StageRefusal:
        return _("A face of your own.")  # or one that left the catalogue


def _change(session: Session, viewer: Viewer, employee_id: UUID, manner: Manner) -> None:
    changed = change_manner(session, employee_id, manner)
    if changed:
        actor, detail = person_actor(viewer.person.person_id), {"changed": list(changed)}
        note(session, actor, "employee.changed", to_public("emp", employee_id), detail, now=viewer.now)


def _answer(session: Session, viewer: Viewer, employee_id: UUID, request_id: UUID, is_accepted: bool) -> None:
    answer_likeness_request(session, request_id=request_id, accepted=is_accepted, now=viewer.now)
    action = "employee.likeness_shared" if is_accepted else "employee.likeness_kept"
    note(session, person_actor(viewer.person.person_id), action, to_public("emp", employee_id), {}, now=viewer.now)


def _brief_page(
    viewer: Viewer, found: EmployeeFile, fields: Mapping[str, str], *, status: int = 200, why: Mapping[str, str] | None = None
) -> Response:
    context = {"file": found, "employee": found.employee, "fields": fields, "why": why or {}, "skills": skill_sentences(), "always": ALWAYS}
    return page("employee_brief.html", status=status, **viewer.context("team"), **context)
