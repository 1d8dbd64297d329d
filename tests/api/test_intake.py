"""The busy door: many deliveries in one commit, a secret believed exactly as long as it holds, and 503 before memory grows."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import DataError, OperationalError

from app.api.errors import ApiProblem
from app.api.intake import WAITING_BYTES_MAX, WAITING_MAX, Intake
from billing.connections import close_connection, create_connection, rotate_secret
from billing.connectors.generic import GENERIC
from billing.inbox.batch import Arrival
from billing.inbox.signature import sign
from billing.inbox.storing import Incoming
from billing.inbox.tables import InboundEvent, RawKey
from billing.receive_webhook import Received, find_doorways, keep_batch
from tenants.identifiers import new_id


@pytest.fixture
def connect(database, now):
    """Open a shop's order book."""

    def made():
        tenant_id = new_id(now)
        with database.tenant_session(tenant_id) as session:
            return tenant_id, create_connection(session, name="Shop", channel="online", is_order_book=True, now=now)

    return made


def request_of(made, name, body, now, *, secret=None):
    stamp = int(now.timestamp())
    signature = sign(secret or made.secret, delivery_id=name, timestamp=stamp, body=body)
    headers = {"webhook-id": name, "webhook-timestamp": str(stamp), "webhook-signature": signature, "content-type": "application/json"}
    return {"url": f"/api/v1/hooks/{made.public_key}", "content": body, "headers": headers}


async def test_deliveries_that_come_together_are_committed_together(public, database, connect, now):
    shops = [connect()[1] for _ in range(3)]
    await asyncio.gather(*(public.post(**request_of(made, "warm", b"{}", now)) for made in shops))
    statements = []
    event.listen(database.intake, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
    answers = await asyncio.gather(*(public.post(**request_of(made, f"m{n}", b'{"n":1}', now)) for made in shops for n in range(10)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["event"] for answer in answers}) == 30
    assert len([one for one in statements if one.startswith("WITH told")]) <= 5


async def test_one_id_told_many_times_at_once_is_one_delivery(public, database, connect, now):
    tenant_id, made = connect()
    same = [public.post(**request_of(made, "m1", b'{"n":1}', now)) for _ in range(8)]
    other = [public.post(**request_of(made, "m1", b'{"n":2}', now)) for _ in range(4)]
    answers = await asyncio.gather(*same, *other)
    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses) in ([202] * 8 + [409] * 4, [202] * 4 + [409] * 8)
    taken = [answer.json() for answer in answers if answer.status_code == 202]
    assert (len({one["event"] for one in taken}), sum(not one["repeat"] for one in taken)) == (1, 1)
    with database.tenant_session(tenant_id) as session:
        assert session.scalar(select(func.count()).select_from(RawKey)) == 1


async def test_a_secret_counts_exactly_as_long_as_it_holds(public, database, connect, now):
    tenant_id, made = connect()
    assert (await public.post(**request_of(made, "m1", b"{}", now))).status_code == 202
    with database.tenant_session(tenant_id) as session:
        fresh = rotate_secret(session, connection_id=made.connection_id, now=now, grace=timedelta())
    assert (await public.post(**request_of(made, "m2", b"{}", now))).status_code == 401
    assert (await public.post(**request_of(made, "m3", b"{}", now, secret=fresh))).status_code == 202
    with database.tenant_session(tenant_id) as session:
        close_connection(session, connection_id=made.connection_id, now=now)
    assert (await public.post(**request_of(made, "m4", b"{}", now, secret=fresh))).status_code == 404


def test_what_the_database_refuses_takes_no_others_with_it(database, connect, now):
    (_, one), (tenant_id, other) = connect(), connect()
    doorways = find_doorways(database, [one.public_key, other.public_key])
    arrivals = [
        Arrival(doorways[made.public_key], Incoming(name, {}, b"{}", GENERIC.other_bytes), now)
        for made, name in ((one, "a"), (other, "zero\x00byte"), (other, "b"), (one, "c"))
    ]
    outcomes = keep_batch(database, arrivals)
    assert [type(outcome) for outcome in outcomes] == [Received, DataError, Received, Received]
    with database.tenant_session(tenant_id) as session:
        assert session.scalars(select(InboundEvent.dedupe_key)).all() == ["b"]


def test_a_full_door_says_when_to_come_again(database):
    intake = Intake(house=None)  # type: ignore[arg-type]
    rooms = [intake.room_for({"content-length": "10"}) for _ in range(WAITING_MAX)]
    for room in rooms:
        room.__enter__()
    with pytest.raises(ApiProblem) as refused, intake.room_for({"content-length": "10"}):
        pass
    assert (refused.value.status, refused.value.extra["headers"]) == (503, {"Retry-After": "2"})
    for room in rooms:
        room.__exit__(None, None, None)
    rooms = [intake.room_for({}) for _ in range(WAITING_BYTES_MAX // 1_000_000)]  # of unsaid length: as long as any may be
    for room in rooms:
        room.__enter__()
    with pytest.raises(ApiProblem), intake.room_for({}):
        pass


async def test_without_the_database_nothing_is_acknowledged(public, database, connect, now):
    _, made = connect()
    assert (await public.post(**request_of(made, "m1", b"{}", now))).status_code == 202

    def gone(*_):
        raise OperationalError("", {}, ConnectionError())

    event.listen(database.intake, "before_cursor_execute", gone)
    try:
        answer = await public.post(**request_of(made, "m2", b"{}", now))
    finally:
        event.remove(database.intake, "before_cursor_execute", gone)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert (await public.post(**request_of(made, "m2", b"{}", now))).json()["repeat"] is False
