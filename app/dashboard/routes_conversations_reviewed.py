"""Better answers: judge an answer, write a better one, look a second time, and see where it is used. Each step can be taken back."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Query, Response
from sqlalchemy.orm import Session

from app.conversations import reviewed
from app.conversations.errors import ConversationsError, ReviewNotPossible, TextMissing, TurnUnknown
from app.conversations.read import TurnView, conversation
from app.conversations.tastes import answer_of, tell_edit
from app.dashboard.door import Text
from app.dashboard.language import _
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import ConversationsViewer, Teacher
from app.dashboard.routes_conversations import PATH
from app.dashboard.viewer import Viewer
from tenants.audit import note, person_actor
from tenants.employee import EmployeeView, employees
from tenants.identifiers import from_public, to_public
from tenants.members import members, names_of_people
from tenants.roles_of_members import Permission, may

router = APIRouter(route_class=PageRoute, include_in_schema=False)
LongText = Annotated[str, Form(max_length=4 * reviewed.ANSWER_LENGTH_MAX)]
REVIEWED: Final = "/dashboard/reviewed"
UNKNOWN_STEP: Final = "unknown"


@router.post(PATH + "/{conversation_id}/turns/{turn_id}/judge")
async def judge(viewer: Teacher, conversation_id: str, turn_id: str, verdict: Text = "", csrf_token: Text = "") -> Response:
    """Say that an answer was good or not; an empty verdict takes it back."""
    viewer.check_form(csrf_token)
    turn = from_public("trn", turn_id)
    await viewer.read(_judge, viewer, turn, {"good": True, "bad": False}.get(verdict))
    return go_to(f"{PATH}/{conversation_id}#turn-{turn.hex}")


@router.get(PATH + "/{conversation_id}/turns/{turn_id}/better")
async def ask_for_better(viewer: Teacher, conversation_id: str, turn_id: str) -> Response:
    """The question and what the employee said, to be mended; an "I do not know" is nothing to mend, so the place is empty."""
    turn = await viewer.read(_turn, from_public("cnv", conversation_id), from_public("trn", turn_id))
    is_unknown = any(step.step == UNKNOWN_STEP for step in turn.route)
    said = "" if is_unknown else " ".join(one.text for one in turn.said)
    return _better_page(viewer, conversation_id, turn, question=turn.question[: reviewed.QUESTION_LENGTH_MAX], text=said)


@router.post(PATH + "/{conversation_id}/turns/{turn_id}/better")
async def propose(
    viewer: Teacher, conversation_id: str, turn_id: str, *, question: LongText = "", text: LongText = "", csrf_token: Text = ""
) -> Response:
    """Keep the better answer; the employee is taught it after a second look."""
    viewer.check_form(csrf_token)
    turn = await viewer.read(_turn, from_public("cnv", conversation_id), from_public("trn", turn_id))
    try:
        answer_id = await viewer.read(_propose, viewer, turn.turn_id, question, text)
    except TextMissing as refusal:
        return _better_page(viewer, conversation_id, turn, question=question, text=text, why=str(refusal))
    return go_to(f"{REVIEWED}/{to_public('rev', answer_id)}")


@router.get(REVIEWED)
async def list_reviewed(viewer: ConversationsViewer) -> Response:
    """Every reviewed answer: those that wait for a second look first."""
    found, team, names = await viewer.read(_list)
    people = {one.employee_id: one for one in team}
    return page("conversations_reviewed.html", **viewer.context("conversations"), found=found, people=people, names=names)


@router.get(REVIEWED + "/{answer_id}")
async def show_reviewed(viewer: ConversationsViewer, answer_id: str, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """One reviewed answer: who wrote it, who looked, and the conversations it was used in."""
    return await _answer_page(viewer, from_public("rev", answer_id), done=done)


@router.post(REVIEWED + "/{answer_id}/approve")
async def approve(viewer: Teacher, answer_id: str, csrf_token: Text = "") -> Response:
    """The second look: from here on the employee answers with it."""
    viewer.check_form(csrf_token)
    identifier = from_public("rev", answer_id)
    proposed, others = await viewer.read(_proposed, identifier)
    try:
        await viewer.read(_approve, viewer, proposed, not others)
    except ConversationsError as refusal:
        return await _answer_page(viewer, identifier, why=str(refusal))
    return go_to(f"{REVIEWED}/{answer_id}?done=approved")


@router.post(REVIEWED + "/{answer_id}/{change}")
async def decide(viewer: Teacher, answer_id: str, change: str, csrf_token: Text = "") -> Response:
    """Decline a proposed answer, withdraw an approved one, or bring a withdrawn one back."""
    viewer.check_form(csrf_token)
    identifier = from_public("rev", answer_id)
    try:
        await viewer.read(_decide, viewer, identifier, change)
    except ReviewNotPossible as refusal:
        return await _answer_page(viewer, identifier, why=str(refusal))
    return go_to(f"{REVIEWED}/{answer_id}?done={change[:20]}")


def _better_page(viewer: Viewer, conversation_id: str, turn: TurnView, *, question: str, text: str, why: str = "") -> Response:
    fields = {"turn": turn, "conversation_id": conversation_id, "question": question, "text": text, "why": why}
    lengths = {"question_max": reviewed.QUESTION_LENGTH_MAX, "text_max": reviewed.ANSWER_LENGTH_MAX}
    return page("conversations_better.html", status=422 if why else 200, **viewer.context("conversations"), **fields, **lengths)


async def _answer_page(viewer: Viewer, answer_id: UUID, *, done: str = "", why: str = "") -> Response:
    one, others = await viewer.read(_proposed, answer_id)
    uses = await viewer.read(reviewed.uses_of, answer_id)
    found, team, names = await viewer.read(_list)
    del found
    employee = next(each for each in team if each.employee_id == one.employee_id)
    context = {"one": one, "others": others, "uses": uses, "employee": employee, "names": names, "done": done, "why": why}
    return page("conversations_answer.html", status=409 if why else 200, **viewer.context("conversations"), **context)


def _list(session: Session) -> tuple[list[reviewed.ReviewedView], list[EmployeeView], dict[str, str]]:
    return reviewed.reviewed_answers(session), employees(session), names_of_people(session)


def _proposed(session: Session, answer_id: UUID) -> tuple[reviewed.ReviewedView, list[str]]:
    """The answer, and the names of those who could take the second look besides its writer."""
    one = reviewed.reviewed_answer(session, answer_id)
    able = [each for each in members(session) if may(each.role, Permission.TEACH) and each.person_id != one.proposed_by]
    return one, [each.display_name for each in able]


def _turn(session: Session, conversation_id: UUID, turn_id: UUID) -> TurnView:
    found = next((one for one in conversation(session, conversation_id).turns if one.turn_id == turn_id), None)
    if found is None:
        raise TurnUnknown(_("This conversation has no such turn."))
    return found


def _judge(session: Session, viewer: Viewer, turn_id: UUID, is_good: bool | None) -> None:
    reviewed.judge(session, turn_id=turn_id, person_id=viewer.person.person_id, is_good=is_good, now=viewer.now)
    said = {True: "good", False: "bad", None: "taken back"}[is_good]
    _log(session, viewer, "answer.judged", to_public("trn", turn_id), verdict=said)


def _propose(session: Session, viewer: Viewer, turn_id: UUID, question: str, text: str) -> UUID:
    person_id = viewer.person.person_id
    answer_id = reviewed.propose(session, turn_id=turn_id, person_id=person_id, question=question, text=text, now=viewer.now)
    _log(session, viewer, "reviewed_answer.proposed", to_public("rev", answer_id))
    original, employee_id = answer_of(session, turn_id)  # words put around what the employee had said are taste
    tell_edit(session, original, text, employee_id=employee_id, person_id=person_id, now=viewer.now)
    return answer_id


def _approve(session: Session, viewer: Viewer, proposed: reviewed.ReviewedView, may_look_alone: bool) -> None:
    person_id, embed = viewer.person.person_id, viewer.house.embed
    reviewed.approve(session, proposed, person_id=person_id, may_look_alone=may_look_alone, embed=embed, now=viewer.now)
    _log(session, viewer, "reviewed_answer.approved", to_public("rev", proposed.answer_id))


def _decide(session: Session, viewer: Viewer, answer_id: UUID, change: str) -> None:
    verbs = {"decline": reviewed.decline, "withdraw": reviewed.withdraw, "bring-back": reviewed.bring_back}
    if change not in verbs:
        raise ReviewNotPossible(_("An answer can be declined, withdrawn or brought back. Nothing was changed."))
    verbs[change](session, answer_id=answer_id, person_id=viewer.person.person_id, now=viewer.now)
    done = {"decline": "declined", "withdraw": "withdrawn", "bring-back": "brought_back"}[change]
    _log(session, viewer, f"reviewed_answer.{done}", to_public("rev", answer_id))


def _log(session: Session, viewer: Viewer, action: str, subject: str, **detail: str) -> None:
    note(session, person_actor(viewer.person.person_id), action, subject, detail, now=viewer.now)
