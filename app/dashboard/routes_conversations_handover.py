"""A member's own part in a conversation: take it over, write, hand it back, deal with what waits, and leave notes for colleagues."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.orm import Session

from app.conversations.errors import ConversationHeld, ConversationNotHeld, TextMissing
from app.conversations.handover import TEXT_LENGTH_MAX, settle
from app.conversations.notes import bring_note_back, remove_note, write_note
from app.dashboard.door import Text
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to
from app.dashboard.permissions import Talker
from app.dashboard.routes_conversations import PATH, transcript_page
from app.dashboard.viewer import Viewer
from app.speaking.errors import LineClosed
from app.speaking.handover import hand_back_talk, take_over_talk, write_as_person
from tenants.audit import note, person_actor
from tenants.identifiers import from_public, to_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)
LongText = Annotated[str, Form(max_length=2 * TEXT_LENGTH_MAX)]
REFUSED = (ConversationHeld, ConversationNotHeld, LineClosed, TextMissing)


@router.post(PATH + "/{conversation_id}/take-over")
async def take_over(request: Request, viewer: Talker, conversation_id: str, instead_of: Text = "", csrf_token: Text = "") -> Response:
    """Take the conversation from its employee, or from the member one means to relieve."""
    viewer.check_form(csrf_token)
    identifier = from_public("cnv", conversation_id)
    relieved = from_public("per", instead_of) if instead_of else None
    try:
        await viewer.read(_take_over, viewer, identifier, relieved)
    except REFUSED as refusal:
        return await transcript_page(request, viewer, identifier, why=str(refusal))
    return go_to(f"{PATH}/{conversation_id}#desk")


@router.post(PATH + "/{conversation_id}/say")
async def say(
    request: Request, viewer: Talker, conversation_id: str, *, text: LongText = "", message_key: Text = "", csrf_token: Text = ""
) -> Response:
    """Write to the shopper. The form's own key makes a form sent twice one message."""
    viewer.check_form(csrf_token)
    identifier = from_public("cnv", conversation_id)
    try:
        await viewer.read(
            write_as_person,
            conversation_id=identifier,
            person_id=viewer.person.person_id,
            message_key=message_key,
            text=text,
            now=viewer.now,
        )
    except REFUSED as refusal:
        return await transcript_page(request, viewer, identifier, why=str(refusal), typed=text)
    return go_to(f"{PATH}/{conversation_id}#desk")


@router.post(PATH + "/{conversation_id}/hand-back")
async def hand_back(request: Request, viewer: Talker, conversation_id: str, csrf_token: Text = "") -> Response:
    """Give the conversation back; its employee answers the next question and knows what was said."""
    viewer.check_form(csrf_token)
    identifier = from_public("cnv", conversation_id)
    try:
        await viewer.read(_hand_back, viewer, identifier)
    except REFUSED as refusal:
        return await transcript_page(request, viewer, identifier, why=str(refusal))
    return go_to(f"{PATH}/{conversation_id}?done=back")


@router.post(PATH + "/{conversation_id}/settle")
async def deal_with(viewer: Talker, conversation_id: str, csrf_token: Text = "") -> Response:
    """Nobody waits here any more: messages are read, and the wish for a person is dealt with in another way."""
    viewer.check_form(csrf_token)
    await viewer.read(_settle, viewer, from_public("cnv", conversation_id))
    return go_to(f"{PATH}/{conversation_id}?done=settled")


@router.post(PATH + "/{conversation_id}/notes")
async def add_note(request: Request, viewer: Talker, conversation_id: str, text: LongText = "", csrf_token: Text = "") -> Response:
    """Leave a note for colleagues; the shopper never sees it."""
    viewer.check_form(csrf_token)
    identifier = from_public("cnv", conversation_id)
    try:
        await viewer.read(_add_note, viewer, identifier, text)
    except TextMissing as refusal:
        return await transcript_page(request, viewer, identifier, why=str(refusal), typed_note=text)
    return go_to(f"{PATH}/{conversation_id}#notes")


@router.post(PATH + "/{conversation_id}/notes/{note_id}/remove")
async def take_note_away(viewer: Talker, conversation_id: str, note_id: str, csrf_token: Text = "") -> Response:
    """Take a note away; the page that follows can undo it."""
    viewer.check_form(csrf_token)
    await viewer.read(_change_note, viewer, from_public("cnv", conversation_id), from_public("nte", note_id), True)
    return go_to(f"{PATH}/{conversation_id}?done={note_id}#notes")


@router.post(PATH + "/{conversation_id}/notes/{note_id}/bring-back")
async def undo_note(viewer: Talker, conversation_id: str, note_id: str, csrf_token: Text = "") -> Response:
    """Undo taking a note away."""
    viewer.check_form(csrf_token)
    await viewer.read(_change_note, viewer, from_public("cnv", conversation_id), from_public("nte", note_id), False)
    return go_to(f"{PATH}/{conversation_id}#notes")


def _take_over(session: Session, viewer: Viewer, conversation_id: UUID, relieved: UUID | None) -> None:
    person = viewer.person
    is_new = take_over_talk(
        session, conversation_id=conversation_id, person_id=person.person_id, name=person.display_name, instead_of=relieved, now=viewer.now
    )
    if is_new:
        _log(session, viewer, "conversation.taken_over", conversation_id)


def _hand_back(session: Session, viewer: Viewer, conversation_id: UUID) -> None:
    hand_back_talk(session, conversation_id=conversation_id, person_id=viewer.person.person_id, now=viewer.now)
    _log(session, viewer, "conversation.handed_back", conversation_id)


def _settle(session: Session, viewer: Viewer, conversation_id: UUID) -> None:
    if settle(session, conversation_id=conversation_id, now=viewer.now):
        _log(session, viewer, "conversation.dealt_with", conversation_id)


def _add_note(session: Session, viewer: Viewer, conversation_id: UUID, text: str) -> None:
    write_note(session, conversation_id=conversation_id, person_id=viewer.person.person_id, text=text, now=viewer.now)
    _log(session, viewer, "conversation.note_written", conversation_id)


def _change_note(session: Session, viewer: Viewer, conversation_id: UUID, note_id: UUID, is_removed: bool) -> None:
    if is_removed:
        remove_note(session, conversation_id=conversation_id, note_id=note_id, now=viewer.now)
    else:
        bring_note_back(session, conversation_id=conversation_id, note_id=note_id)
    _log(session, viewer, "conversation.note_removed" if is_removed else "conversation.note_brought_back", conversation_id)


def _log(session: Session, viewer: Viewer, action: str, conversation_id: UUID) -> None:
    note(session, person_actor(viewer.person.person_id), action, to_public("cnv", conversation_id), {}, now=viewer.now)
