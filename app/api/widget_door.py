"""The widget's door: who calls, from which page, with which token, how often; and the parts that answer behind it."""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

import anyio
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BaseModel, ValidationError
from starlette.requests import HTTPConnection

from app.api import widget_limits as limits
from app.api.bodies import read_body
from app.api.errors import ApiProblem
from app.api.widget_tokens import TokenRefused, Visit, unseal
from app.speaking.desk import Desk
from app.speaking.interviews import read_interview_key
from app.wiring import House, house_of
from tenants.directory import DirectoryHit, look_up
from tenants.employment import serving
from tenants.identifiers import PublicIdUnreadable, from_public

BODY_BYTES_MAX: Final = 32 * 1024
"""A message of 2,000 characters in any language, with room for everything around it."""
KEY_LENGTH_MAX: Final = 100
UNDERSTOOD_AT_ONCE_MAX: Final = 2
"""Spoken questions being written down at the same time in one process; others wait, and glances at half a sentence are left out."""
REFUSED: Final = {"WWW-Authenticate": "Bearer"}

Body = TypeVar("Body", bound=BaseModel)


def _plain(text: str) -> str:
    if "\0" in text:
        raise ValueError("The text holds a NUL character; leave it out.")
    return text


PlainText = Annotated[str, AfterValidator(_plain)]


@dataclass
class Counter:
    """The widget's parts in one process: the desk, and a limiter per rule."""

    house: House
    desk: Desk
    boots: limits.Limiter = field(default_factory=lambda: limits.Limiter(limits.BOOTS_PER_ADDRESS))
    openings_of_address: limits.Limiter = field(default_factory=lambda: limits.Limiter(limits.OPENINGS_PER_ADDRESS))
    openings_of_visitor: limits.Limiter = field(default_factory=lambda: limits.Limiter(limits.OPENINGS_PER_VISITOR))
    messages_of_visitor: limits.Limiter = field(default_factory=lambda: limits.Limiter(limits.MESSAGES_PER_VISITOR))
    calls_of_conversation: limits.Limiter = field(default_factory=lambda: limits.Limiter(limits.CALLS_PER_CONVERSATION))
    microphones_of_visitor: limits.Limiter = field(default_factory=lambda: limits.Limiter(limits.MICROPHONES_PER_VISITOR))
    understanding: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(UNDERSTOOD_AT_ONCE_MAX))
    watchers: dict[UUID, object] = field(default_factory=dict)
    """Open streams of pictures by conversation: the newest wins (widget_pictures.py)."""
    microphones: dict[UUID, object] = field(default_factory=dict)
    """Open microphones by conversation: the newest wins (widget_microphone.py)."""

    def check(self, limiter: limits.Limiter, caller: object) -> None:
        """Count a call; raises ApiProblem 429 with the seconds to wait when there were too many."""
        wait_s = math.ceil(limiter.wait_s(caller, self.house.clock()))
        if wait_s:
            detail = f"Too many calls in a short time. Try again in {wait_s} s."
            raise ApiProblem(429, "Please slow down", detail, headers={"Retry-After": str(wait_s)})


def counter_of(request: HTTPConnection) -> Counter:
    """The widget's parts of the running application, made at the first call (a FastAPI dependency)."""
    state = request.app.state
    if not hasattr(state, "widget_counter"):
        house = house_of(request)
        desk = Desk(
            database=house.database,
            clock=house.clock,
            embed=house.embed,
            voice=house.voice,
            audio_folder=house.media_folder / "audio",
            verb_limiter=house.verb_limiter,
            language_model=house.language_model,
        )
        state.widget_counter = Counter(house, desk)
    counter: Any = state.widget_counter
    assert isinstance(counter, Counter)  # noqa: S101
    return counter


CounterOf = Annotated[Counter, Depends(counter_of)]


@asynccontextmanager
async def desk_closes_with_house(app: FastAPI) -> AsyncIterator[None]:
    """The router's lifespan: answers still being given are let go before the database closes."""
    yield
    if hasattr(app.state, "widget_counter"):
        await app.state.widget_counter.desk.close()


async def employee_of(key: str, counter: CounterOf) -> DirectoryHit:
    """Whose widget key it is (a dependency); raises ApiProblem 404."""
    hit = None if len(key) > KEY_LENGTH_MAX else await counter.house.run_call(look_up, counter.house.database, "widget_key", key)
    if hit is None:
        raise ApiProblem(404, "Unknown widget key", "No employee has this key. Copy the snippet from the dashboard again.")
    return hit


EmployeeOf = Annotated[DirectoryHit, Depends(employee_of)]


@dataclass(frozen=True)
class Met(DirectoryHit):
    """Whom a key opens a talk with: an employee at work for shoppers, or somebody whom the shop's own member interviews."""

    is_interview: bool = False


async def met_by(key: str, counter: CounterOf) -> Met:
    """Whom to talk with (a dependency): on an employee's days off the colleague who steps in; interview keys open interviews.

    Raises ApiProblem 404, EmployeeNotAtWork.
    """
    house = counter.house
    interview = read_interview_key(key, secret=house.settings.signing_key, now=house.clock())
    if interview is not None:
        return Met(interview.tenant_id, interview.employee_id, is_interview=True)
    hit = await employee_of(key, counter)
    serves = await house.run(hit.tenant_id, serving, hit.subject_id, house.clock())
    return Met(hit.tenant_id, serves.employee.employee_id)


MetBy = Annotated[Met, Depends(met_by)]


async def visit_of(key: str, conversation: str, request: Request, counter: CounterOf) -> Visit:
    """The visit a call belongs to (a dependency): the token must be ours and name the conversation of the address."""
    own_page_only(request, counter)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        detail = "Send the conversation's token as `Authorization: Bearer ...`."
        raise ApiProblem(401, "A token is needed", detail, headers=REFUSED)
    return visit_with(token.strip(), key, conversation, counter)


def visit_with(token: str, key: str, conversation: str, counter: Counter) -> Visit:
    """The visit a token opens, counted; raises ApiProblem 401, 403, 404, 429."""
    visit = _unseal(token, key, counter)
    if visit is None:
        detail = "The token was not made for this widget, or has expired. Open a new conversation."
        raise ApiProblem(401, "The token is not valid", detail, headers=REFUSED)
    if visit.conversation_id != public_id("cnv", conversation, "conversation"):
        raise ApiProblem(403, "Another conversation's token", "This token opens a different conversation.")
    counter.check(counter.calls_of_conversation, visit.conversation_id)
    return visit


VisitOf = Annotated[Visit, Depends(visit_of)]


def resumed_visit(token: str | None, key: str, employee: DirectoryHit, counter: Counter) -> Visit | None:
    """The visit a panel wants to take up again, None when its token does not allow that."""
    visit = _unseal(token, key, counter) if token else None
    return visit if visit and (visit.tenant_id, visit.employee_id) == (employee.tenant_id, employee.subject_id) else None


def own_page_only(request: HTTPConnection, counter: Counter) -> None:
    """Refuse calls that a browser makes for a foreign page: the panel is the only page that talks."""
    origin = request.headers.get("origin")
    if origin is not None and origin != counter.house.settings.widget_url.rstrip("/"):
        raise ApiProblem(403, "Not from this page", "Only the panel itself may call this address.")


def public_id(prefix: str, text: str, noun: str) -> UUID:
    """Read an id from an address or a body; raises ApiProblem 404."""
    try:
        return from_public(prefix, text)
    except PublicIdUnreadable:
        raise ApiProblem(404, f"Unknown {noun}", f"There is no such {noun}.") from None


def message_key(request: Request) -> str:
    """The Idempotency-Key of a call (a dependency); raises ApiProblem 400 unless it is a UUID."""
    given = request.headers.get("idempotency-key", "")
    try:
        return str(UUID(given))
    except ValueError:
        detail = "Send a fresh UUID as `Idempotency-Key`, and the same one when you repeat the message."
        raise ApiProblem(400, "Idempotency-Key is missing", detail) from None


async def read_json(request: Request, model: type[Body]) -> Body:
    """Read a JSON body; raises ApiProblem 415, 413 or 400, and RequestValidationError (422) when it does not fit the model."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ApiProblem(415, "JSON is needed", "Send the body as `Content-Type: application/json`.")
    body = await read_body(request, bytes_max=BODY_BYTES_MAX)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        if any(fault["type"] == "json_invalid" for fault in faults):
            raise ApiProblem(400, "Not JSON", "The body cannot be read as JSON in UTF-8.") from None
        raise RequestValidationError(faults) from None


def _unseal(token: str, key: str, counter: Counter) -> Visit | None:
    house = counter.house
    try:
        return unseal(token, widget_key=key, secret=house.settings.signing_key, now=house.clock())
    except TokenRefused:
        return None
