"""The stage as a small web service, one for each graphics card: `python -m app stage`. Only our own web processes call it, with a key.

A guest comes, sends the sound of what is said, turn by turn, and one answer that does not end brings the pictures. A guest's name
cannot be guessed, and only who brought the guest knows it. Patches are encoded in threads beside the network, so a slow picture never holds
the card up.
"""

import asyncio
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from app.live_pictures import wire
from app.live_pictures.encode_patch import encode_patch
from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.stage import (
    AT_REST,
    FRAMES_PER_SECOND,
    MADE,
    Guest,
    NotOnStage,
    Shown,
    Speech,
    Stage,
    StageFull,
    StageLost,
    there_and_back,
)

SOUND_BYTES_MAX: Final = 24_000 * 2 * 60
"""A minute of sound at once, mono PCM16 of 24 kHz."""
ALIVE_SECONDS: Final = 0.25
"""A stream with nothing to show says so this often: silence means that the stage is gone."""
EXPECTED_SECONDS_MAX: Final = 5.0
"""A guest whose pictures nobody reads after this time goes again: whoever brought the guest is gone."""
PICTURE_SECONDS: Final = 1 / FRAMES_PER_SECOND
STATUS: Final = {StageFull: 503, StageLost: 502, NotOnStage: 404}


def stage_key(signing_key: bytes) -> str:
    """The key between our web processes and our stages, made from the house's secret."""
    return hmac.new(signing_key, b"stage", "sha256").hexdigest()


Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Seat:
    """A guest, and where in the portrait (square, `size_px`) the crop lies that its patches belong to: x1, y1, x2, y2.

    For a face from a film there is one box for each picture of its loop.
    """

    guest: Guest
    boxes: tuple[Box, ...]
    size_px: int


@dataclass
class Present:
    """A guest on stage: whether somebody reads their pictures, and what hearing and drawing them took and was not told yet.

    `place` is where in its loop of `frames` the next picture of the turn lies.
    """

    guest: Guest
    frames: int = 1
    place: int = 0
    is_read: bool = False
    heard_ns: int = 0
    told_ms: int = 0

    def placed(self, speech: Speech) -> Speech:
        """The speech over the next pictures of the guest's loop; a portrait has one."""
        frames = there_and_back(self.place, len(speech), self.frames)
        self.place += len(speech)
        return replace(speech, frames=frames)

    def spent(self, turn: int, *, is_card: bool) -> list[wire.Record]:
        """What was taken since it was told last, in whole milliseconds; the rest is told another time."""
        drawn_ms, heard_ms = int(self.guest.spent_s() * 1000) - self.told_ms, self.heard_ns // 1_000_000
        self.told_ms, self.heard_ns = self.told_ms + drawn_ms, self.heard_ns % 1_000_000
        found = ((drawn_ms, b"gpu" if is_card else b"cpu"), (heard_ms, b"cpu"))
        return [wire.Record(wire.SPENT, turn, spent_ms, of) for spent_ms, of in found if spent_ms]


@dataclass
class Service:
    """A running stage and what it needs of an engine: `come(stage, face)` brings a face on stage, `hear(sound)` makes it speech."""

    stage: Stage
    come: Callable[[Stage, str], Awaitable[Seat]]
    hear: Callable[[bytes], Speech]
    key: str
    guests: dict[str, Present] = field(default_factory=dict)
    expecting: set[asyncio.Task[None]] = field(default_factory=set)

    def timed_hear(self, present: Present, sound: bytes) -> Speech:
        """Hear a sound; the thread's own processor time counts for the guest."""
        begun_ns = time.thread_time_ns()
        speech = self.hear(sound)
        present.heard_ns += time.thread_time_ns() - begun_ns
        return speech


def stage_app(service: Service) -> Starlette:
    """Build the service around a running stage."""

    def route(path: str, method: str, handle: Callable[[Service, Request], Any]) -> Route:
        async def answer(request: Request) -> Response:
            given = request.headers.get("authorization", "")
            if not hmac.compare_digest(given.encode(), f"Bearer {service.key}".encode()):
                return JSONResponse({"detail": "The stage's key is missing or wrong."}, 401)
            try:
                answered: Response = await handle(service, request)
            except StageRefusal as refusal:
                return JSONResponse({"detail": str(refusal)}, STATUS.get(type(refusal), 409))
            return answered

        return Route(path, answer, methods=[method])

    return Starlette(
        routes=[
            route("/stage", "GET", _load),
            route("/stage/guests", "POST", _join),
            route("/stage/guests/{guest}/turns/{turn:int}", "POST", _say),
            route("/stage/guests/{guest}/interrupt", "POST", _interrupt),
            route("/stage/guests/{guest}/pictures", "GET", _pictures),
            route("/stage/guests/{guest}", "DELETE", _leave),
        ]
    )


async def _load(service: Service, _: Request) -> Response:
    sessions, speaking, seats = service.stage.load()
    return JSONResponse({"sessions": sessions, "speaking": speaking, "seats": seats, "is_lost": service.stage.is_lost})


async def _join(service: Service, request: Request) -> Response:
    name, face = secrets.token_urlsafe(16), str(json.loads(await request.body())["face"])
    seat, place = await service.come(service.stage, face), service.stage.facts.place
    service.guests[name] = Present(seat.guest, len(seat.boxes))
    expecting = asyncio.create_task(_leave_unread(service, name))
    service.expecting.add(expecting)
    expecting.add_done_callback(service.expecting.discard)
    where = {"side": place.side, "top": place.top, "height": place.height, "box": seat.boxes[0], "size": seat.size_px}
    where |= {"boxes": seat.boxes} if len(seat.boxes) > 1 else {}
    return JSONResponse({"guest": name, **where}, 201)


async def _leave_unread(service: Service, name: str) -> None:
    await asyncio.sleep(EXPECTED_SECONDS_MAX)
    present = service.guests.get(name)
    if present is not None and not present.is_read:
        del service.guests[name]
        await present.guest.leave()


async def _say(service: Service, request: Request) -> Response:
    """Sound of a turn; the first of a turn begins it, at the place `from` of a film's loop, and `?last=1` ends it."""
    present, turn, sound = _present(service, request), int(request.path_params["turn"]), await request.body()
    if len(sound) > SOUND_BYTES_MAX or len(sound) % 2:
        return JSONResponse({"detail": "Send at most a minute of mono PCM16 sound of 24 kHz."}, 413)
    if request.query_params.get("first") == "1":
        present.guest.begin(turn)
        begins = request.query_params.get("from", "0")
        present.place = int(begins) if begins.isdecimal() else 0
    if sound:
        present.guest.say(turn, present.placed(await asyncio.to_thread(service.timed_hear, present, sound)))
    if request.query_params.get("last") == "1":
        present.guest.end(turn)
    return Response(status_code=204)


async def _interrupt(service: Service, request: Request) -> Response:
    _present(service, request).guest.interrupt()
    return Response(status_code=204)


async def _leave(service: Service, request: Request) -> Response:
    present = service.guests.pop(str(request.path_params["guest"]), None)
    if present is not None:
        await present.guest.leave()
    return Response(status_code=204)


async def _pictures(service: Service, request: Request) -> Response:
    """The stream; when its reader goes, so does the guest, with everything it had."""
    name, present = str(request.path_params["guest"]), _present(service, request)
    is_card = not service.stage.facts.is_on_processor
    present.is_read = True

    async def records() -> AsyncIterator[bytes]:
        try:
            async for record in _alive(present, is_card=is_card):
                yield record.to_bytes()
        finally:
            service.guests.pop(name, None)
            await present.guest.leave()

    return StreamingResponse(records(), media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


async def _alive(present: Present, *, is_card: bool) -> AsyncIterator[wire.Record]:
    """A guest's records, with a sign of life when there is nothing to show; the last one says that the stage was lost.

    In such quiet moments it is told what their pictures took.
    """
    pictures, turn = present.guest.pictures(), 0
    coming: asyncio.Task[Shown] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(pictures))
            done, _ = await asyncio.wait([coming], timeout=ALIVE_SECONDS)
            if not done:
                yield wire.Record(wire.ALIVE)
                for spent in present.spent(turn, is_card=is_card):
                    yield spent
                continue
            shown, coming = coming.result(), None
            turn = shown.turn
            yield await record_of(shown)
    except (StopAsyncIteration, NotOnStage):
        return
    except StageLost as lost:
        yield wire.Record(wire.LOST, body=str(lost).encode())
    finally:
        if coming is not None:
            coming.cancel()


async def record_of(shown: Shown) -> wire.Record:
    """A picture as a record: a made one as WebP, any other as its kind alone. One whose moment is over is skipped.

    A reader that was slow for a while would else get every later picture late as well: what lies in line is sent in its order.
    """
    if shown.kind == MADE and shown.patch is not None and time.monotonic() <= shown.due_at_s + PICTURE_SECONDS:
        return wire.Record(wire.PICTURE, shown.turn, shown.index, await asyncio.to_thread(encode_patch, shown.patch))
    return wire.Record(wire.AT_REST if shown.kind == AT_REST else wire.SKIPPED, shown.turn, shown.index)


def _present(service: Service, request: Request) -> Present:
    present = service.guests.get(str(request.path_params["guest"]))
    if present is None:
        raise NotOnStage("This guest is not on the stage.")
    return present
