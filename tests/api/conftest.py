"""A House on the test database and a client that reaches the application as the network would, without a network."""

from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest
from fakes.one_app import app_of
from fakes.open_shop import OpenShop, open_shop

from app.settings import Settings
from app.wiring import House, house
from tenants.database import Database

PUBLIC, WIDGET = "http://127.0.0.1:8700", "http://localhost:8700"


@pytest.fixture
def the_house(database, tmp_path, now) -> House:
    return house(Settings(data_folder=tmp_path), database, clock=lambda: now)


@pytest.fixture
async def public(the_house: House) -> AsyncIterator[httpx.AsyncClient]:
    """The dashboard's and the merchant API's hostname. A fault inside becomes a 500, as it would in production."""
    transport = httpx.ASGITransport(app=app_of(the_house), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client:
        yield client


@pytest.fixture(scope="module")
def shop(database_for_run: Database, empty_tables: Callable[[], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenShop]:
    """The demo shop's account behind a real web process on a loopback port. A module's tests share it: each opens a talk of its own."""
    empty_tables()
    with open_shop(database_for_run, tmp_path_factory.mktemp("shop")) as opened:
        yield opened


@pytest.fixture
def panel(shop: OpenShop) -> Iterator[httpx.Client]:
    """The panel's own calls: they come from the widget's page."""
    with httpx.Client(base_url=shop.url, headers={"Origin": shop.url}, timeout=20) as client:
        yield client
