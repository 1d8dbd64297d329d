"""Conversations: the list, and one transcript with the shop's own words it rests on, the way each question took, and what came of it."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from app.conversations.read import PassageView, Transcript, conversation, conversations, passage
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import live_page
from app.dashboard.permissions import ConversationsViewer
from billing.read_orders import OrderLine, orders_of_conversation
from tenants.employee import EmployeeView, employee_view, employees
from tenants.identifiers import from_public

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


def _evidence(session: Session, transcript: Transcript) -> tuple[EmployeeView, dict[UUID, PassageView], list[OrderLine]]:
    """Everything beside the words themselves, read in one transaction."""
    cited = {citation.passage_id for turn in transcript.turns for said in turn.said for citation in said.citations}
    found = {identifier: view for identifier in cited if (view := passage(session, identifier)) is not None}
    earned = orders_of_conversation(session, conversation_id=transcript.line.conversation_id)
    return employee_view(session, transcript.line.employee_id), found, earned
