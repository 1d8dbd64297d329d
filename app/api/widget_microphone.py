"""The microphone's line: a WebSocket on which sound comes up and what is heard goes down (MESSAGES.md, "The microphone").

The answer itself comes by the event stream, like any other. Nothing of the sound is stored; a line that is quiet for long, talks too
much or loses its page is closed with a sentence that says why.
"""

import asyncio
import json
import logging
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import anyio.to_thread
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, Field, ValidationError

from app.api.errors import EXPECTED, ApiProblem, answer_to
from app.api.widget_asking import take_question
from app.api.widget_door import Counter, CounterOf, PlainText, own_page_only, visit_with
from app.api.widget_tokens import Visit
from app.speaking.microphone import BYTES_PER_SECOND, Microphone
from app.speaking.suggestions import likely_words
from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.listen import Listener
from tenants.identifiers import to_public

router = APIRouter()

GREETING_SECONDS_MAX: Final = 5
QUIET_SECONDS_MAX: Final = 90
"""An open microphone in which nobody spoke for so long is closed: it was forgotten."""
LISTENING_SECONDS_MAX: Final = 900
SILENT_LINE_SECONDS_MAX: Final = 20
"""A microphone that is open sends sound all the time, also silence; a line on which nothing comes is dead."""
PIECE_BYTES_MAX: Final = 16 * 1024
AHEAD_SECONDS_MAX: Final = 3
"""Sound may come this much faster than it is spoken, after a stumble of the line; more is no microphone."""
MICROPHONES_MAX: Final = 24
"""Open microphones per process."""
TEXT_LENGTH_MAX: Final = 2000

log = logging.getLogger(__name__)


class Hello(BaseModel):
    """The first message: the conversation's token, which never stands in an address."""

    token: PlainText = Field(max_length=400)
    language: PlainText = Field("en", max_length=35)
    consent: bool


class Ended(Exception):
    """The line ends; the message says why, in words for the shopper's panel to choose its own by `code`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Line:
    """One open microphone: what came, when, and who waits for what."""

    socket: WebSocket
    opened_s: float
    spoke_s: float
    bytes_taken: int = 0
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    is_gone: bool = False

    async def send(self, message: dict[str, Any]) -> None:
        """Tell the panel; a page that is gone hears nothing."""
        if message["type"] == "speech:began":
            self.spoke_s = asyncio.get_running_loop().time()
        try:
            await self.socket.send_text(json.dumps(message, ensure_ascii=False))
        except (WebSocketDisconnect, RuntimeError):
            self.hang_up()

    def hang_up(self) -> None:
        """The page is gone."""
        self.is_gone = True
        self.closing.set()

    def take(self, piece: bytes) -> None:
        """Count sound against the clock; raises Ended."""
        now_s = asyncio.get_running_loop().time()
        self.bytes_taken += len(piece)
        if len(piece) > PIECE_BYTES_MAX or self.bytes_taken > (now_s - self.opened_s + AHEAD_SECONDS_MAX) * BYTES_PER_SECOND:
            raise Ended("too_fast")
        if now_s - self.opened_s > LISTENING_SECONDS_MAX or now_s - self.spoke_s > QUIET_SECONDS_MAX:
            raise Ended("quiet_for_long")


@router.websocket("/w/{key}/conversations/{conversation}/microphone")
async def microphone(socket: WebSocket, key: str, conversation: str, counter: CounterOf) -> None:
    """Listen to a shopper until they, the limits or a newer microphone of the same conversation end it."""
    try:
        own_page_only(socket, counter)
    except ApiProblem:
        await socket.close(4403)
        return
    await socket.accept()
    now_s = asyncio.get_running_loop().time()
    line = Line(socket, now_s, now_s)
    try:
        hello = await _hello(socket)
        visit = visit_with(hello.token, key, conversation, counter)
        counter.check(counter.microphones_of_visitor, (visit.tenant_id, visit.visitor_id))
        await _listen(line, visit, hello, counter)
    except Ended as end:
        await line.send({"type": "ended", "code": end.code})
    except EXPECTED as error:
        await line.send(_refusal(error))
    except WebSocketDisconnect:
        line.hang_up()
    except (ValidationError, TimeoutError):
        log.info("a microphone fell silent, or was none")
    if not line.is_gone:
        await socket.close()


async def _hello(socket: WebSocket) -> Hello:
    hello = Hello.model_validate_json(await asyncio.wait_for(socket.receive_text(), GREETING_SECONDS_MAX))
    if not hello.consent:
        raise ApiProblem(403, "Not allowed", "The shopper has not agreed to be heard.")
    return hello


async def _listen(line: Line, visit: Visit, hello: Hello, counter: Counter) -> None:
    if len(counter.microphones) >= MICROPHONES_MAX:
        raise Ended("busy")
    listener = await _listener(counter, visit, hello)
    before = counter.microphones.get(visit.conversation_id)
    if isinstance(before, Line):
        await before.send({"type": "ended", "code": "replaced"})
        before.closing.set()
    counter.microphones[visit.conversation_id] = line
    ear = Microphone(listener, send=line.send, ask=_asking(line, visit, counter), at_work=counter.understanding)
    try:
        await line.send({"type": "ready"})
        await _take_all(line, ear)
    finally:
        await ear.close()
        if counter.microphones.get(visit.conversation_id) is line:
            del counter.microphones[visit.conversation_id]


async def _take_all(line: Line, ear: Microphone) -> None:
    while not line.closing.is_set():
        message = await asyncio.wait_for(line.socket.receive(), SILENT_LINE_SECONDS_MAX)
        if message["type"] == "websocket.disconnect":
            line.hang_up()
        elif (piece := message.get("bytes")) is not None:
            line.take(piece)
            await ear.hear(piece)
        else:
            await _told(ear, message.get("text") or "")


async def _told(ear: Microphone, text: str) -> None:
    """What the panel says beside the sound; what is not known is not for us."""
    if text == '{"type":"press"}':
        await ear.press()
    elif text == '{"type":"release"}':
        await ear.release()
    elif text in ('{"type":"talking"}', '{"type":"silent"}'):
        ear.note_talking(is_talking="talking" in text)


async def _listener(counter: Counter, visit: Visit, hello: Hello) -> Listener:
    make, desk = counter.house.listener, counter.desk
    if make is None:
        raise ApiProblem(501, "Nobody can listen here", "This shop's employee cannot hear yet. Please type your question.")

    def work() -> Listener:
        mind = desk.minds.attend(visit.tenant_id, visit.employee_id, is_interview=True).mind
        return make(hello.language.partition("-")[0].lower(), likely_words(mind))

    try:
        return await anyio.to_thread.run_sync(work, limiter=desk.thinking)
    except StageRefusal:
        log.exception("the recogniser cannot be loaded")
        raise ApiProblem(503, "Nobody can listen here", "Something is missing on our side. Please type your question.") from None


def _refusal(error: Exception) -> dict[str, Any]:
    """What went wrong, as a message: the problem document's own type gives way."""
    return {**json.loads(bytes(answer_to(error).body)), "type": "refused"}


def _asking(line: Line, visit: Visit, counter: Counter) -> Any:
    async def ask(text: str) -> None:
        try:
            turn = await take_question(counter, visit, text=text[:TEXT_LENGTH_MAX], message_key=str(uuid4()))
        except EXPECTED as error:
            await line.send(_refusal(error))
        else:
            await line.send({"type": "heard", "text": text, "turn": to_public("trn", turn)})

    return ask
