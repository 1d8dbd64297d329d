"""One application for many tests: what it does at its first request is done once, and each test brings its own house."""

from functools import cache
from typing import Any

from fastapi import FastAPI

from app.main import create_app
from app.wiring import House


@cache
def _built(public_url: str, widget_url: str) -> list[FastAPI]:
    return []


def app_of(house: House) -> Any:
    """The application around this house. What another house's requests have left in it is forgotten before the next request."""
    kept = _built(house.settings.public_url, house.settings.widget_url)
    if not kept:
        kept.append(create_app(house))
    app = kept[0]

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if app.state.house is not house:
            app.state._state.clear()
            app.state.house = house
        await app(scope, receive, send)

    return serve
