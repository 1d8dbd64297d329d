"""A small real server with the widget's contract (app/widget/MESSAGES.md) and two shop pages, for browser tests and for looking.

It serves the product's own loader, panel and modules. The widget lives on `localhost`, the shop on 127.0.0.1, a stranger on
127.0.0.2. Knobs make it misbehave the way networks do: cut the stream, refuse a request, stay away for a while.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import jinja2
import uvicorn
from fakes import widget_mind
from fakes.widget_answers import WAITS, bare, broken_body, draw_card, listen, problem, widget_file
from fakes.widget_speech import SAMPLE_RATE_HZ, say
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from app.api.widget_press import widget_fingerprint
from avatar_pipeline.speak import loop_of

WIDGET = Path(__file__).parents[2] / "app" / "widget"
TEMPLATES = jinja2.Environment(loader=jinja2.FileSystemLoader(WIDGET), autoescape=True)
KEY = "wk_test"
EMPLOYEE = {
    "id": "emp_1",
    "name": "Amara",
    "job_title": "Coffee counter",
    "poster_url": "/w/faces/amara/poster.webp",
    "badge_url": "/w/faces/amara/badge.webp",
}
NOTICE = "Amara is an AI."
PING_EVERY = 250  # looks of 20 ms: a sign of life before the panel takes the line for dead
SUGGESTIONS = ["How much is a flat white?", "Can I return beans?", "Any discount today?"]
SHOP_POLICY = "default-src 'none'; script-src {w}; connect-src 'self' {w}; img-src {w}; frame-src {w}; style-src 'self'"
FRAME_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; "
    "frame-ancestors {shop}; base-uri 'none'; form-action 'none'"
)


@dataclass
class Conversation:
    """One conversation's events, in order; the number of an event is its place, from 1."""

    events: list[dict[str, Any]] = field(default_factory=list)
    cut: set[str] = field(default_factory=set)
    running: "asyncio.Task[None] | None" = None


@dataclass
class Misbehaviour:
    """What goes wrong, until a test says otherwise."""

    cut_stream_after: list[int] = field(default_factory=list)  # events per connection, one entry per connection, then no cuts
    is_line_down: bool = False  # her line ends at once and stays refused
    refuse_streams: int = 0
    refuse_opening: int = 0
    refuse_messages: int = 0
    drop_answer_to_message: int = 0  # the message is taken, the answer never arrives
    thinking_s: float = 0.05


class WidgetHouse:
    """The running server. `seen` lists what the browser asked of it."""

    def __init__(self, poster: bytes, rig: bytes | None = None, idle: dict[str, Any] | None = None, *, badge: bytes | None = None) -> None:
        self.poster, self.rig, self.idle, self.badge = poster, rig, idle, badge or poster
        self.misbehaviour = Misbehaviour()
        self.haste = 1.0  # how many times quicker than a person she speaks
        self.conversations: dict[str, Conversation] = {}
        self.sounds: dict[str, bytes] = {}
        self.turns: dict[str, str] = {}
        self.seen: list[tuple[str, Any]] = []
        self.remembered: list[str] = []
        self._sockets = [listen("127.0.0.1", 0)]
        self.port = self._sockets[0].getsockname()[1]
        self._sockets.append(listen("127.0.0.2", self.port))
        self.shop_url, self.widget_url, self.stranger_url = (
            f"http://{host}:{self.port}" for host in ("127.0.0.1", "localhost", "127.0.0.2")
        )
        self._server = uvicorn.Server(uvicorn.Config(self._app(), log_level="critical", timeout_graceful_shutdown=1, lifespan="off"))
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve(sockets=self._sockets)), daemon=True)

    def start(self) -> "WidgetHouse":
        self._thread.start()
        while not self._server.started:
            threading.Event().wait(0.01)
        return self

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=5)

    def asked(self, kind: str) -> list[Any]:
        """What was asked of one kind."""
        return [value for name, value in self.seen if name == kind]

    def _app(self) -> Starlette:
        talk = f"/w/{KEY}/conversations/{{conversation}}"
        return Starlette(
            routes=[
                Route("/shop", self._shop), Route("/bare", bare), Route("/tillhand-token", self._token),
                Route("/w/faces/amara/{state}.json", self._waits),
                Route("/w/loader.js", self._loader), Route("/w/static/{path:path}", self._static),
                Route(f"/w/{KEY}/boot", self._boot), Route(f"/w/{KEY}/frame", self._frame),
                Route(f"/w/{KEY}/conversations", self._open, methods=["POST"]),
                Route(f"{talk}/messages", self._message, methods=["POST"]), Route(f"{talk}/interrupt", self._interrupt, methods=["POST"]),
                Route(f"{talk}/offers/{{code}}/claimed", self._claim, methods=["POST"]),
                Route(f"{talk}/offers/{{code}}/shown", self._shown, methods=["POST"]),
                Route(f"{talk}/notes", self._note, methods=["POST"]), Route(f"{talk}/say", self._say, methods=["POST"]),
                Route(f"{talk}/identity", self._told, methods=["POST"]), Route(f"{talk}/happenings", self._told, methods=["POST"]),
                Route(f"{talk}/memory", self._memory, methods=["GET", "DELETE"]), Route(f"{talk}/cards/{{turn}}", draw_card),
                Route(f"{talk}/events", self._events), Route("/w/audio/{name}.wav", self._audio), Route("/w/faces/{path:path}", self._face),
            ]
        )  # fmt: skip

    async def _shop(self, request: Request) -> Response:
        page = (Path(__file__).parents[1] / "browser" / "pages" / "shop.html").read_text()
        attributes = "".join(
            f' data-{name}="{value}"'
            for name, value in request.query_params.items()
            if name in {"consent", "theme", "mode", "target", "teaser", "language"}
        )
        policy = SHOP_POLICY.format(w=self.widget_url)
        key = "" if "keyless" in request.query_params else f' data-key="{KEY}"'
        body = page.replace("{{ loader }}", f'<script async src="{self.widget_url}/w/loader.js"{key}{attributes}></script>')
        return HTMLResponse(body, headers={"Content-Security-Policy": policy})

    async def _token(self, _: Request) -> Response:
        return Response("header.claims.signature", media_type="text/plain")

    async def _waits(self, request: Request) -> Response:
        self.seen.append(("state", request.url.path))
        made = self.idle if request.path_params["state"] == "idle" else loop_of(request.path_params["state"], 3).to_json()
        return JSONResponse(made, headers={"Cache-Control": "max-age=86400"})

    async def _loader(self, _: Request) -> Response:
        return widget_file("loader.js")

    async def _static(self, request: Request) -> Response:
        return widget_file(request.path_params["path"].removeprefix(f"{widget_fingerprint()}/"))

    async def _boot(self, request: Request) -> Response:
        self.seen.append(("boot", dict(request.query_params)))
        origin = request.headers.get("origin", "")
        if origin != self.shop_url:
            return problem(403, "This shop does not know the page.")
        labels = {"title": "Talk to Amara", "dismiss": "Dismiss"}
        boot = {"employee": EMPLOYEE, "teaser": "Hi! Looking for beans, or a gift?", "notice": NOTICE, "frame_url": f"/w/{KEY}/frame",
                "arm": "treated", "position": "right", "language": "en", "labels": labels}  # fmt: skip
        return JSONResponse(boot, headers={"Access-Control-Allow-Origin": origin, "Vary": "Origin"})

    async def _frame(self, request: Request) -> Response:
        self.seen.append(("frame", request.url.query))
        language = request.query_params.get("language", "en")
        texts = json.loads((WIDGET / "texts" / f"{language}.json").read_text())
        template = TEMPLATES.get_template("panel.html")
        page = template.render(
            key=KEY, origins=[self.shop_url], language=language, texts=texts, employee=EMPLOYEE, notice=NOTICE,
            shop_name="Kestrel Coffee & Snacks", suggestions=SUGGESTIONS, microphone=True, memory=True,
            files=f"/w/static/{widget_fingerprint()}",
        )  # fmt: skip
        return HTMLResponse(page, headers={"Content-Security-Policy": FRAME_POLICY.format(shop=self.shop_url)})

    async def _open(self, request: Request) -> Response:
        body = await request.json()
        self.seen.append(("open", body))
        if self.misbehaviour.refuse_opening:
            self.misbehaviour.refuse_opening -= 1
            return problem(503, "The shop is being prepared. Try again in a minute.")
        name = body.get("resume", "").removeprefix("token-") or f"cnv_{len(self.conversations) + 1}"
        is_known = name in self.conversations
        conversation = self.conversations.setdefault(name, Conversation())
        if not is_known:
            conversation.running = asyncio.create_task(self._answer(conversation, f"trn_{name}_0", None, None))
        return JSONResponse(
            {"conversation": name, "token": f"token-{name}", "events_url": f"/w/{KEY}/conversations/{name}/events", "employee": EMPLOYEE,
             "rig_url": "/w/faces/amara/chat.rig" if self.rig else None, "idle": "/w/faces/amara/idle.json" if self.idle else None,
             "states": WAITS if self.idle else {}, "history_until": len(conversation.events) if is_known else 0},
            status_code=201,
        )  # fmt: skip

    async def _message(self, request: Request) -> Response:
        conversation, key = self.conversations[request.path_params["conversation"]], request.headers["idempotency-key"]
        body = await request.json()
        self.seen.append(("message", (key, body["text"])))
        if self.misbehaviour.refuse_messages:
            self.misbehaviour.refuse_messages -= 1
            return problem(503, "Too busy. Try again.")
        if key not in self.turns:
            self.turns[key] = f"trn_{uuid4().hex[:8]}"
            conversation.running = asyncio.create_task(self._answer(conversation, self.turns[key], body["text"], key))
        if self.misbehaviour.drop_answer_to_message:
            self.misbehaviour.drop_answer_to_message -= 1
            return StreamingResponse(broken_body(), media_type="application/json", headers={"Content-Length": "100"})
        return JSONResponse({"turn": self.turns[key]}, status_code=202)

    async def _interrupt(self, request: Request) -> Response:
        body = await request.json()
        self.seen.append(("interrupt", body))
        self.conversations[request.path_params["conversation"]].cut.add(body["turn"])
        return Response(status_code=204)

    async def _claim(self, request: Request) -> Response:
        self.seen.append(("claim", request.path_params["code"]))
        return Response(status_code=204)

    async def _shown(self, request: Request) -> Response:
        self.seen.append(("shown", request.path_params["code"]))
        return Response(status_code=204)

    async def _note(self, request: Request) -> Response:
        self.seen.append(("note", await request.json()))
        return JSONResponse({"note": "nte_1"}, status_code=201)

    async def _told(self, request: Request) -> Response:
        kind, body = request.url.path.rpartition("/")[2], await request.json()
        self.seen.append((kind, body))
        return (
            problem(422, "The token is not signed with this shop's secret.") if body.get("token") == "forged" else Response(status_code=204)
        )

    async def _memory(self, request: Request) -> Response:
        self.seen.append(("memory", request.method))
        self.remembered = [] if request.method == "DELETE" else self.remembered
        return JSONResponse({"consent": None, "facts": [{"sentence": one} for one in self.remembered]})

    async def _say(self, request: Request) -> Response:
        text = (await request.json())["text"]
        self.seen.append(("say", text))
        return JSONResponse({"sentences": [{"text": text, "citations": [], **self._spoken(text, 0, is_mute=False)}]})

    async def _answer(self, conversation: Conversation, turn: str, question: str | None, key: str | None) -> None:
        steps = widget_mind.think(question) if question else [("sentence", {"text": one, "citations": []}) for one in widget_mind.GREETING]
        conversation.events.append({"type": "turn:start", "turn": turn, "question": question, "key": key})
        number, is_mute = 0, False
        for kind, content in steps:
            await asyncio.sleep(self.misbehaviour.thinking_s)
            if turn in conversation.cut:
                break
            is_mute = is_mute or kind == "mute"
            if kind == "sentence":
                number += 1
            if kind != "mute":
                sound = self._spoken(content["text"], number - 1, is_mute) if kind == "sentence" else {}
                conversation.events.append({"type": kind, "turn": turn, **content, **sound})
        conversation.events.append({"type": "turn:end", "turn": turn, "sentences": number, "interrupted": turn in conversation.cut})

    def _spoken(self, text: str, number: int, is_mute: bool) -> dict[str, Any]:
        head = {"n": number, "sample_rate_hz": SAMPLE_RATE_HZ, "lang": "en"}
        if is_mute:
            return head | {"audio_url": None, "sample_count": 0, "words": [], "score": None}
        speech = say(text, self.haste)
        self.sounds[speech.sha256] = speech.wav
        sound = {"audio_url": f"/w/audio/{speech.sha256}.wav", "sample_count": speech.sample_count}
        return head | sound | {"words": speech.words, "score": speech.score}

    async def _events(self, request: Request) -> Response:
        last_id = request.headers.get("last-event-id")
        self.seen.append(("stream", (last_id, request.headers.get("authorization"))))
        if self.misbehaviour.is_line_down:
            return problem(503, "Come back later.")
        if self.misbehaviour.refuse_streams:
            self.misbehaviour.refuse_streams -= 1
            return problem(503, "Come back soon.")
        cuts = self.misbehaviour.cut_stream_after
        conversation, limit = self.conversations[request.path_params["conversation"]], cuts.pop(0) if cuts else None
        return StreamingResponse(self._stream(conversation, int(last_id or 0), limit), media_type="text/event-stream")

    async def _stream(self, conversation: Conversation, last_id: int, limit: int | None) -> AsyncIterator[str]:
        sent = quiet = 0
        yield ": ping\n\n"
        while not (self._server.should_exit or self.misbehaviour.is_line_down):
            while last_id < len(conversation.events):
                if limit is not None and sent >= limit:
                    yield f'id: {last_id + 1}\ndata: {{"type"'  # half an event, then the line is dead
                    return
                last_id, sent = last_id + 1, sent + 1
                yield f"id: {last_id}\ndata: {json.dumps(conversation.events[last_id - 1])}\n\n"
            quiet += 1
            if quiet % PING_EVERY == 0:
                yield ": ping\n\n"
            await asyncio.sleep(0.02)

    async def _audio(self, request: Request) -> Response:
        sound = self.sounds.get(request.path_params["name"])
        return Response(sound, media_type="audio/wav") if sound else problem(404, "There is no such sound.")

    async def _face(self, request: Request) -> Response:
        path = request.url.path
        content = self.rig if path.endswith(".rig") else self.badge if "badge" in path else self.poster
        return Response(content, media_type="application/octet-stream" if request.url.path.endswith(".rig") else "image/webp")
