"""Conversations: the inbox, and one transcript with the shop's own words it rests on, the way each question took, and what came of it."""

from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from app.conversations.handover import holder
from app.conversations.handover_calls import called_at
from app.conversations.inbox import KINDS, SEARCH_LENGTH_MAX, Inbox, Wish, inbox
from app.conversations.notes import notes_of
from app.conversations.presence import be_at_desk
from app.conversations.read import PassageView, Transcript, conversation, passage
from app.conversations.reviewed import answers_to_turns, verdicts_of
from app.conversations.summary import summary_of
from app.conversations.worth import Worth, turns_per_session, worth_of
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import live_page
from app.dashboard.permissions import ConversationsViewer
from app.dashboard.viewer import Viewer
from app.installation.happenings import told_by_page
from app.speaking.handover import line_view
from billing.read_insiders import insiders_of_house
from billing.read_orders import earned_by_conversation, orders_of_conversation
from tenants.employee import EmployeeView, employee_view, employees
from tenants.identifiers import PublicIdUnreadable, from_public, new_id, to_public
from tenants.members import names_of_people

router = APIRouter(route_class=PageRoute, include_in_schema=False)
LINES_PER_PAGE: Final = 40
PATH: Final = "/dashboard/conversations"


class Asked(BaseModel):
    """What the address asks for; an empty word means all, and a word that fits nothing is as if it were empty."""

    employee: str = Field("", max_length=60)
    kind: str = Field("all", max_length=20)
    words: str = Field("", max_length=SEARCH_LENGTH_MAX)
    before: datetime | None = None


@router.get(PATH)
async def list_conversations(request: Request, viewer: ConversationsViewer, asked: Annotated[Asked, Query()]) -> Response:
    """Who is owed an answer by a person, who talks now, and what is over; `before` continues the last of the three."""
    wish = Wish(_employee(asked.employee), asked.kind if asked.kind in KINDS else "all", asked.words)
    found, team, earned, worth = await viewer.read(_inbox, viewer, wish, asked.before)
    query = {name: value for name, value in asked.model_dump(exclude={"before"}).items() if value and (name, value) != ("kind", "all")}
    context = {
        "found": found,
        "earned": earned,
        "worth": worth,
        "turns_per_session": turns_per_session(worth.values()),
        "team": team,
        "people": {one.employee_id: one for one in team},
        "wish": wish,
        "asked": asked,
        "kinds": KINDS,
        "query": query,
        "live_at": f"{PATH}?{urlencode(query)}" if query else PATH,
        "older": urlencode({**query, "before": found.older.isoformat()}) if found.older else "",
        "is_first_page": asked.before is None,
    }
    return live_page(request, "conversations", **viewer.context("conversations"), **context)


@router.get(PATH + "/{conversation_id}")
async def show_transcript(
    request: Request, viewer: ConversationsViewer, conversation_id: str, done: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    """One conversation, word for word, with its evidence; and the place to write in it for whoever holds it."""
    return await transcript_page(request, viewer, from_public("cnv", conversation_id), done=done)


async def transcript_page(
    request: Request, viewer: Viewer, conversation_id: UUID, *, done: str = "", why: str = "", typed: str = "", typed_note: str = ""
) -> Response:
    """The page of a conversation; with `why` something was refused, and what was typed still stands in its field."""
    context = await viewer.read(_transcript, viewer, conversation_id)
    context |= {"done": done, "why": why, "typed": typed, "typed_note": typed_note, "message_key": str(new_id(viewer.now))}
    response = live_page(request, "transcript", **{**viewer.context("conversations"), **context})
    if why:
        response.status_code = 409
    return response


def _inbox(
    session: Session, viewer: Viewer, wish: Wish, before: datetime | None
) -> tuple[Inbox, list[EmployeeView], dict[UUID, dict[str, int]], dict[UUID, Worth]]:
    """The page's conversations, who works here, what each conversation earned, and what it was worth."""
    _look(session, viewer)
    found = inbox(session, wish, limit=LINES_PER_PAGE, before=before, now=viewer.now)
    shown = [line.conversation_id for line in (*found.waiting, *found.running, *found.over)]
    earned = earned_by_conversation(session, shown)
    return found, employees(session), earned, worth_of(session, shown, with_orders=earned.keys())


def _transcript(session: Session, viewer: Viewer, conversation_id: UUID) -> dict[str, Any]:
    """Everything on the page, read in one transaction."""
    _look(session, viewer)
    transcript = conversation(session, conversation_id)
    held = holder(session, conversation_id)
    visitor_id = transcript.line.visitor_id
    passages = _passages(session, transcript)
    earned = orders_of_conversation(session, conversation_id=conversation_id)
    return {
        "transcript": transcript,
        "employee": employee_view(session, transcript.line.employee_id),
        "passages": passages,
        "summary": summary_of(transcript, passages),
        "earned": earned,
        "worth": worth_of(session, [conversation_id], with_orders={conversation_id} if earned else set())[conversation_id],
        "held": held,
        "is_mine": held is not None and held.person_id == viewer.person.person_id,
        "line": line_view(session, conversation_id=conversation_id, now=viewer.now),
        "called_at": called_at(session, conversation_id),
        "page_told": told_by_page(session, conversation_id),
        "notes_of_staff": notes_of(session, conversation_id),
        "names": names_of_people(session),
        "verdicts": verdicts_of(session, conversation_id),
        "reviewed": answers_to_turns(session, conversation_id),
        "is_insider": viewer.may("SETTLE") and any(one.visitor_id == visitor_id for one in insiders_of_house(session)),
        "here": f"{PATH}/{to_public('cnv', conversation_id)}",
    }


def _look(session: Session, viewer: Viewer) -> None:
    """A member who may take over and has the page open is at the desk: shoppers who ask for a person are told so."""
    if viewer.may("TAKE_OVER"):
        be_at_desk(session, person_id=viewer.person.person_id, now=viewer.now)


def _passages(session: Session, transcript: Transcript) -> dict[UUID, PassageView]:
    cited = {citation.passage_id for turn in transcript.turns for said in turn.said for citation in said.citations}
    return {identifier: view for identifier in cited if (view := passage(session, identifier)) is not None}


def _employee(name: str) -> UUID | None:
    try:
        return from_public("emp", name) if name else None
    except PublicIdUnreadable:
        return None
