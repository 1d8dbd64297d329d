"""The pictures of a talk that a stage beside a graphics card draws: a stream to one panel (app/live_pictures/MESSAGES.md).

The conversation's token opens it, for its own conversation alone; the stage is called by this process, and its address stays here.
"""

import asyncio
import io
import ssl
import wave
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Final

import anyio.to_thread
import httpx
from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from app.api.errors import ApiProblem
from app.api.widget_door import Counter, CounterOf, VisitOf
from app.api.widget_tokens import Visit
from app.casting.film_steps import LOOP_PICTURES
from app.costs.note_cost import Spent, note_cost
from app.live_pictures.play_talk import Heard, Talk, TurnOver, play_talk
from app.live_pictures.serve_stage import stage_key
from app.live_pictures.wire import LOST, Record
from app.speaking.sounds import Sounding, sounding_after
from app.speaking.stream import last_number
from app.wiring import House
from app.worker.heartbeat import stages_at_work
from tenants.employee import employee_view
from tenants.identifiers import from_public, to_public

router = APIRouter()

ENGINES: Final = frozenset({"musetalk"})
LOOK_SECONDS: Final = 1.0
STREAM_SECONDS_MAX: Final = 900.0
"""A stream ends after a quarter of an hour; the panel asks again with the next sentence."""
STREAMS_MAX: Final = 200
"""Talks with pictures per process."""
LATE: Final = timedelta(seconds=0.75)
"""A turn whose first words were there this long before the stage could be told is left to the browser: its pictures would come late."""
CALL_SECONDS_MAX: Final = 5.0
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}


@dataclass(eq=False)
class _Watcher:
    """The newest panel that watches a conversation; an older one is let go."""

    is_replaced: bool = False


@router.get("/w/{key}/conversations/{conversation}/pictures")
async def pictures(visit: VisitOf, counter: CounterOf, after: Annotated[int | None, Query(ge=0)] = None) -> StreamingResponse:
    """Send the pictures of what is said after event `after` (from now on without it). 404 where the shopper's browser draws them."""
    house = counter.house
    employee = await house.run(visit.tenant_id, employee_view, visit.employee_id)
    if employee.picture_quality != "neural":
        raise ApiProblem(404, "No pictures", "This employee is drawn by the shopper's own browser.")
    if len(counter.watchers) >= STREAMS_MAX:
        raise ApiProblem(503, "Too many pictures", "Let the browser draw, and ask again later.")
    if after is None:
        after = await house.run(visit.tenant_id, last_number, conversation_id=visit.conversation_id)
    frames = _frames(counter, visit, employee.face_id, after)
    return StreamingResponse(frames, media_type="application/octet-stream", headers=HEADERS)


async def _frames(counter: Counter, visit: Visit, face: str, after: int) -> AsyncIterator[bytes]:
    address = await counter.house.run_call(_stage_for_talks, counter.house)
    if address is None:
        yield Record(LOST, body=b"No stage is at work.").to_bytes()
        return
    watcher, before = _Watcher(), counter.watchers.get(visit.conversation_id)
    if isinstance(before, _Watcher):
        before.is_replaced = True
    counter.watchers[visit.conversation_id] = watcher
    headers = {"Authorization": f"Bearer {stage_key(counter.house.settings.signing_key)}"}
    over_s = asyncio.get_running_loop().time() + STREAM_SECONDS_MAX
    try:
        async with (
            httpx.AsyncClient(base_url=address, headers=headers, timeout=CALL_SECONDS_MAX, verify=_trusted()) as client,
            aclosing(play_talk(client, _talk(counter, visit, face, after))) as records,
        ):
            async for record in records:
                yield record.to_bytes()
                if watcher.is_replaced or asyncio.get_running_loop().time() > over_s:
                    return
    finally:
        if counter.watchers.get(visit.conversation_id) is watcher:
            del counter.watchers[visit.conversation_id]


@cache
def _trusted() -> ssl.SSLContext:
    # Read once: reading the trusted certificates would hold up everybody else's talk for twenty milliseconds.
    return httpx.create_ssl_context()


def _stage_for_talks(house: House) -> str | None:
    """The emptiest stage that can draw talks."""
    with house.database.intake_session() as session:
        found = [stage for stage in stages_at_work(session, house.clock()) if ENGINES.intersection(stage.engines)]
    return found[0].address if found else None


def _talk(counter: Counter, visit: Visit, face: str, after: int) -> Talk:
    async def spent(turn: str, spent_ms: int, of: str) -> None:
        amount = Spent(gpu_ms=spent_ms) if of == "gpu" else Spent(cpu_ms=spent_ms)
        cause = {"kind": "turn", "cause_id": from_public("trn", turn), "employee_id": visit.employee_id}
        await counter.desk.run(visit.tenant_id, note_cost, **cause, spent=amount, now=counter.desk.clock())  # type: ignore[arg-type]

    return Talk(face, _happenings(counter, visit, after), spent, f"/w/faces/{face}/{LOOP_PICTURES}")


async def _happenings(counter: Counter, visit: Visit, after: int) -> AsyncGenerator[Heard | TurnOver, None]:
    """What can be heard of the conversation as it comes; looks when the bell rings, and once a second."""
    desk, left_out = counter.desk, None
    drawn = None
    with desk.bell(visit.conversation_id) as bell:
        while True:
            bell.clear()
            seen = await desk.run(visit.tenant_id, sounding_after, conversation_id=visit.conversation_id, after=after)
            for one in seen:
                after, turn = one.sequence, to_public("trn", one.turn_id)
                if one.n < 0:
                    yield TurnOver(turn, one.is_cut)
                    continue
                if one.turn_id not in (left_out, drawn):
                    is_late = desk.clock() - one.since > LATE
                    left_out, drawn = (one.turn_id, drawn) if is_late else (left_out, one.turn_id)
                heard = None if one.turn_id == left_out else await _heard(counter, one, turn)
                if heard is not None:
                    yield heard
            if not seen:
                try:
                    await asyncio.wait_for(bell.wait(), LOOK_SECONDS)
                except TimeoutError:
                    continue


async def _heard(counter: Counter, one: Sounding, turn: str) -> Heard | None:
    path = await anyio.to_thread.run_sync(counter.desk.voicer.store.wav_path, one.audio or "")
    if path is None:
        return None
    return Heard(turn, one.n, await anyio.to_thread.run_sync(_samples, path))


def _samples(path: Path) -> bytes:
    with wave.open(io.BytesIO(path.read_bytes())) as sound:
        return bytes(sound.readframes(sound.getnframes()))
