"""The owner's browser before the pages of Teach, and a worker that reads, examines and delivers when it is told to."""

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from html import unescape

import httpx
from fakes.dashboard_person import Hands, field, sign_in
from fakes.one_app import app_of
from fakes.open_shop import remembering_embedder
from fakes.shop_history import Shop

from app.conversations.embeddings import Embedder
from app.conversations.golden_run import examine_waiting
from app.conversations.teach_work import read_waiting
from app.dashboard.routes_teach import teach_path
from app.flows import VERBS
from app.speaking.rehearsal import rehearsal_powers
from app.wiring import House
from tenants.outbox import deliver_due

PUBLIC = "http://127.0.0.1:8700"


@dataclasses.dataclass
class School:
    """The owner's browser, and the worker, whose clock moves on with every thing it does."""

    client: httpx.AsyncClient
    house: House
    shop: Shop
    hands: Hands

    @property
    def path(self) -> str:
        return teach_path(self.shop.employee_id)

    async def page(self, rest: str = "") -> str:
        answer = await self.client.get(self.path + rest)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    async def send(self, action: str, **fields: str) -> httpx.Response:
        csrf_token = field((await self.client.get(self.path)).text, "csrf_token")
        return await self.client.post(action, data={"csrf_token": csrf_token, **fields})

    async def hand_in(self, name: str, body: bytes = b"", *, text: str = "", media_type: str = "", called: str = "") -> httpx.Response:
        csrf_token = field((await self.client.get(self.path)).text, "csrf_token")
        files = {"file": (name, body, media_type or "application/octet-stream")}
        return await self.client.post(f"{self.path}/documents", data={"csrf_token": csrf_token, "name": called, "text": text}, files=files)

    def work(self, embed: Embedder = remembering_embedder) -> int:
        """Read, examine and deliver until nothing is due."""
        database, done = self.house.database, 0
        powers = rehearsal_powers(database, self.house.clock)
        while True:
            self.hands.now += timedelta(seconds=1)
            step = read_waiting(database, embed, clock=self.house.clock)
            step += deliver_due(database, VERBS, clock=self.house.clock)
            step += examine_waiting(database, embed, powers, clock=self.house.clock)
            if not step:
                return done
            done += step


@asynccontextmanager
async def open_school(house: House, shop: Shop, hands: Hands) -> AsyncIterator[School]:
    """The owner, signed in, in a house whose vectors are made of words."""
    taught = dataclasses.replace(house, embed=remembering_embedder)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app_of(taught)), base_url=PUBLIC) as client:
        await sign_in(client, shop.email)
        yield School(client, taught, shop, hands)
