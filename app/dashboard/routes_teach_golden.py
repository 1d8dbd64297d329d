"""Golden questions: the list with what each answer must hold, the examination, and the history of the pass rate."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy.orm import Session

from app.conversations.errors import GoldenQuestionNotFit
from app.conversations.golden import add_golden_question, bring_back_golden_question, golden_questions, remove_golden_question
from app.conversations.golden_read import answers, last_done, runs
from app.conversations.golden_run import ask_for_examination
from app.dashboard.door import Text
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, live_page, page
from app.dashboard.pass_rate_chart import pass_rate_chart
from app.dashboard.permissions import ShopViewer, Teacher
from app.dashboard.routes_teach import Done, Words, teach_path
from app.dashboard.viewer import Viewer
from tenants.audit import note, person_actor
from tenants.employee import employee_view
from tenants.identifiers import from_public, to_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

DONE: Final = {
    "added": N_("The question is on the list."),
    "asked": N_("The examination has begun."),
    "nothing": N_("There are no golden questions to ask yet."),
    "brought_back": N_("The question is back on the list."),
}
Removed = Annotated[str, Query(max_length=40, pattern="^(gol_[0-9a-z]+)?$")]
Facts = Annotated[str, Form(max_length=2000)]


@router.get("/dashboard/teach/{employee_id}/golden")
async def show(
    request: Request, viewer: ShopViewer, employee_id: str, *, done: Done = "", removed: Removed = "", question: Words = ""
) -> Response:
    """The list with the last examination's answers; `question` fills the form, `removed` offers an undo."""
    fields = {"question": question, "facts": "", "why": ""}
    read = await viewer.read(_read, from_public("emp", employee_id))
    context = {**read, "form": fields, "done": _(DONE.get(done, "")), "removed": removed}
    return live_page(request, "teach_golden", **viewer.context("teach"), **context)


@router.post("/dashboard/teach/{employee_id}/golden")
async def add(viewer: Teacher, employee_id: str, question: Text = "", facts: Facts = "", csrf_token: Text = "") -> Response:
    """Add a question; each line of `facts` is one fact its answer must hold."""
    viewer.check_form(csrf_token)
    identifier = from_public("emp", employee_id)
    await viewer.read(employee_view, identifier)
    try:
        await viewer.read(_add, viewer, identifier, question, facts)
    except GoldenQuestionNotFit as error:
        read = await viewer.read(_read, identifier)
        fields = {"question": question, "facts": facts, "why": said(error)}
        context = {**read, "form": fields, "done": "", "removed": "", "live_region": None}
        return page("teach_golden.html", status=422, **viewer.context("teach"), **context)
    return go_to(teach_path(identifier, "/golden?done=added"))


@router.post("/dashboard/teach/{employee_id}/golden/ask")
async def ask_all(viewer: Teacher, employee_id: str, csrf_token: Text = "") -> Response:
    """Ask for an examination; the worker holds it."""
    viewer.check_form(csrf_token)
    identifier = from_public("emp", employee_id)
    asked = await viewer.read(_ask, viewer, identifier)
    return go_to(teach_path(identifier, f"/golden?done={'asked' if asked else 'nothing'}"))


@router.post("/dashboard/teach/golden/{question_id}/remove")
async def remove(viewer: Teacher, question_id: str, csrf_token: Text = "") -> Response:
    """Take a question off the list; the page offers it back."""
    viewer.check_form(csrf_token)
    employee_id = await viewer.read(_change, viewer, from_public("gol", question_id), "removed")
    return go_to(teach_path(employee_id, f"/golden?removed={question_id}"))


@router.post("/dashboard/teach/golden/{question_id}/bring-back")
async def bring_back(viewer: Teacher, question_id: str, csrf_token: Text = "") -> Response:
    """Undo a removal."""
    viewer.check_form(csrf_token)
    employee_id = await viewer.read(_change, viewer, from_public("gol", question_id), "brought_back")
    return go_to(teach_path(employee_id, "/golden?done=brought_back"))


def _add(session: Session, viewer: Viewer, employee_id: UUID, question: str, facts: str) -> None:
    actor = person_actor(viewer.person.person_id)
    lines = facts.splitlines()
    made = add_golden_question(session, employee_id=employee_id, question=question, facts=lines, added_by=actor, now=viewer.now)
    detail = {"employee": to_public("emp", employee_id), "facts": len(made.facts)}
    note(session, actor, "golden_question.added", to_public("gol", made.question_id), detail, now=viewer.now)


def _ask(session: Session, viewer: Viewer, employee_id: UUID) -> bool:
    employee_view(session, employee_id)  # raises unless they are one of this shop's
    asked_by = person_actor(viewer.person.person_id)
    return ask_for_examination(session, employee_id=employee_id, asked_by=asked_by, now=viewer.now) is not None


def _change(session: Session, viewer: Viewer, question_id: UUID, change: str) -> UUID:
    if change == "removed":
        view = remove_golden_question(session, question_id=question_id, now=viewer.now)
    else:
        view = bring_back_golden_question(session, question_id=question_id)
    subject, detail = to_public("gol", question_id), {"employee": to_public("emp", view.employee_id)}
    note(session, person_actor(viewer.person.person_id), f"golden_question.{change}", subject, detail, now=viewer.now)
    return view.employee_id


def _read(session: Session, employee_id: UUID) -> dict[str, Any]:
    employee = employee_view(session, employee_id)
    history = runs(session, employee_id=employee_id)
    last = last_done(session, employee_id=employee_id)
    return {
        "employee": employee,
        "tab": "golden",
        "questions": golden_questions(session, employee_id=employee_id),
        "history": history,
        "chart": pass_rate_chart([run for run in reversed(history) if run.state == "done"]),
        "last": last,
        "answers": answers(session, run_id=last.run_id) if last else {},
        "going_on": next((run for run in history if run.is_going_on), None),
    }
