"""The web process: one FastAPI application on two hostnames, the dashboard's and the widget's.

The dashboard's three hundred routes lie in the application's own list. An included router is looked through again at each level that
includes it, and is built once more for every application: that took up to half of a light page's time and half a second of each start.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from app.api import coupons, health, links, payments, reading, webhooks, widget
from app.api.errors import add_error_handlers
from app.api.hostnames import OneHostnameEach
from app.api.webhook_door import WebhookDoor
from app.dashboard import routes as dashboard
from app.guide import pages as guide
from app.wiring import House

HERE = Path(__file__).parent
UNTRACED: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""Asking at every request whether somebody traces it took a fifth of the webhooks' time."""
VENDOR_FOLDER = HERE.parent / "node_modules"
API_ROUTERS = (health.router, webhooks.router, payments.router, coupons.router, reading.router, links.router, widget.router)


class Tillhand(FastAPI):
    """The application, and before all of it the webhooks' door, which passes on what is no delivery."""

    door: WebhookDoor | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self.door is None or not await self.door.answers(self, scope, receive, send):
            await super().__call__(scope, receive, send)


def create_app(house: House) -> FastAPI:
    """Build the application around wired parts. Nothing is contacted before the first request."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        house.database.dispose()

    app = Tillhand(
        title="Tillhand", version="1", docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json", lifespan=lifespan,
        telemetry=UNTRACED,
    )  # fmt: skip
    app.state.house = house
    add_error_handlers(app)
    for router in API_ROUTERS:
        app.include_router(router)
    app.router.routes.extend(dashboard.router.routes)
    app.include_router(guide.router)
    app.mount("/static/vendor", StaticFiles(directory=VENDOR_FOLDER / "htmx.org" / "dist", check_dir=False), name="vendor")
    hostnames = {
        "public": urlsplit(house.settings.public_url).hostname or "",
        "widget": urlsplit(house.settings.widget_url).hostname or "",
    }
    app.add_middleware(OneHostnameEach, **hostnames)
    app.door = WebhookDoor(hostnames["public"])
    return app
