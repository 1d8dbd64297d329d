"""Where merchant systems deliver what happened: verify, store, commit, acknowledge. Everything else happens later.

POST /api/v1/hooks/{connection}, signed as the connection's kind signs; our own order format is in ORDERS.md. What is refused is kept in
a ring of the last thousand, so that the merchant sees why.
"""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict
from starlette.types import Scope

from app.api.bodies import read_announced_body, read_body
from app.api.errors import ApiProblem, status_of
from app.api.intake import Intake
from app.api.widget_limits import Limiter, Pace
from app.wiring import House, house_of
from billing.close_connections import is_closed_address
from billing.errors import ConnectionUnknown, DeliveryRefused
from billing.receive_webhook import BODY_BYTES_MAX, answers_ping
from billing.refused_deliveries import note_refusal
from tenants.identifiers import to_public

router = APIRouter(prefix="/api/v1/hooks", tags=["webhooks"])

FORM: Final = "application/x-www-form-urlencoded"
PING_BYTES_MAX: Final = 64
REFUSALS_NOTED: Final = Pace(burst=20, per_minute=60)
"""Refusals written down for one address: whoever floods a door with garbage costs an answer each, not a row in the database each."""

GONE: Final = ApiProblem(410, "This address is closed", "The shop behind it was removed. Stop sending here; nothing was kept.")


class Accepted(BaseModel):
    """The delivery is stored and committed; `repeat` says it had been before."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"event": "evt_01jd44wpg0e008000000001v01", "repeat": False}]})

    event: str
    repeat: bool


REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"description": "Not signed with this connection's secret, or the clock differs too much"},
    404: {"description": "The address names no connection"},
    410: {"description": "The shop behind the address was removed: stop sending"},
    409: {"description": "This delivery id came before with other bytes"},
    413: {"description": "Larger than a delivery may be"},
    415: {"description": "Not JSON"},
    503: {"description": "More arrives than can be stored, or the database does not answer: send it again after Retry-After"},
    "4XX": {"description": "Anything else that a request can be wrong in"},
}
ASKED: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "In the words of the system that sends, signed as it signs; our own are in ORDERS.md",
        "content": {
            "application/json": {
                "schema": {"type": "object"},
                "example": {
                    "type": "lead.created", "timestamp": "2026-11-20T11:00:05Z",
                    "data": {
                        "id": "lead-12", "employee": "emp_01jd44wpg0e008000000001r01", "occurred_at": "2026-11-20T10:58:00Z",
                        "updated_at": "2026-11-20T10:58:00Z", "evidence": {"form": "quote-2231"},
                    },
                },
            }
        },
    }
}  # fmt: skip


@router.post("/{connection_key}", status_code=202, response_model=Accepted, responses=REFUSALS, openapi_extra=ASKED)
async def receive(connection_key: str, request: Request) -> Response:
    """Take one signed delivery. 202 means it is safe with us; 401, 404, 409, 413, 415 and 503 mean it is not."""
    # Hardly ever reached: WebhookDoor stands before the router, which costs more than the work.
    return await take(connection_key, request, headers_of(request.scope))


async def take(connection_key: str, request: Request, headers: Mapping[str, str]) -> Response:
    """Verify, store, commit, and answer 202. Header names are lower case."""
    house, intake = house_of(request), _intake_of(request)
    body = b""
    try:
        with intake.room_for(connection_key, headers):
            if is_form(headers) and await _is_ping(connection_key, request, house):
                return Response(status_code=200)
            check_is_json(headers)
            body = await read_announced_body(request, headers.get("content-length", ""), bytes_max=BODY_BYTES_MAX)
            url = f"{house.settings.public_url.rstrip('/')}{request.scope['path']}"
            received = await intake.receive(connection_key, headers, body, url)
    except (ApiProblem, DeliveryRefused) as error:
        if isinstance(error, ConnectionUnknown) and await house.run_call(is_closed_address, house.database, connection_key):
            raise GONE from None
        if not isinstance(error, ConnectionUnknown) and not _is_our_fault(error):
            await _note(request, house, connection_key, error, body)
        raise
    answer = f'{{"event":"{to_public("evt", received.event_id)}","repeat":{str(received.is_repeat).lower()}}}'
    return Response(answer, status_code=202, media_type="application/json")


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers by their names in lower case, as the server hands them over; of one that came twice the first counts."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}


def _is_our_fault(error: ApiProblem | DeliveryRefused) -> bool:
    """A full house is nothing the merchant's system did wrong, and writing it down would make it fuller."""
    return isinstance(error, ApiProblem) and error.status == 503


def is_form(headers: Mapping[str, str]) -> bool:
    """Whether the body says it is a form."""
    return _media_type(headers) == FORM


def check_is_json(headers: Mapping[str, str]) -> None:
    """Refuse a body that says it is something else than JSON; one that says nothing is taken for JSON."""
    media_type = _media_type(headers)
    if media_type and media_type != "application/json" and not media_type.endswith("+json"):
        raise ApiProblem(415, "Not JSON", "Send the body as application/json.")


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


async def _is_ping(connection_key: str, request: Request, house: House) -> bool:
    """WooCommerce asks with a small unsigned form whether anybody is there when a webhook is saved, and wants exactly 200."""
    body = await read_body(request, bytes_max=PING_BYTES_MAX)
    return await house.run_call(answers_ping, house.database, connection_key=connection_key, body=body)


async def _note(request: Request, house: House, connection_key: str, error: ApiProblem | DeliveryRefused, body: bytes) -> None:
    if _limiter_of(request).wait_s(connection_key, house.clock()):
        return
    status, why = (error.status, error.detail) if isinstance(error, ApiProblem) else (status_of(error), str(error))
    await house.run_call(
        note_refusal, house.database, connection_key=connection_key, status=status, why=why, headers=dict(request.headers), body=body,
        now=house.clock(),
    )  # fmt: skip


def _intake_of(request: Request) -> Intake:
    """This process's door."""
    state: Any = request.app.state
    if not hasattr(state, "intake"):
        state.intake = Intake(house_of(request))
    intake: Intake = state.intake
    return intake


def _limiter_of(request: Request) -> Limiter:
    """This process's count of refusals written down."""
    state: Any = request.app.state
    if not hasattr(state, "refusals_noted"):
        state.refusals_noted = Limiter(REFUSALS_NOTED)
    limiter: Limiter = state.refusals_noted
    return limiter
