"""Conversations: the list, and one transcript with the shop's own words it rests on, the way each question took, and what came of it."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from app.conversations.read import PassageView, Transcript, conversation, conversations, passage
from app.dashboard.door import Text
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, live_page
from app.dashboard.permissions import ConversationsViewer, Settler
from app.dashboard.viewer import Viewer
from billing.flag_conversation import flag_conversation
from billing.read_orders import OrderLine, orders_of_conversation
from tenants.audit import note, person_actor
from tenants.employee import EmployeeView, employee_view, employees
from tenants.identifiers import from_public, to_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)
LINES_PER_PAGE: Final = 40


@router.get("/dashboard/conversations")
async def list_conversations(request: Request, viewer: ConversationsViewer, before: Annotated[datetime | None, Query()] = None) -> Response:
    """The newest conversations first; `before` continues the list."""
    lines = await viewer.read(conversations, limit=LINES_PER_PAGE + 1, before=before)
    people = {one.employee_id: one for one in await viewer.read(employees)}
    shown = lines[:LINES_PER_PAGE]
    context = {
        "lines": shown,
        "people": people,
        "older": shown[-1].opened_at.isoformat() if len(lines) > LINES_PER_PAGE else None,
        "is_first_page": before is None,
    }
    return live_page(request, "conversations", **viewer.context("conversations"), **context)


@router.get("/dashboard/conversations/{conversation_id}")
async def show_transcript(request: Request, viewer: ConversationsViewer, conversation_id: str) -> Response:
    """One conversation, word for word, with its evidence."""
    identifier = from_public("cnv", conversation_id)
    transcript = await viewer.read(conversation, identifier)
    employee, passages, earned = await viewer.read(_evidence, transcript)
    context = {"transcript": transcript, "employee": employee, "passages": passages, "earned": earned}
    return live_page(request, "transcript", **viewer.context("conversations"), **context)


@router.post("/dashboard/conversations/{conversation_id}/flag")
async def flag(viewer: Settler, conversation_id: str, flag: Text = "bot", csrf_token: Text = "") -> Response:
    """Say that it was held with a machine, or that it was a person after all; the orders it brought are reckoned afresh."""
    viewer.check_form(csrf_token)
    await viewer.read(_flag, viewer, from_public("cnv", conversation_id), "person" if flag == "person" else "bot")
    return go_to(f"/dashboard/conversations/{conversation_id}")


def _flag(session: Session, viewer: Viewer, conversation_id: UUID, flag: str) -> None:
    conversation(session, conversation_id)  # raises unless it is one of this shop's
    flag_conversation(session, conversation_id=conversation_id, flag=flag, why=f"{viewer.person.display_name} said so.", now=viewer.now)
    actor, subject = person_actor(viewer.person.person_id), to_public("cnv", conversation_id)
    note(session, actor, "conversation.flagged", subject, {"flag": flag}, now=viewer.now)


def _evidence(session: Session, transcript: Transcript) -> tuple[EmployeeView, dict[UUID, PassageView], list[OrderLine]]:
    """Everything beside the words themselves, read in one transaction."""
    cited = {citation.passage_id for turn in transcript.turns for said in turn.said for citation in said.citations}
    found = {identifier: view for identifier in cited if (view := passage(session, identifier)) is not None}
    earned = orders_of_conversation(session, conversation_id=transcript.line.conversation_id)
    return employee_view(session, transcript.line.employee_id), found, earned
