"""Teach: what an employee knows, what is being read at the moment, and the form that hands in more."""

from dataclasses import replace
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from app.conversations.errors import ConversationsError, EmployeeUnknown
from app.conversations.golden_read import RunView, last_done
from app.conversations.teach_read import DocumentLine, documents, find_passages, removed_documents
from app.conversations.teach_upload import BYTES_MAX, ENDINGS, UploadView, dismiss_upload, hand_in, uploads
from app.dashboard.door import Text
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, live_page, page
from app.dashboard.permissions import ShopViewer, Teacher
from app.dashboard.problems import page_missing
from app.dashboard.teach_form import HandedIn, handed_in
from app.dashboard.viewer import Viewer
from tenants.audit import note, person_actor
from tenants.employee import EmployeeView, employee_view, employees
from tenants.identifiers import from_public, to_public
from tenants.members import members

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PATH: Final = "/dashboard/teach"
MEGABYTES_MAX: Final = BYTES_MAX // 1_000_000
DONE: Final = {
    "removed": N_("It was taken away. You can bring it back below."),
    "brought_back": N_("It is known again."),
    "dismissed": N_("It was put away."),
}
Words = Annotated[str, Query(max_length=200)]
Done = Annotated[str, Query(max_length=20)]
Desk = tuple[EmployeeView, list[DocumentLine], list[UploadView], list[DocumentLine], RunView | None]


def teach_path(employee_id: UUID, rest: str = "") -> str:
    """The address of an employee's lessons."""
    return f"{PATH}/{to_public('emp', employee_id)}{rest}"


@router.get("/dashboard/teach")
async def choose(viewer: ShopViewer) -> Response:
    """Whom to teach; with one employee there is no choice."""
    team = [one for one in await viewer.read(employees) if not one.is_retired]
    if len(team) == 1:
        return go_to(teach_path(team[0].employee_id))
    known = {one.employee_id: await viewer.read(documents, employee_id=one.employee_id) for one in team}
    return page("teach_choose.html", **viewer.context("teach"), team=team, known=known)


@router.get("/dashboard/teach/{employee_id}")
async def show(request: Request, viewer: ShopViewer, employee_id: str, done: Done = "") -> Response:
    """Everything one employee knows, and what is on its way."""
    return await _desk_page(request, viewer, from_public("emp", employee_id), done=_(DONE.get(done, "")))


@router.get("/dashboard/teach/{employee_id}/passages")
async def search(viewer: ShopViewer, employee_id: str, q: Words = "") -> Response:
    """Passages of everything they know that hold some words."""
    identifier = from_public("emp", employee_id)
    employee = await viewer.read(employee_view, identifier)
    found = await viewer.read(find_passages, employee_id=identifier, words=q) if q.strip() else []
    return page("teach_search.html", **viewer.context("teach"), employee=employee, found=found, words=q, tab="documents")


@router.post("/dashboard/teach/{employee_id}/documents")
async def teach(request: Request, viewer: Teacher, employee_id: str) -> Response:
    """Keep what was sent, to be read by the worker."""
    form = await handed_in(request)
    viewer.check_form(form.csrf_token)
    identifier = from_public("emp", employee_id)
    try:
        if form.problem:
            return await _desk_page(request, viewer, identifier, form=form)
        await viewer.read(_hand_in, viewer, identifier, form)
    except EmployeeUnknown:
        raise page_missing(N_("employee")) from None
    except ConversationsError as error:
        return await _desk_page(request, viewer, identifier, form=replace(form, problem=said(error)))
    return go_to(teach_path(identifier, "?done=handed_in"))


@router.post("/dashboard/teach/uploads/{upload_id}/dismiss")
async def dismiss(viewer: Teacher, upload_id: str, employee: Text = "", csrf_token: Text = "") -> Response:
    """Put a refusal away, or call back what still waits."""
    viewer.check_form(csrf_token)
    await viewer.read(dismiss_upload, upload_id=from_public("upl", upload_id))
    return go_to(teach_path(from_public("emp", employee), "?done=dismissed"))


def _hand_in(session: Session, viewer: Viewer, employee_id: UUID, form: HandedIn) -> None:
    actor = person_actor(viewer.person.person_id)
    upload_id = hand_in(
        session, employee_id=employee_id, name=form.name, media_type=form.media_type, body=form.body, sent_by=actor, now=viewer.now
    )
    detail = {"employee": to_public("emp", employee_id), "name": form.name[:120], "bytes": len(form.body)}
    note(session, actor, "document.handed_in", to_public("upl", upload_id), detail, now=viewer.now)


async def _desk_page(request: Request, viewer: Viewer, employee_id: UUID, *, done: str = "", form: HandedIn | None = None) -> Response:
    employee, known, waiting, gone, last_run = await viewer.read(_read_desk, employee_id, viewer)
    people = {person_actor(one.person_id): one.display_name for one in await viewer.read(members)}
    context = {"employee": employee, "known": known, "waiting": waiting, "gone": gone, "last_run": last_run, "people": people}
    fields = {"tab": "documents", "done": done, "form": form, "endings": ",".join(ENDINGS), "megabytes": MEGABYTES_MAX}
    if form is not None:
        return page("teach.html", status=422, **viewer.context("teach"), **context, **fields, live_region=None)
    return live_page(request, "teach", **viewer.context("teach"), **context, **fields)


def _read_desk(session: Session, employee_id: UUID, viewer: Viewer) -> Desk:
    return (
        employee_view(session, employee_id),
        documents(session, employee_id=employee_id),
        uploads(session, employee_id=employee_id, now=viewer.now),
        removed_documents(session, employee_id=employee_id, now=viewer.now),
        last_done(session, employee_id=employee_id),
    )
