"""The event stream to one panel: everything after the last number it has, in order, once, then whatever comes."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from app.api.errors import ApiProblem
from app.api.widget_door import CounterOf, VisitOf
from app.api.widget_tokens import Visit
from app.speaking import wire
from app.speaking.answer import answer
from app.speaking.desk import Desk
from app.speaking.handover import stop_waiting
from app.speaking.stream import Glance, glance, take_line
from app.speaking.turns import take_over

router = APIRouter()

LOOK_SECONDS: Final = 1.0
"""How often a reader looks by itself: what another process wrote rings no bell here."""
PING_SECONDS: Final = 15.0
STREAM_SECONDS_MAX: Final = 900.0
"""A stream ends after a quarter of an hour and the panel resumes it, so that no proxy or deployment waits for it for ever."""
NUMBER_LENGTH_MAX: Final = 15
HIDDEN_KINDS: Final = frozenset({"route", "offer:claimed"})
"""Events kept for the record and not sent to shoppers."""
STREAM_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}


@router.get("/w/{key}/conversations/{conversation}/events")
async def events(request: Request, visit: VisitOf, counter: CounterOf) -> StreamingResponse:
    """Send the conversation's events with numbers above Last-Event-ID. The newest reader wins; the one before is told and let go."""
    after = _last_event_id(request)
    reader = await counter.desk.run(visit.tenant_id, take_line, conversation_id=visit.conversation_id, after=after)
    counter.desk.ring(visit.conversation_id)
    frames = _frames(counter.desk, visit, reader, after)
    return StreamingResponse(frames, media_type="text/event-stream", headers=STREAM_HEADERS)


async def _frames(desk: Desk, visit: Visit, reader: int, after: int) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    opened = spoke = loop.time()
    yield wire.PING
    with desk.bell(visit.conversation_id) as bell:
        while loop.time() - opened < STREAM_SECONDS_MAX:
            bell.clear()
            seen = await desk.run(
                visit.tenant_id, glance, conversation_id=visit.conversation_id, reader=reader, after=after, now=desk.clock()
            )
            if seen.is_replaced:
                yield wire.REPLACED
                return
            for event in seen.events:
                after = event.sequence
                if event.kind not in HIDDEN_KINDS:
                    piece = await anyio.to_thread.run_sync(desk.voicer.store.piece, event.payload.get("audio"))
                    yield wire.to_frame(event, piece)
                    spoke = loop.time()
            await _rescue(desk, visit, seen)
            if seen.has_waited_long:
                await desk.run(visit.tenant_id, stop_waiting, conversation_id=visit.conversation_id, now=desk.clock())
            if loop.time() - spoke >= PING_SECONDS:
                yield wire.PING
                spoke = loop.time()
            if not seen.events:
                await _wait(bell)


async def _wait(bell: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(bell.wait(), LOOK_SECONDS)
    except TimeoutError:
        return


async def _rescue(desk: Desk, visit: Visit, seen: Glance) -> None:
    """Go on with an answer whose process is gone, for the shopper is waiting for it."""
    if not seen.is_abandoned:
        return
    errand = await desk.run(visit.tenant_id, take_over, conversation_id=visit.conversation_id, now=desk.clock())
    if errand is not None:
        desk.start(errand, answer)


def _last_event_id(request: Request) -> int:
    given = request.headers.get("last-event-id", "").strip()
    if not given:
        return 0
    if not (given.isascii() and given.isdigit() and len(given) <= NUMBER_LENGTH_MAX):
        raise ApiProblem(400, "Last-Event-ID is not a number", "Send the id of the last event you have, or leave the header out.")
    return int(given)
