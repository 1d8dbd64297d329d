"""What is done with a connection is in the audit log by whom; what is refused at its door leaves a trace; pings are answered."""

import pytest
from fakes.shop_systems import HOOK_URL, changed, payload, read
from test_connector_histories import LATE, Street

from billing.connections import ConnectionAccess, ConnectionMade, create_connection
from billing.connectors.csv_columns import Columns
from billing.errors import ConnectionUnknown
from billing.import_orders import run_import, upload_file
from billing.read_deliveries import deliveries
from billing.receive_webhook import answers_ping
from billing.refused_deliveries import note_refusal, refusals
from billing.replay_delivery import replay_delivery
from billing.try_connection import try_connection
from tenants.audit import AuditFilter, audit_entries
from tenants.database import Database
from tenants.tenant import open_tenant

BY = "per_someone"


@pytest.fixture
def shop(database: Database) -> Street:
    """A shop with a tenant's row, which the audit log hangs on."""
    opened = Street(database, LATE)
    with opened.session() as session:
        open_tenant(session, name="Kestrel", time_zone="UTC", allowed_origins=(), now=LATE)
    return opened


def actions(shop: Street) -> list[str]:
    with shop.session() as session:
        return [entry.action for entry in audit_entries(session, AuditFilter(actor=BY), limit=50)]


@pytest.mark.parametrize("kind", ["shopify", "woocommerce", "stripe", "square", "generic"])
def test_every_kind_is_tried_read_again_and_books_nothing(shop: Street, kind: str) -> None:
    made = shop.join(kind)
    with shop.session() as session:
        event_id = try_connection(session, connection_id=made.connection_id, url=HOOK_URL + made.public_key, now=shop.now, by=BY)
    shop.work()
    with shop.session() as session:
        (row,) = deliveries(session).deliveries
        assert (row.state, "could be read" in (row.reason or "")) == ("handled", True)
        replay_delivery(session, event_id=event_id, now=shop.now, by=BY)
    assert (shop.work(), shop.balances(), sorted(actions(shop))) == (1, {}, ["connection.tried", "delivery.replayed"])


def test_making_and_importing_are_in_the_log(shop: Street) -> None:
    with shop.session() as session:
        made: ConnectionMade = create_connection(
            session, name="Till", channel="till", is_order_book=True, now=shop.now, access=ConnectionAccess("csv"), by=BY
        )
        import_id = upload_file(
            session, connection_id=made.connection_id, file_name="a", content=b"id,at,sum\n1,2026-11-20,1\n", now=shop.now
        )
        columns = Columns({"order": "id", "date": "at", "amount": "sum"}, "EUR")
        run_import(session, import_id=import_id, columns=columns, now=shop.now, by=BY)
    assert sorted(actions(shop)) == ["connection.made", "orders.imported"]


def test_pings_are_answered_at_addresses_of_woocommerce_only(shop: Street) -> None:
    woo, stripe = shop.join("woocommerce", "web"), shop.join("stripe", "payments")

    def answered(made: ConnectionMade, body: bytes) -> bool:
        return answers_ping(shop.database, connection_key=made.public_key, body=body)

    assert [answered(woo, b"webhook_id=7"), answered(stripe, b"webhook_id=7"), answered(woo, b"webhook_id=seven")] == [True, False, False]
    for key in ("con_nobody", woo.public_key + "\x00", "x" * 65):
        with pytest.raises(ConnectionUnknown):
            answers_ping(shop.database, connection_key=key, body=b"webhook_id=7")


def test_what_was_refused_is_seen_without_its_signature(shop: Street) -> None:
    made, headers = shop.join("shopify"), {"X-Shopify-Hmac-Sha256": "c2VjcmV0", "User-Agent": "shop"}
    for key in (made.public_key, "con_nobody"):
        kept = note_refusal(shop.database, connection_key=key, status=401, why="No.", headers=headers, body=b"{}", now=shop.now)
        assert kept == (key == made.public_key)
    with shop.session() as session:
        (one,) = refusals(session, connection_id=made.connection_id)
    assert (one.status, one.why, one.body_head) == (401, "No.", b"{}")
    assert one.headers == {"user-agent": "shop", "x-shopify-hmac-sha256": "present"}


def test_a_square_order_without_a_tip_has_none() -> None:
    document = changed(changed(payload("square/order"), "order.total_tip_money", None), "order.total_money.amount", 2520)
    (order,) = read("square/order", document).facts
    assert (getattr(order, "tip_minor"), getattr(order, "captured_minor")) == (0, 2520)  # noqa: B009 - whichever fact it is
