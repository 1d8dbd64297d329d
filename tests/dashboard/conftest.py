"""The whole web application on a real database, with a clock that stands still until a test moves it, and a browser-like client."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from fakes.dashboard_person import Hands, sign_in
from fakes.one_app import app_of
from fakes.shop_history import PASSWORD, Shop, fixed_vectors, open_shop, routed

from app.settings import Settings
from app.wiring import House
from avatar_pipeline.voice import Voice
from tenants.database import Database
from tenants.identifiers import new_id
from tenants.sign_in import add_member

PUBLIC = "http://127.0.0.1:8700"


def no_voice(voice_id: str) -> Voice:
    raise AssertionError(f"The dashboard never speaks, but asked for {voice_id}.")


@pytest.fixture
def hands(now: datetime) -> Hands:
    return Hands(now)


@pytest.fixture
def house(database: Database, hands: Hands, tmp_path: Path) -> House:
    settings = Settings(data_folder=tmp_path, public_url=PUBLIC, widget_url="http://localhost:8700")
    return House(
        settings=settings, database=routed(database), clock=lambda: hands.now, embed=fixed_vectors, voice=no_voice, media_folder=tmp_path
    )


@pytest.fixture
async def visitor(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """Someone who is not signed in."""
    transport = httpx.ASGITransport(app=app_of(house))
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client:
        yield client


@pytest.fixture
def shop(house: House, tenant_id: UUID, now: datetime) -> Shop:
    """A shop opened twenty days ago, with nothing told yet."""
    return open_shop(house.database, tenant_id, now=now - timedelta(days=19), email="robin@kestrel.example")


@pytest.fixture
def neighbour(house: House, now: datetime) -> Shop:
    """Another shop in the same database."""
    return open_shop(house.database, new_id(now), now=now - timedelta(days=19), email="kim@harbour.example", name="Harbour Books")


@pytest.fixture
async def member(visitor: httpx.AsyncClient, shop: Shop) -> httpx.AsyncClient:
    """The shop's owner, signed in."""
    answer = await sign_in(visitor, shop.email)
    assert answer.status_code == 303, answer.text
    return visitor


@pytest.fixture
async def kim(house: House, shop: Shop, now) -> AsyncIterator[httpx.AsyncClient]:
    """A colleague of the staff, signed in."""
    with house.database.tenant_session(shop.tenant_id) as session:
        add_member(session, email="kim@kestrel.example", password=PASSWORD, display_name="Kim Low", role="staff", now=now)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app_of(house)), base_url=PUBLIC) as client:
        assert (await sign_in(client, "kim@kestrel.example")).status_code == 303
        yield client
