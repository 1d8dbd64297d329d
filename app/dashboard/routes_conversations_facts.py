"""Facts only the shop can tell about a conversation: that it was held with a machine, and that the buyer is one of the house."""

from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from app.conversations.inbox import mark_flag
from app.conversations.read import conversation
from app.dashboard.door import Text
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to
from app.dashboard.permissions import Settler
from app.dashboard.routes_conversations import PATH
from app.dashboard.viewer import Viewer
from billing.flag_conversation import flag_conversation
from billing.mark_insider import mark_insider
from tenants.audit import note, person_actor
from tenants.identifiers import from_public, to_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.post(PATH + "/{conversation_id}/flag")
async def flag(viewer: Settler, conversation_id: str, flag: Text = "bot", csrf_token: Text = "") -> Response:
    """Say that it was held with a machine, or that it was a person after all; the orders it brought are reckoned afresh."""
    viewer.check_form(csrf_token)
    kind = "person" if flag == "person" else "bot"
    await viewer.read(_flag, viewer, from_public("cnv", conversation_id), kind)
    return go_to(f"{PATH}/{conversation_id}?done={kind}")


@router.post(PATH + "/{conversation_id}/insider")
async def insider(viewer: Settler, conversation_id: str, who: Text = "staff", csrf_token: Text = "") -> Response:
    """Say that the visitor was one of the house, or a buyer like any other after all; orders of theirs are reckoned afresh."""
    viewer.check_form(csrf_token)
    kind = "nobody" if who == "nobody" else "staff"
    await viewer.read(_mark, viewer, from_public("cnv", conversation_id), kind)
    return go_to(f"{PATH}/{conversation_id}?done={kind}")


def _flag(session: Session, viewer: Viewer, conversation_id: UUID, flag: str) -> None:
    conversation(session, conversation_id)  # raises unless it is one of this shop's
    flag_conversation(session, conversation_id=conversation_id, flag=flag, why=f"{viewer.person.display_name} said so.", now=viewer.now)
    mark_flag(session, conversation_id=conversation_id, flag="bot" if flag == "bot" else None)
    actor, subject = person_actor(viewer.person.person_id), to_public("cnv", conversation_id)
    note(session, actor, "conversation.flagged", subject, {"flag": flag}, now=viewer.now)


def _mark(session: Session, viewer: Viewer, conversation_id: UUID, who: str) -> None:
    visitor_id = conversation(session, conversation_id).line.visitor_id
    actor, subject = person_actor(viewer.person.person_id), to_public("cnv", conversation_id)
    mark_insider(
        session, who=who, visitor_id=visitor_id, now=viewer.now, why=f"{viewer.person.display_name} said so of {subject}.", said_by=actor
    )
    note(session, actor, "insider.marked", subject, {"who": who}, now=viewer.now)
