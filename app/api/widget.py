"""The widget's calls: open a conversation, ask, interrupt, copy a coupon, leave a note. Answers come by the event stream.

The messages are described in app/widget/MESSAGES.md, which tests compare with this code.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from app.api import (
    widget_cards,
    widget_files,
    widget_films,
    widget_hosted,
    widget_memory,
    widget_microphone,
    widget_page_calls,
    widget_pages,
    widget_pictures,
    widget_stream,
)
from app.api.errors import ApiProblem
from app.api.widget_asking import take_question
from app.api.widget_door import (
    Counter,
    CounterOf,
    Met,
    MetBy,
    PlainText,
    VisitOf,
    desk_closes_with_house,
    message_key,
    own_page_only,
    public_id,
    read_json,
    resumed_visit,
)
from app.api.widget_tokens import Visit, seal
from app.conversations.errors import ConversationUnknown
from app.conversations.read import conversation_of_turn
from app.conversations.record import leave_message
from app.speaking.answer import answer
from app.speaking.errors import TurnNotOfConversation
from app.speaking.stream import last_number
from app.speaking.turns import Errand, claim_offer, interrupt_turn, open_talk
from avatar_pipeline.speak import STATES
from billing.note_coupon_seen import note_coupon_seen
from tenants.employee import EmployeeView, employee_at_work, employee_view
from tenants.identifiers import to_public

router = APIRouter(tags=["widget"], lifespan=desk_closes_with_house)

MESSAGE_LENGTH_MAX = 2000
CODE_LENGTH_MAX = 60


class Opening(BaseModel):
    """A shopper opens the panel. `resume` is the token of a conversation to take up again."""

    visitor: UUID
    page_url: Annotated[PlainText, Field(max_length=2000)] = ""
    language: Annotated[PlainText, Field(max_length=35)] = "en"
    resume: Annotated[PlainText, Field(max_length=400)] | None = None


class Message(BaseModel):
    """What the shopper asks."""

    text: Annotated[PlainText, Field(min_length=1, max_length=MESSAGE_LENGTH_MAX)]


class Interruption(BaseModel):
    """Where the employee was stopped: in sentence `heard_sentence` (as numbered in the events), after `heard_ms` of it had sounded.

    `heard_length` is how many characters of it the heard words make.
    """

    turn: Annotated[PlainText, Field(max_length=60)]
    heard_sentence: Annotated[int, Field(ge=0, le=10_000)]
    heard_ms: Annotated[float, Field(ge=0, le=3_600_000)]
    heard_length: Annotated[int, Field(ge=0, le=10_000)] | None = None


class Note(BaseModel):
    """A message for the staff, and where to answer it."""

    turn: Annotated[PlainText, Field(max_length=60)]
    text: Annotated[PlainText, Field(min_length=1, max_length=MESSAGE_LENGTH_MAX)]
    name: Annotated[PlainText, Field(max_length=120)] = ""
    reply_to: Annotated[PlainText, Field(max_length=200)] = ""


@router.post("/w/{key}/conversations")
async def open_conversation(key: str, request: Request, employee_hit: MetBy, counter: CounterOf) -> JSONResponse:
    """Open a conversation and let the employee greet (201), or take one up again (200)."""
    own_page_only(request, counter)
    opening, now = await read_json(request, Opening), counter.house.clock()
    counter.check(counter.openings_of_address, request.client.host if request.client else "")
    counter.check(counter.openings_of_visitor, (employee_hit.tenant_id, opening.visitor))
    visit = resumed_visit(opening.resume, key, employee_hit, counter)
    history_until = None if visit is None else await _history_until(counter, visit)
    if visit is not None and history_until is not None:
        employee = await counter.house.run(visit.tenant_id, _met, employee_hit, now)
        return _opened(key, visit, employee, counter, history_until)

    def verb(session: Session) -> tuple[Errand, EmployeeView]:
        employee = _met(session, employee_hit, now)
        errand = open_talk(
            session,
            employee_id=employee.employee_id,
            visitor_id=opening.visitor,
            page_url=opening.page_url,
            language=opening.language.partition("-")[0].lower(),
            now=now,
            is_interview=employee_hit.is_interview,
        )
        return errand, employee

    errand, employee = await counter.house.run(employee_hit.tenant_id, verb)
    counter.desk.start(errand, answer)
    visit = Visit(errand.tenant_id, errand.conversation_id, errand.employee_id, errand.visitor_id)
    return _opened(key, visit, employee, counter, 0)


@router.post("/w/{key}/conversations/{conversation}/messages", status_code=202)
async def message(
    request: Request, visit: VisitOf, counter: CounterOf, key_of_message: Annotated[str, Depends(message_key)]
) -> dict[str, str]:
    """Take a question. The answer comes by the stream; what the employee was saying stops. The same key gives the same turn."""
    question = await read_json(request, Message)
    if not question.text.strip():
        raise ApiProblem(422, "The message is empty", "Write at least one character that is not a space.")
    turn_id = await take_question(counter, visit, text=question.text, message_key=key_of_message)
    return {"turn": to_public("trn", turn_id)}


@router.post("/w/{key}/conversations/{conversation}/interrupt", status_code=204)
async def interrupt(request: Request, visit: VisitOf, counter: CounterOf) -> Response:
    """Stop the employee. Only what was heard stays in the transcript."""
    cut = await read_json(request, Interruption)
    await counter.house.run(
        visit.tenant_id,
        interrupt_turn,
        conversation_id=visit.conversation_id,
        turn_id=public_id("trn", cut.turn, "turn"),
        heard_sentence=cut.heard_sentence,
        heard_ms=int(cut.heard_ms),
        heard_length=cut.heard_length,
        now=counter.house.clock(),
    )
    counter.desk.stop_turn(public_id("trn", cut.turn, "turn"), visit.conversation_id)
    return Response(status_code=204)


@router.post("/w/{key}/conversations/{conversation}/offers/{code}/shown", status_code=204)
async def shown(code: str, visit: VisitOf, counter: CounterOf) -> Response:
    """Note that the shopper's page drew a coupon. A code of another conversation changes nothing."""
    if "\0" not in code:
        now = counter.house.clock()
        await counter.house.run(visit.tenant_id, note_coupon_seen, conversation_id=visit.conversation_id, code=code, now=now)
    return Response(status_code=204)


@router.post("/w/{key}/conversations/{conversation}/offers/{code}/claimed", status_code=204)
async def claim(code: str, visit: VisitOf, counter: CounterOf) -> Response:
    """Note that the shopper copied a coupon."""
    if "\0" in code or len(code) > CODE_LENGTH_MAX:
        raise ApiProblem(404, "Unknown coupon", "No such coupon was handed out in this conversation.")
    await counter.house.run(visit.tenant_id, claim_offer, conversation_id=visit.conversation_id, code=code, now=counter.house.clock())
    return Response(status_code=204)


@router.post("/w/{key}/conversations/{conversation}/notes", status_code=201)
async def note(request: Request, visit: VisitOf, counter: CounterOf, _key: Annotated[str, Depends(message_key)]) -> dict[str, str]:
    """Keep a message for the staff, once per turn."""
    left, now = await read_json(request, Note), counter.house.clock()
    turn_id = public_id("trn", left.turn, "turn")
    text = " ".join(part for part in (left.text.strip(), left.name.strip(), left.reply_to.strip()) if part)

    def verb(session: Session) -> UUID:
        if conversation_of_turn(session, turn_id) != visit.conversation_id:
            raise TurnNotOfConversation("This conversation has no such turn.")
        return leave_message(session, turn_id=turn_id, text=text, now=now)

    return {"note": to_public("msg", await counter.house.run(visit.tenant_id, verb))}


def _met(session: Session, met: Met, now: datetime) -> EmployeeView:
    """The employee a talk opens with; only an interview is held with somebody who is not at work."""
    return employee_view(session, met.subject_id) if met.is_interview else employee_at_work(session, met.subject_id, now)


async def _history_until(counter: Counter, visit: Visit) -> int | None:
    try:
        return await counter.house.run(visit.tenant_id, last_number, conversation_id=visit.conversation_id)
    except ConversationUnknown:
        return None


def _opened(key: str, visit: Visit, employee: EmployeeView, counter: Counter, history_until: int) -> JSONResponse:
    house, name = counter.house, to_public("cnv", visit.conversation_id)
    content = {
        "conversation": name,
        "token": seal(visit, widget_key=key, secret=house.settings.signing_key, now=house.clock()),
        "events_url": f"/w/{key}/conversations/{name}/events",
        "employee": widget_pages.employee_json(employee),
        "rig_url": f"/w/faces/{employee.face_id}/chat.rig",
        "idle": f"/w/faces/{employee.face_id}/idle.json",
        "states": {state: f"/w/faces/{employee.face_id}/{state}.json" for state in STATES if state != "idle"},
        "pictures_url": f"/w/{key}/conversations/{name}/pictures" if employee.picture_quality == "neural" else None,
        "history_until": history_until,
    }
    return JSONResponse(content, status_code=200 if history_until else 201, headers={"Cache-Control": "no-store"})


for _part in (
    widget_cards,
    widget_films,
    widget_memory,
    widget_files,
    widget_stream,
    widget_pictures,
    widget_microphone,
    widget_pages,
    widget_page_calls,
    widget_hosted,
):
    router.include_router(_part.router)
