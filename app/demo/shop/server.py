"""Opens the shop: one small web application of its own, on its own origin, that reaches Tillhand only over HTTP."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from app.demo.shop import back_office, checkout, storefront
from app.demo.shop.arrangement import ShopArrangement
from app.demo.shop.cart import Carts
from app.demo.shop.catalogue import read_price_list
from app.demo.shop.counter import FOLDER, Counter, counter_of, page_drawer
from app.demo.shop.coupon_desk import CouponDesk
from app.demo.shop.courier import Courier
from app.demo.shop.doors import Doors
from app.demo.shop.journal import Journal
from app.demo.shop.order_book import OrderBook
from app.demo.shop.till import Till

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """The shop's own clock: it is another company's program and asks its own machine for the time."""
    return datetime.now(UTC)


def create_shop(arrangement: ShopArrangement, *, clock: Clock = wall_clock, client: httpx.Client | None = None) -> FastAPI:
    """Build the shop. Serve it with uvicorn; the courier starts and stops with it.

    Raises PriceListUnusable, JournalDamaged or WebhookSecretInvalid (at the first delivery) when what it was told makes no shop.
    """
    counter = _open_counter(arrangement, clock, client or httpx.Client())
    shop = FastAPI(title="Kestrel Coffee & Snacks", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan)
    shop.state.counter = counter
    shop.mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")
    for room in (storefront, checkout, back_office):
        shop.include_router(room.router)
    shop.add_exception_handler(HTTPException, _not_here)
    shop.add_exception_handler(RequestValidationError, _form_incomplete)
    shop.add_middleware(Doors, shop_url=arrangement.shop_url, widget_url=arrangement.widget_url)
    return shop


def _open_counter(arrangement: ShopArrangement, clock: Clock, client: httpx.Client) -> Counter:
    catalogue = read_price_list(arrangement.price_list)
    book = OrderBook(Journal(arrangement.journal))
    desk = CouponDesk(client, api_url=arrangement.api_url, api_key=arrangement.api_key)
    courier = Courier(arrangement, book, client, clock)
    till = Till(catalogue, book, desk, clock=clock, wake=courier.wake)
    return Counter(arrangement, catalogue, Carts(clock), book, desk, courier, till, clock, page_drawer())


@asynccontextmanager
async def _lifespan(shop: FastAPI) -> AsyncIterator[None]:
    courier = shop.state.counter.courier
    courier.start()
    try:
        yield
    finally:
        courier.stop()


async def _not_here(request: Request, error: Exception) -> HTMLResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    sentence = "We have no such page." if status == 404 else "That did not work here."
    return _apology(request, status, sentence)


async def _form_incomplete(request: Request, _error: Exception) -> HTMLResponse:
    return _apology(request, 422, "Something in that form was missing or not readable. Please go back and try again.")


def _apology(request: Request, status: int, sentence: str) -> HTMLResponse:
    counter = counter_of(request)
    return counter.page("apology.html", counter.visit(request), status=status, sentence=sentence)
