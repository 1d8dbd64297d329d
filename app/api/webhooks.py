"""Where merchant systems deliver what happened: verify, store, commit, acknowledge. Everything else happens later.

POST /api/v1/hooks/{connection} with Standard Webhooks headers; the order format is in ORDERS.md.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from app.api.bodies import read_body
from app.wiring import House, house_of
from billing.receive_webhook import BODY_BYTES_MAX, receive_webhook
from tenants.identifiers import to_public

router = APIRouter(prefix="/api/v1/hooks", tags=["webhooks"])


class Accepted(BaseModel):
    """The delivery is stored and committed; `repeat` says it had been before."""

    event: str
    repeat: bool


@router.post("/{connection_key}", status_code=202)
async def receive(connection_key: str, request: Request, house: Annotated[House, Depends(house_of)]) -> Accepted:
    """Take one signed delivery. 202 means it is safe with us; 401, 404, 409 and 413 mean it is not."""
    body = await read_body(request, bytes_max=BODY_BYTES_MAX)
    received = await house.run_call(
        receive_webhook,
        house.database,
        connection_key=connection_key,
        headers=dict(request.headers),
        body=body,
        now=house.clock(),
    )
    return Accepted(event=to_public("evt", received.event_id), repeat=received.is_repeat)
