"""Hiring, first half: choose a job, a face, a voice and a name; the likeness is held for the draft, and the interview follows.

Face, voice and name are reserved within the shop's market, so two shops' employees are never confusable unless both accept.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from sqlalchemy.orm import Session

from app.casting.own_faces import AnyFace, any_face, any_faces
from app.dashboard.hiring import DRAFT_DAYS, market_name, market_of
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import Hirer, ShopViewer
from app.dashboard.problems import page_missing
from app.dashboard.viewer import Viewer
from app.dashboard.voice_samples import OWN_PREFIX, PACES, voice_choices, voice_of_form, voice_sample
from app.studio.likeness import LikenessNotAllowed, must_be_covered
from avatar_pipeline.errors import StageRefusal
from tenants.audit import note, person_actor
from tenants.employee import employees
from tenants.errors import EmployeeNameUnusable, JobUnknown, LikenessTaken
from tenants.hire_employee import Applicant, add_applicant
from tenants.identifiers import to_public
from tenants.jobs import Job, job_of, jobs, skill_sentences
from tenants.reservation import HeldElsewhere, Likeness, ask_for_likeness, check_name, held_elsewhere, reserve_likeness

router = APIRouter(route_class=PageRoute, include_in_schema=False)

GREETING_LENGTH_MAX: Final = 300
BRIEF_LENGTH_MAX: Final = 2_000
APPLICANTS_MAX: Final = 20
"""Drafts a shop may have open at a time; each holds a likeness."""


class ChoiceRefused(Exception):
    """Something chosen does not fit; `field` names the field, the text says why."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field


@router.get("/dashboard/hire")
async def choose_job(viewer: Hirer) -> Response:
    """The jobs, each with its duties."""
    return page("hire.html", **viewer.context("team"), jobs=jobs(), skills=skill_sentences())


@router.get("/dashboard/hire/{job_id}")
async def choose_person(viewer: Hirer, job_id: str, wish: Annotated[str, Query(alias="face", max_length=60)] = "") -> Response:
    """The form: a face, a voice, a name and the first words."""
    job, people = _job(job_id), await _faces(viewer)
    wished = next((one for one in people if one.face_id == wish), people[0])
    first = {"face": wished.face_id, "voice": "", "greeting": said(job.greeting), "brief": said(job.brief)}
    return _form_page(viewer, job, first, people=people)


@router.post("/dashboard/hire/{job_id}")
async def write_down(request: Request, viewer: Hirer, job_id: str) -> Response:
    """Write the applicant down and hold their likeness; a likeness another shop holds is refused, or asked for."""
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    viewer.check_form(form.get("csrf_token", ""))
    job, people = _job(job_id), await _faces(viewer)
    try:
        likeness = await _likeness(viewer, form)
        if form.get("ask") == "on":
            return await _ask(viewer, job, form, likeness)
        applicant = _applicant(job, form, likeness)
        employee_id = await viewer.read(_write_down, viewer, applicant, likeness)
    except ChoiceRefused as refusal:
        return _form_page(viewer, job, form, people=people, status=422, why={refusal.field: str(refusal)})
    except LikenessTaken as taken:
        held = await viewer.read(held_elsewhere, likeness, now=viewer.now)
        return _form_page(viewer, job, form, people=people, status=409, why={"name": str(taken)}, held=held)
    return go_to(f"/dashboard/employees/{to_public('emp', employee_id)}/interview")


@router.get("/dashboard/voices/{voice_id}.wav")
async def sample(viewer: ShopViewer, voice_id: str) -> Response:
    """A voice, heard. One out of the folder of models is somebody's own: only the shop to which the operator gave it hears it."""
    if voice_id.startswith(OWN_PREFIX) and voice_id not in {one.voice_id for one in await viewer.read(employees)}:
        raise page_missing(N_("voice"))
    path = await viewer.house.run_call(voice_sample, viewer.house, voice_id)
    if path is None:
        raise page_missing(N_("voice"))
    return FileResponse(
        path, media_type="audio/wav", headers={"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}
    )


def _job(job_id: str) -> Job:
    try:
        return job_of(job_id)
    except JobUnknown:
        raise page_missing(N_("job")) from None


async def _faces(viewer: Viewer) -> list[AnyFace]:
    return await viewer.read(faces_to_hire, viewer)


def faces_to_hire(session: Session, viewer: Viewer) -> list[AnyFace]:
    """Every face but those whose consent is gone."""
    found = []
    for one in any_faces(session, viewer.house.settings.data_folder):
        with suppress(LikenessNotAllowed):
            must_be_covered(session, one.face_id, viewer.now)
            found.append(one)
    return found


def _chosen(session: Session, viewer: Viewer, face_id: str) -> AnyFace:
    """The face a form names. Raises StageRefusal for one that is not there, or whose consent is gone."""
    must_be_covered(session, face_id, viewer.now)
    return any_face(session, face_id, viewer.house.settings.data_folder)


async def _likeness(viewer: Viewer, form: Mapping[str, str]) -> Likeness:
    try:
        chosen = await viewer.read(_chosen, viewer, form.get("face", ""))
    except StageRefusal:
        raise ChoiceRefused("face", _("Choose one of the faces.")) from None
    voice_id = voice_of_form(form.get("voice", ""), form.get("pace", ""), chosen)
    if voice_id is None:
        raise ChoiceRefused("voice", _("Choose one of the voices."))
    try:
        name = check_name(form.get("name", "").strip() or chosen.display_name)
    except EmployeeNameUnusable as error:
        raise ChoiceRefused("name", said(error)) from None
    return Likeness(chosen.face_id, voice_id, name, market_of(viewer.shop.time_zone))


def _applicant(job: Job, form: Mapping[str, str], likeness: Likeness) -> Applicant:
    greeting, brief = " ".join(form.get("greeting", "").split()), form.get("brief", "").strip()
    if not greeting or len(greeting) > GREETING_LENGTH_MAX:
        raise ChoiceRefused("greeting", _("Write the first words, in at most %(limit)s characters.", limit=GREETING_LENGTH_MAX))
    if len(brief) > BRIEF_LENGTH_MAX:
        raise ChoiceRefused("brief", _("A brief has at most %(limit)s characters.", limit=BRIEF_LENGTH_MAX))
    return Applicant(likeness.name, said(job.title), likeness.face_id, likeness.voice_id, greeting, brief, job.job_id, job.skills)


def _write_down(session: Session, viewer: Viewer, applicant: Applicant, likeness: Likeness) -> UUID:
    if sum(one.is_applicant for one in employees(session)) >= APPLICANTS_MAX:
        raise ChoiceRefused(
            "name", _("You have %(limit)s applicants already; sign with one of them or let one go first.", limit=APPLICANTS_MAX)
        )
    employee_id = add_applicant(session, applicant, now=viewer.now).employee_id
    until = viewer.now + timedelta(days=DRAFT_DAYS)
    reserve_likeness(session, employee_id=employee_id, likeness=likeness, now=viewer.now, until=until)
    detail = {"job": applicant.job_id, "face": applicant.face_id, "voice": applicant.voice_id}
    note(session, person_actor(viewer.person.person_id), "employee.applied", to_public("emp", employee_id), detail, now=viewer.now)
    return employee_id


async def _ask(viewer: Viewer, job: Job, form: Mapping[str, str], likeness: Likeness) -> Response:
    """Ask the other side; from now on the page says how it stands."""
    await viewer.read(ask_for_likeness, likeness, now=viewer.now)
    held = await viewer.read(held_elsewhere, likeness, now=viewer.now)
    return _form_page(viewer, job, form, people=await _faces(viewer), held=held, asked=True)


def _form_page(
    viewer: Viewer, job: Job, fields: Mapping[str, str], *, people: list[AnyFace], status: int = 200, why: Mapping[str, str] | None = None,
    held: list[HeldElsewhere] | None = None, asked: bool = False,
) -> Response:  # fmt: skip
    context: dict[str, Any] = {
        "job": job, "fields": fields, "why": why or {}, "held": held or [], "asked": asked, "faces": people, "voices": voice_choices(),
        "paces": PACES,
        "market": market_name(market_of(viewer.shop.time_zone)), "draft_days": DRAFT_DAYS, "skills": skill_sentences(),
    }  # fmt: skip
    return page("hire_person.html", status=status, **viewer.context("team"), **context)
