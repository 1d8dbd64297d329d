"""What the shop's page tells through the panel: who is signed in, what the shopper looks at and did, and words the employee is to say.

The panel passes it on with the conversation's token, so a page can only ever speak about the visitor who sits in front of it.
"""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, field_validator
from sqlalchemy.orm import Session

from app.api.errors import ApiProblem
from app.api.widget_door import Counter, CounterOf, PlainText, VisitOf, read_json
from app.api.widget_tokens import Visit
from app.installation.errors import HappeningsTooMany, IdentityRefused
from app.installation.happenings import note_happening
from app.installation.identity import TOKEN_LENGTH_MAX, identify_visitor
from app.speaking.recite import recite
from tenants.employee import employee_at_work

router = APIRouter()

FACTS_MAX: Final = 20
FACT_LENGTH_MAX: Final = 200
WORDS_LENGTH_MAX: Final = 300
FactText = Annotated[PlainText, Field(max_length=FACT_LENGTH_MAX)]
Fact = FactText | int | float | bool | None | Annotated[list[FactText], Field(max_length=FACTS_MAX)]


class Identity(BaseModel):
    """The token the shop's server made for the visitor."""

    token: Annotated[PlainText, Field(min_length=1, max_length=TOKEN_LENGTH_MAX)]


class Told(BaseModel):
    """One thing the page tells: what the shopper looks at now (context), or did (track)."""

    kind: Literal["context", "track"]
    name: Annotated[PlainText, Field(max_length=80)] = ""
    facts: dict[Annotated[PlainText, Field(max_length=40)], Fact] = {}

    @field_validator("facts")
    @classmethod
    def _few(cls, facts: dict[str, Any]) -> dict[str, Any]:
        if len(facts) > FACTS_MAX:
            raise ValueError(f"Tell at most {FACTS_MAX} facts at once.")
        return facts


class Words(BaseModel):
    """What the employee is to say, word for word."""

    text: Annotated[PlainText, Field(min_length=1, max_length=WORDS_LENGTH_MAX)]


@router.post("/w/{key}/conversations/{conversation}/identity", status_code=204)
async def identity(request: Request, visit: VisitOf, counter: CounterOf) -> Response:
    """Believe the shop's server about who the visitor is; 422 says what is wrong with the token."""
    given, house = await read_json(request, Identity), counter.house
    key, now = house.settings.signing_key, house.clock()
    try:
        await house.run(visit.tenant_id, identify_visitor, visitor_id=visit.visitor_id, token=given.token, house_key=key, now=now)
    except IdentityRefused as error:
        raise ApiProblem(422, "The visitor was not identified", str(error)) from None
    return Response(status_code=204)


@router.post("/w/{key}/conversations/{conversation}/happenings", status_code=204)
async def happening(request: Request, visit: VisitOf, counter: CounterOf) -> Response:
    """Keep what the page tells beside the conversation."""
    told = await read_json(request, Told)
    await _note(counter, visit, kind=told.kind, name=told.name, facts=told.facts)
    return Response(status_code=204)


@router.post("/w/{key}/conversations/{conversation}/say")
async def say(request: Request, visit: VisitOf, counter: CounterOf) -> dict[str, Any]:
    """Give the sound and the motion of words the page wants the employee to say. They stand beside the conversation, not in it."""
    words, desk = await read_json(request, Words), counter.desk
    counter.check(counter.messages_of_visitor, (visit.tenant_id, visit.visitor_id))
    await _note(counter, visit, kind="say", name=words.text, facts={})

    employee = await counter.house.run(visit.tenant_id, employee_at_work, visit.employee_id, counter.house.clock())
    return {"sentences": await recite(desk, visit.tenant_id, employee.voice_id, words.text)}


async def _note(counter: Counter, visit: Visit, *, kind: str, name: str, facts: dict[str, Any]) -> None:
    def verb(session: Session) -> None:
        now = counter.house.clock()
        note_happening(session, conversation_id=visit.conversation_id, kind=kind, name=name, facts=facts, now=now)

    try:
        await counter.house.run(visit.tenant_id, verb)
    except HappeningsTooMany as error:
        raise ApiProblem(429, "Too much was told", str(error)) from None
