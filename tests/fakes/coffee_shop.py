"""An open shop for the tests: real pages, till, journal and courier, with a small fake of Tillhand's API behind its telephone."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fakes.fake_tillhand_api import FakeTillhand
from fastapi import FastAPI

from app.demo.shop.arrangement import ShopArrangement
from app.demo.shop.counter import Counter
from app.demo.shop.server import create_shop

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KNOWLEDGE = Path(__file__).parents[2] / "app" / "demo" / "knowledge"
SHOP_URL, WIDGET_URL = "http://shop.test", "http://widget.test"


@dataclass
class HandClock:
    """A clock that moves only when a test moves it."""

    now: datetime = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Browser:
    """A browser without script: keeps cookies, follows redirects, and reaches the shop without a socket."""

    def __init__(self, shop: FastAPI) -> None:
        self._shop = shop
        self.cookies = httpx.Cookies()

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self._run(self._request("GET", path, more))

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self._run(self._request("POST", path, more))

    def _run(self, visit: Coroutine[Any, Any, httpx.Response]) -> httpx.Response:
        """In a thread of its own: the test's thread may hold a loop already, as when Playwright ran before."""
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, visit).result()

    async def _request(self, method: str, path: str, more: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self._shop, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url=SHOP_URL, cookies=self.cookies, follow_redirects=True) as client:
            answer = await client.request(method, path, **more)
            self.cookies = client.cookies
            return answer


@dataclass
class OpenShop:
    """A shop whose courier walks only when a test sends it."""

    browser: Browser
    counter: Counter
    tillhand: FakeTillhand
    clock: HandClock
    arrangement: ShopArrangement

    def carry(self) -> int:
        return self.counter.courier.deliver_due()

    def fill_cart(self, **marks: str) -> None:
        for slug, quantity in (("flat-white-large", "3"), ("lantern-beans-250", "2")):
            answer = self.browser.post("/cart/add", data={"slug": slug, "quantity": quantity, **marks})
            assert answer.status_code == 200

    def buy(self, *, payment: str = "card", buyer: str = "Robin") -> str:
        receipt = self.browser.post("/checkout", data={"buyer": buyer, "payment": payment})
        assert receipt.status_code == 200
        return str(receipt.url).rpartition("/")[2]


def open_shop(folder: Path, tillhand: FakeTillhand, clock: HandClock) -> OpenShop:
    arrangement = ShopArrangement(
        shop_url=SHOP_URL, api_url="http://tillhand.test", api_key=tillhand.api_key, connection_key="con_test", webhook_secret=SECRET,
        widget_url=WIDGET_URL, widget_key="wk_test", price_list=KNOWLEDGE / "price_list.csv", journal=folder / "journal.jsonl",
    )  # fmt: skip
    shop = create_shop(arrangement, clock=clock, client=httpx.Client(transport=httpx.MockTransport(tillhand.answer)))
    return OpenShop(Browser(shop), shop.state.counter, tillhand, clock, arrangement)
