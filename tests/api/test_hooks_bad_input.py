"""Whatever is sent to a merchant's door, of whichever kind: the right status, a problem document, never a 500, and bounded traces."""

import json

import pytest
from fakes.shop_systems import SECRETS, payload, signed
from sqlalchemy import func, select
from test_hooks_and_till import is_problem

from billing.connections import ConnectionAccess, create_connection, rotate_secret
from billing.connectors.tables import RefusedDelivery
from billing.handle_inbox import handle_inbox
from billing.read_deliveries import deliveries
from billing.refused_deliveries import HEAD_BYTES, KEPT_MAX, note_refusal, refusals
from tenants.identifiers import new_id
from tenants.tenant import open_tenant

SHAPES = {
    "shopify": "shopify/orders_paid", "woocommerce": "woocommerce/order_updated", "stripe": "stripe/checkout_session_completed",
    "square": "square/payment_updated",
}  # fmt: skip
BODIES = {
    "truncated": b'{"id":"1","type":"x","data":{"obj',
    "not UTF-8": b'{"id":"\xff\xfe"}',
    "nested": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "lists": b"[" * 100_000,
    "empty": b"",
    "no object": b"[1]",
    "unknown topic": b'{"id":"evt_1","event_id":"e","type":"weather.changed","data":{}}',
    "a repeated name": b'{"id":1,"id":2}',
    "zero bytes": b'{"id":"\\u0000","type":"\\u0000"}',
}


@pytest.fixture
def connect(database, tenant_id, now):
    """Make a connection of one kind for a shop."""

    def made(kind, tenant=tenant_id):
        with database.tenant_session(tenant) as session:
            access = ConnectionAccess(kind, SECRETS.get(kind, ""))
            return create_connection(session, name=kind, channel=kind, is_order_book=True, now=now, access=access)

    for one in (tenant_id,):
        with database.tenant_session(one) as session:
            open_tenant(session, name="Kestrel", time_zone="UTC", allowed_origins=("http://127.0.0.2:8701",), now=now)
    return made


async def post(public, kind, made, body, now, *, secret=None, **extra):
    headers = signed(
        kind, body, secret or made.secret, now=now, key=made.public_key, name=SHAPES[kind], url="http://127.0.0.1:8700/api/v1/hooks/"
    )
    return await public.post(
        f"/api/v1/hooks/{made.public_key}", content=body, headers={"content-type": "application/json", **headers, **extra}
    )


@pytest.mark.parametrize("kind", SHAPES)
async def test_the_whole_table(public, database, connect, tenant_id, now, kind):
    made, good = connect(kind), json.dumps(payload(SHAPES[kind])).encode()
    address = f"/api/v1/hooks/{made.public_key}"
    assert is_problem(await public.post(address, content=good, headers={"content-type": "application/json"}), 401)
    assert is_problem(await post(public, kind, made, good, now, secret="another-secret-of-length"), 401)
    assert is_problem(await post(public, kind, made, b" " * 20_000_000, now), 413)
    assert is_problem(await post(public, kind, made, good, now, **{"content-type": "text/csv"}), 415)
    for body in BODIES.values():
        assert (await post(public, kind, made, body, now)).status_code == 202
    assert (await post(public, kind, made, good, now)).status_code == 202
    handle_inbox(database, clock=lambda: now)
    with database.tenant_session(tenant_id) as session:
        rows = deliveries(session, limit=50).deliveries
        assert {row.state for row in rows} == {"handled", "set_aside"}
        assert all(row.reason for row in rows if row.state == "set_aside")
        statuses = [one.status for one in refusals(session, connection_id=made.connection_id)]
    assert sorted(statuses) == [401, 401, 413, 415]


@pytest.mark.parametrize("kind", SHAPES)
async def test_an_old_secret_after_its_grace_and_another_shops_connection(public, database, connect, tenant_id, now, kind):
    made, other = connect(kind), new_id(now)
    with database.tenant_session(other) as session:
        open_tenant(session, name="Harbour", time_zone="UTC", allowed_origins=(), now=now)
    theirs = connect(kind, other)
    with database.tenant_session(other) as session:
        theirs_now = rotate_secret(session, connection_id=theirs.connection_id, now=now, secret="their-own-secret-0123")
    with database.tenant_session(tenant_id) as session:
        rotate_secret(session, connection_id=made.connection_id, now=now, grace=now - now, secret="a-newer-secret-0123")
    assert is_problem(await post(public, kind, made, b"{}", now), 401)
    assert is_problem(await post(public, kind, made, b"{}", now, secret=theirs_now), 401)
    with database.tenant_session(other) as session:
        assert deliveries(session).deliveries == ()
        assert refusals(session, connection_id=theirs.connection_id) == []


async def test_pings_of_woocommerce_get_exactly_200(public, connect):
    made = connect("woocommerce")
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = await public.post(f"/api/v1/hooks/{made.public_key}", content=b"webhook_id=17", headers=form)
    assert answer.status_code == 200
    for body in (b"webhook_id=x", b"webhook_id=1&more=2", b"x" * 100):
        assert (await public.post(f"/api/v1/hooks/{made.public_key}", content=body, headers=form)).status_code in (413, 415)


def test_traces_of_refusals_are_a_ring_without_secrets(database, connect, tenant_id, now):
    made = connect("shopify")
    headers = {
        "X-Shopify-Hmac-Sha256": "c2VjcmV0",
        "Authorization": "Bearer sk",
        "Cookie": "x",
        "User-Agent": "a\x00b",
        "Content-Type": "text/csv",
    }
    for number in range(3):
        assert note_refusal(
            database, connection_key=made.public_key, status=401, why="no", headers=headers, body=b"x" * 10_000 + bytes([number]), now=now
        )  # fmt: skip
    assert not note_refusal(database, connection_key="con_nobody", status=401, why="no", headers={}, body=b"", now=now)
    with database.tenant_session(tenant_id) as session:
        kept = refusals(session, connection_id=made.connection_id)[0]
    assert (len(kept.body_head), kept.body_length_bytes) == (HEAD_BYTES, 10_001)
    assert kept.headers == {"content-type": "text/csv", "x-shopify-hmac-sha256": "present"}
    with database.intake_session() as session:
        row = {"tenant_id": tenant_id, "connection_id": made.connection_id, "refused_at": now, "status": 401, "why": "", "headers": {}}
        rows = [{**row, "refused_id": new_id(now), "body_head": b"", "body_length_bytes": 0} for _ in range(KEPT_MAX)]
        session.execute(RefusedDelivery.__table__.insert(), rows)
    note_refusal(database, connection_key=made.public_key, status=413, why="last", headers={}, body=b"", now=now)
    with database.tenant_session(tenant_id) as session:
        assert session.scalar(select(func.count()).select_from(RefusedDelivery)) == KEPT_MAX
