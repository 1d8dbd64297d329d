"""The web process's end of a picture stream: passes records on, and says `lost` within a second when the stage goes quiet or away.

The stage says every quarter of a second that it is there. Three missed signs are taken for its end: the browser draws the face itself
from then on, and the voice never stops, for sound takes another way.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import httpx

from app.live_pictures.wire import FULL, LOST, Reader, Record, RecordUnreadable

QUIET_SECONDS_MAX: Final = 0.75
JOIN_SECONDS_MAX: Final = 20.0
"""A face that comes on a stage for the first time is prepared there. Meanwhile the browser draws."""
HEAR_SECONDS_MAX: Final = 5.0
TURN_REFUSED: Final = {httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.CONFLICT, httpx.codes.REQUEST_ENTITY_TOO_LARGE}


@dataclass(frozen=True)
class Joined:
    """A guest's name on its stage, and where its patches belong, as the browser is told it."""

    guest: str
    place: dict[str, Any]


async def follow(client: httpx.AsyncClient, guest: str) -> AsyncGenerator[Record, None]:
    """Every record of one guest of a stage, the last one LOST unless the caller stops reading. `client` knows the address and the key."""
    reader = Reader()
    try:
        async with client.stream("GET", f"/stage/guests/{guest}/pictures") as answer:
            if answer.status_code != httpx.codes.OK:
                yield Record(LOST, body=b"The stage has no such guest.")
                return
            pieces = answer.aiter_bytes()
            while True:
                async with asyncio.timeout(QUIET_SECONDS_MAX):
                    data = await anext(pieces)
                for record in reader.feed(data):
                    yield record
                    if record.kind == LOST:
                        return
    except TimeoutError:
        yield Record(LOST, body=b"The stage has gone quiet.")
    except (httpx.HTTPError, RecordUnreadable, StopAsyncIteration):
        yield Record(LOST, body=b"The stage is gone.")


async def join(client: httpx.AsyncClient, face: str) -> Joined | Record:
    """Come on stage; the guest, or the record that says why not."""
    with suppress(httpx.HTTPError, KeyError, ValueError):
        answer = await client.post("/stage/guests", json={"face": face}, timeout=JOIN_SECONDS_MAX)
        if answer.status_code == httpx.codes.CREATED:
            told = answer.json()
            return Joined(str(told.pop("guest")), told)
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return Record(FULL, body=b"As many talk as the stage can draw in time.")
    return Record(LOST, body=b"The stage does not answer.")


async def say(client: httpx.AsyncClient, guest: str, turn: int, sound: bytes, *, place: str = "", begins: int = 0) -> Record | None:
    """Send sound of a turn; `place` is "first", "last" or "". None when it was taken, else why the turn is not drawn.

    A turn's first pictures lie at the place `begins` of a film's loop.
    """
    params = {place: "1", "from": str(begins)} if place else {}
    try:
        answer = await client.post(f"/stage/guests/{guest}/turns/{turn}", content=sound, params=params, timeout=HEAR_SECONDS_MAX)
    except httpx.HTTPError:
        return Record(LOST, turn, body=b"The stage does not answer.")
    if answer.status_code == httpx.codes.NO_CONTENT:
        return None
    return Record(FULL if answer.status_code in TURN_REFUSED else LOST, turn, body=answer.text.encode()[:200])


async def interrupt(client: httpx.AsyncClient, guest: str) -> None:
    """Throw away what is in line. A stage that does not hear it is noticed by its stream."""
    with suppress(httpx.HTTPError):
        await client.post(f"/stage/guests/{guest}/interrupt", timeout=QUIET_SECONDS_MAX)
