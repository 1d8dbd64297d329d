"""A suggested reply for the member who holds a conversation: the employee's answer to the last question, put into the field, not sent."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from app.conversations.mind import Mind, load_mind
from app.conversations.read import Transcript, conversation
from app.conversations.rehearse import Rehearsed, rehearse
from app.dashboard.page_route import PageRoute
from app.dashboard.permissions import Talker
from app.dashboard.routes_conversations import PATH, transcript_page
from app.dashboard.viewer import Viewer
from app.speaking.rehearsal import rehearsal_powers
from tenants.identifiers import from_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get(PATH + "/{conversation_id}/suggestion")
async def suggest(request: Request, viewer: Talker, conversation_id: str) -> Response:
    """The transcript with a reply in its field. Nothing is sent, issued, kept or counted."""
    identifier = from_public("cnv", conversation_id)
    transcript, mind = await viewer.read(_held, viewer, identifier)
    question = transcript.turns[-1].question if transcript.turns else ""
    would = await viewer.house.run_call(_rehearsed, mind, question, transcript.line.language, viewer) if question else None
    has_reply = would is not None and would.is_answer and not would.coupons
    done = "suggested" if has_reply else "nothing_to_suggest"
    return await transcript_page(request, viewer, identifier, typed=would.text if would and has_reply else "", done=done)


def _held(session: Session, viewer: Viewer, conversation_id: UUID) -> tuple[Transcript, Mind]:
    transcript = conversation(session, conversation_id)
    return transcript, load_mind(session, employee_id=transcript.line.employee_id, embed=viewer.house.embed)


def _rehearsed(mind: Mind, question: str, language: str, viewer: Viewer) -> Rehearsed:
    powers = rehearsal_powers(viewer.house.database, viewer.house.clock)(viewer.shop.tenant_id, mind.employee_id)
    return rehearse(mind, question, powers=powers, now=viewer.now, language=language or "en")
