"""Repeats are known by their key; a secret is believed as it stands at the commit; one bad row takes no others with it."""

from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from shopkeeper import Shopkeeper
from sqlalchemy import event, select
from sqlalchemy.exc import DataError

from billing.connections import rotate_secret
from billing.connectors.connector import OtherBytes
from billing.errors import DeliveryContentChanged, SignatureInvalid
from billing.inbox.storing import Incoming, store
from billing.inbox.tables import InboundEvent, MerchantConnection
from billing.receive_webhook import DOORBELL_CHANNEL, Arrival, DoorwayChanged, Received, find_doorways, keep_batch, ring_for_inbox
from tenants.database import Database


@pytest.fixture
def shop(database: Database, now: datetime) -> Shopkeeper:
    return Shopkeeper(database, now)


def kept(shop: Shopkeeper) -> list[str]:
    """The keys of what is stored."""
    with shop.session() as session:
        return sorted(session.scalars(select(InboundEvent.dedupe_key)))


def rotate(shop: Shopkeeper, grace: timedelta) -> None:
    with shop.session() as session:
        rotate_secret(session, connection_id=shop.book.connection_id, now=shop.now, grace=grace)


def arrivals(shop: Shopkeeper, *told: Incoming) -> list[Arrival]:
    key = shop.book.public_key
    doorway = find_doorways(shop.database, [key, "con_nobody"])[key]
    return [Arrival(doorway, one, shop.now) for one in told]


def fetched(shop: Shopkeeper, incoming: Incoming) -> Received:
    with shop.session() as session:
        connection = session.get_one(MerchantConnection, (shop.tenant_id, shop.book.connection_id))
        return store(session, connection, incoming, now=shop.now)


def in_a_batch(shop: Shopkeeper, incoming: Incoming) -> Any:
    return keep_batch(shop.database, arrivals(shop, incoming))[0]


@pytest.mark.parametrize(
    ("other_bytes", "outcomes", "count"),
    [
        ("refuse", ["new", "repeat", "refused", "refused"], 1),
        ("repeat", ["new", "repeat", "repeat", "repeat"], 1),
        ("keep", ["new", "repeat", "new", "repeat"], 2),
    ],
)
def test_the_door_knows_what_a_known_key_with_other_bytes_means(
    shop: Shopkeeper, other_bytes: OtherBytes, outcomes: list[str], count: int
) -> None:
    told = [in_a_batch(shop, Incoming("m1", {}, body, other_bytes)) for body in (b"1", b"1", b"2", b"2")]
    words = {DeliveryContentChanged: "refused"}
    assert [words.get(type(one)) or ("repeat" if one.is_repeat else "new") for one in told] == outcomes
    assert len(kept(shop)) == len({one.event_id for one in told if isinstance(one, Received)}) == count


def test_what_we_fetch_twice_is_stored_once(shop: Shopkeeper) -> None:
    first, second = (fetched(shop, Incoming("m1", {}, body, "repeat")) for body in (b"1", b"2"))
    assert (first.is_repeat, second.is_repeat) == (False, True)
    assert first.event_id == second.event_id
    assert kept(shop) == ["m1"]


def test_what_was_verified_with_a_doorway_since_changed_is_not_stored(shop: Shopkeeper) -> None:
    waiting = arrivals(shop, Incoming("m1", {}, b"1", "refuse"))
    rotate(shop, timedelta(minutes=5))
    assert [type(one) for one in keep_batch(shop.database, waiting)] == [DoorwayChanged]
    assert kept(shop) == []


@pytest.mark.parametrize(("grace", "is_believed"), [(timedelta(), False), (timedelta(minutes=5), True)])
def test_a_secret_replaced_between_verifying_and_storing_is_verified_again(shop: Shopkeeper, grace: timedelta, is_believed: bool) -> None:
    seen: list[str] = []

    def replace(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("WITH told"):
            seen.append(statement)
            if len(seen) == 1:
                rotate(shop, grace)

    event.listen(shop.database.intake, "before_cursor_execute", replace)
    try:
        if is_believed:
            assert not shop.post(b"{}", delivery_id="m1").is_repeat
        else:
            with pytest.raises(SignatureInvalid):
                shop.post(b"{}", delivery_id="m1")
    finally:
        event.remove(shop.database.intake, "before_cursor_execute", replace)
    assert (kept(shop), len(seen)) == ((["m1"], 2) if is_believed else ([], 1))


def test_what_the_database_refuses_is_found_and_all_others_are_kept(shop: Shopkeeper) -> None:
    names = ["a", "b", "zero\x00byte", "c", "d"]
    outcomes = keep_batch(shop.database, arrivals(shop, *(Incoming(name, {}, b"{}", "refuse") for name in names)))
    assert [type(one) for one in outcomes] == [Received, Received, DataError, Received, Received]
    assert kept(shop) == ["a", "b", "c", "d"]


def test_the_bell_rings_once_for_whoever_listens(shop: Shopkeeper) -> None:
    url = shop.database.intake.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as listening:
        listening.execute(f"LISTEN {DOORBELL_CHANNEL}".encode())
        keep_batch(shop.database, arrivals(shop, Incoming("m1", {}, b"{}", "refuse")))
        assert list(listening.notifies(timeout=0.2)) == []  # a batch commits without ringing
        ring_for_inbox(shop.database)
        assert [notice.channel for notice in listening.notifies(timeout=30, stop_after=1)] == [DOORBELL_CHANNEL]
