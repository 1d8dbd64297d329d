"""Hands for tests of codes made in other systems: a connection to each, an offer made there, the worker's round, what became of it."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from fakes.till_apis import TOKEN, WOO_TOKEN, TillApis, till_apis
from shopkeeper import Shopkeeper
from sqlalchemy import select

from billing.connections import ConnectionAccess, create_connection
from billing.connectors.saying import SayOverHttps
from billing.make_codes import make_codes_due
from billing.read_makers import MakerView, maker_of
from tenants.database import Database
from tenants.tables import OutboxEvent
from tenants.tenant import open_tenant

KINDS = ("shopify", "woocommerce", "stripe")
SECRETS = {"shopify": "shpss_0123456789abcdef", "stripe": "whsec_0123456789abcdef", "square": "square-key-0123456789"}


@pytest.fixture(scope="module")
def program() -> Iterator[TillApis]:
    with till_apis() as running:
        yield running


@pytest.fixture
def apis(program: TillApis) -> TillApis:
    program.codes, program.coupons, program.faults, program.refusal, program.currency = {}, {}, [], "", "EUR"
    program.no_coupons = ""
    program.asked.clear()
    return program


@pytest.fixture
def shop(database: Database, now: Any) -> Shopkeeper:
    opened = Shopkeeper(database, now)
    with opened.session() as session:
        open_tenant(session, name="Kestrel", time_zone="UTC", allowed_origins=(), now=now)
    return opened


def connect(shop: Shopkeeper, kind: str, *, token: str | None = None, **settings: Any) -> UUID:
    own = WOO_TOKEN if kind == "woocommerce" else TOKEN
    access = ConnectionAccess(kind, SECRETS.get(kind, ""), own if token is None else token, settings)
    with shop.session() as session:
        return create_connection(session, name=kind, channel=f"{kind} shop", is_order_book=False, now=shop.now, access=access).connection_id


def offer_made_in(shop: Shopkeeper, connection_id: UUID, *, ready: int = 3, **changed: Any) -> UUID:
    return shop.offer(draws_codes=True, made_in=connection_id, codes_ready=ready, **changed)


def work(shop: Shopkeeper, apis: TillApis, *, away: bool = False) -> int:
    origins = {} if away else dict.fromkeys(KINDS, apis.url)
    return make_codes_due(shop.database, shop.tenant_id, clock=shop.clock, say=SayOverHttps(is_loopback_allowed=True), origins=origins)


def view(shop: Shopkeeper, offer_id: UUID) -> MakerView:
    with shop.session() as session:
        found = maker_of(session, offer_id=offer_id)
    assert found is not None
    return found


def told(shop: Shopkeeper) -> list[dict[str, Any]]:
    with shop.session() as session:
        return [event.payload for event in session.scalars(select(OutboxEvent).where(OutboxEvent.name == "CodesNotMade"))]
