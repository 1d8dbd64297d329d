"""The guide over HTTP, as anybody reads it: no database is needed for its pages."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from app.guide import pages as guide


@pytest.fixture
async def reader() -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is not signed in, reading the guide alone."""
    app = FastAPI()
    app.include_router(guide.router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://guide.example") as client:
        yield client
