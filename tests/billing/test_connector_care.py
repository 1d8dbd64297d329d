"""Looking after connections: how they are, trying them, reading a delivery again, and what is refused when one is made."""

from datetime import timedelta

import pytest
from fakes.shop_apis import TOKEN, shop_apis
from fakes.shop_systems import payload
from test_connector_fetching import ASK, MISSED, give, origins
from test_connector_histories import LATE, Street

from billing.connection_health import ConnectionHealth, connection_health
from billing.connections import (
    ConnectionAccess,
    ConnectionMade,
    close_connection,
    connection_view,
    create_connection,
    rotate_secret,
    set_token,
)
from billing.connectors import pulling
from billing.erase_raw import erase_raw
from billing.errors import ConnectionKindUnknown, ConnectionSecretRefused, ConnectionUnknown, DeliveryUnknown, ReplayRefused
from billing.read_deliveries import DeliverySearch, deliveries
from billing.reconcile_orders import reconcile_due, shops_to_ask
from billing.refused_deliveries import note_refusal
from billing.replay_delivery import replay_delivery
from billing.try_connection import try_connection
from tenants.database import Database
from tenants.identifiers import new_id


@pytest.fixture
def shop(database: Database) -> Street:
    return Street(database, LATE)


def health(shop: Street, made: ConnectionMade) -> ConnectionHealth:
    with shop.session() as session:
        return connection_health(session, {made.connection_id: LATE}, now=shop.now)[made.connection_id]


def refuse(shop: Street, made: ConnectionMade) -> None:
    note_refusal(shop.database, connection_key=made.public_key, status=401, why="No.", headers={}, body=b"", now=shop.now)


def test_each_verdict_in_its_time(shop: Street) -> None:
    made = shop.join("shopify")
    assert health(shop, made).verdict == "new"
    shop.send(made, "shopify/orders_paid", payload("shopify/orders_paid"))
    shop.now += timedelta(minutes=3)
    assert (health(shop, made).verdict, health(shop, made).lag) == ("behind", None)
    shop.work()
    assert (health(shop, made).verdict, health(shop, made).lag) == ("good", timedelta(minutes=3))
    refuse(shop, made)
    assert (health(shop, made).verdict, health(shop, made).failing_count, health(shop, made).last_why) == ("failing", 1, "No.")
    shop.now += timedelta(minutes=1)
    shop.send(made, "shopify/refunds_create", payload("shopify/refunds_create"))
    shop.work()
    assert (health(shop, made).verdict, health(shop, made).failing_count) == ("good", 0)
    shop.now += timedelta(hours=25)
    assert (health(shop, made).verdict, health(shop, made).heard_at is None) == ("silent", False)
    shop.now += timedelta(days=30)
    assert (health(shop, made).verdict, health(shop, made).heard_at) == ("silent", None)


def test_what_waits_to_be_fetched_is_counted(shop: Street) -> None:
    made = shop.join("square")
    shop.send(made, "square/payment_updated", payload("square/payment_updated"))
    shop.work()
    assert (health(shop, made).fetch_waiting, health(shop, made).fetch_why) == (1, None)


def test_a_delivery_is_read_again_while_its_bytes_are_kept(shop: Street) -> None:
    made = shop.join("shopify")
    received = shop.send(made, "shopify/orders_paid", payload("shopify/orders_paid"))
    with shop.session() as session, pytest.raises(ReplayRefused, match="first time"):
        replay_delivery(session, event_id=received.event_id, now=shop.now)
    shop.work()
    with shop.session() as session:
        replay_delivery(session, event_id=received.event_id, now=shop.now)
    assert shop.work() == 1
    with shop.session() as session:
        erase_raw(session, event_id=received.event_id, why="request 7", now=shop.now)
        with pytest.raises(ReplayRefused, match="erased"):
            replay_delivery(session, event_id=received.event_id, now=shop.now)
        with pytest.raises(DeliveryUnknown):
            replay_delivery(session, event_id=new_id(shop.now), now=shop.now)


def test_what_waits_is_found_by_its_state(shop: Street) -> None:
    made = shop.join("shopify")
    shop.send(made, "shopify/refunds_create", payload("shopify/refunds_create"))
    shop.work()
    with shop.session() as session:
        assert [len(deliveries(session, search=DeliverySearch(state=state)).deliveries) for state in ("waiting", "handled")] == [1, 0]


def test_trying_needs_a_connection_that_takes_messages(shop: Street) -> None:
    with shop.session() as session:
        files = create_connection(
            session, name="Till", channel="till", is_order_book=True, now=shop.now, access=ConnectionAccess("csv", token="none")
        )  # fmt: skip
        for connection_id in (files.connection_id, new_id(shop.now)):
            with pytest.raises(ConnectionUnknown):
                try_connection(session, connection_id=connection_id, url="", now=shop.now)
        assert try_connection(session, connection_id=shop.book.connection_id, url="", now=shop.now)
        with pytest.raises(ConnectionUnknown):
            connection_view(session, connection_id=new_id(shop.now))
    assert shop.work() == 1


def test_secrets_and_kinds_that_cannot_be(shop: Street) -> None:
    with shop.session() as session:
        for secret in ("", "short", "with space 123456", "x" * 301, "ключ-ключ-ключ"):
            with pytest.raises(ConnectionSecretRefused):
                create_connection(
                    session, name="a", channel="b", is_order_book=True, now=shop.now, access=ConnectionAccess("stripe", secret)
                )  # fmt: skip
        with pytest.raises(ConnectionKindUnknown):
            create_connection(session, name="a", channel="b", is_order_book=True, now=shop.now, access=ConnectionAccess("fax"))
    made = shop.join("stripe")
    with shop.session() as session:
        same = rotate_secret(session, connection_id=made.connection_id, now=shop.now, secret=made.secret)
        assert (same, connection_view(session, connection_id=made.connection_id).previous_secret_until) == (made.secret, None)
        set_token(session, connection_id=made.connection_id, token="", now=shop.now)


@pytest.mark.parametrize("kind", MISSED)
def test_more_than_is_read_at_once_says_so_and_begins_again(shop: Street, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "PAGES_MAX", 1)
    with shop_apis() as apis:
        MISSED[kind][0](apis)
        made = shop.join(kind)
        give(shop, made, "ck_1:cs_1" if kind == "woocommerce" else TOKEN)
        reconcile_due(shop.database, shop.tenant_id, clock=shop.clock, ask=ASK, origins=origins(apis))
    with shop.session() as session:
        view = connection_view(session, connection_id=made.connection_id)
    assert (view.reconciled_until, "More changed than is read at once" in (view.reconcile_note or "")) == (None, True)


def test_only_shops_with_an_open_connection_that_answers_questions_are_asked(database: Database, shop: Street) -> None:
    other = Street(database, LATE)
    assert shops_to_ask(database) == [], "our own messages come by themselves"
    first, _ = other.join("shopify", "web"), other.join("square", "till")
    assert shops_to_ask(database) == [other.tenant_id]
    shop.join("stripe")
    assert shops_to_ask(database) == sorted([shop.tenant_id, other.tenant_id])
    with other.session() as session:
        close_connection(session, connection_id=first.connection_id, now=LATE)
    assert other.tenant_id in shops_to_ask(database), "another one is open"
