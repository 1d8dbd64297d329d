"""The busy door: many deliveries in one commit, a secret believed exactly as long as it holds, and 503 before memory grows."""

import asyncio
import threading
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import DataError, OperationalError

from app.api.errors import ApiProblem
from app.api.intake import ONE_SENDERS_PART, WAITING_BYTES_MAX, WAITING_MAX, Intake
from app.main import create_app
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


@pytest.fixture
def stuck(database):
    """The database stores nothing until it is let go."""
    let_go = threading.Event()

    def wait(*seen):
        if seen[2].startswith("WITH told"):
            assert let_go.wait(30)

    event.listen(database.intake, "before_cursor_execute", wait)
    yield let_go
    let_go.set()
    event.remove(database.intake, "before_cursor_execute", wait)


async def test_while_one_batch_is_being_stored_the_next_is_stored_beside_it(public, database, connect, now):
    _, made = connect()
    await public.post(**request_of(made, "warm", b"{}", now))
    begun, let_go = threading.Event(), threading.Event()

    def hold_the_first(*seen):
        if seen[2].startswith("WITH told") and not begun.is_set():
            begun.set()
            assert let_go.wait(30)

    event.listen(database.intake, "before_cursor_execute", hold_the_first)
    try:
        first = asyncio.ensure_future(public.post(**request_of(made, "m1", b"{}", now)))
        assert await asyncio.to_thread(begun.wait, 30)
        beside = await asyncio.wait_for(asyncio.gather(*(public.post(**request_of(made, f"b{n}", b"{}", now)) for n in range(3))), 30)
        assert [answer.status_code for answer in beside] == [202] * 3
        assert not first.done()
        let_go.set()
        assert (await first).status_code == 202
    finally:
        let_go.set()
        event.remove(database.intake, "before_cursor_execute", hold_the_first)


async def test_a_flood_is_answered_503_before_it_is_read_and_everybody_else_is_taken(public, connect, now, stuck):
    shops = [connect()[1] for _ in range(3)]
    flooder, read = shops[0], Counter()

    async def told(made, name, body):
        read[made.public_key] += 1
        yield body

    def send(made, number, size=900_000):
        body = b'{"n":"%d%s"}' % (number, b"x" * size)
        asked = request_of(made, f"m{number}", body, now)
        asked["headers"]["content-length"] = str(len(body))
        return asyncio.ensure_future(public.post(**{**asked, "content": told(made, f"m{number}", body)}))

    flood = [send(flooder, number) for number in range(40)]
    refused, waiting = await asyncio.wait(flood, timeout=60, return_when=asyncio.FIRST_COMPLETED)
    while len(refused) < 40 - 17:  # a quarter of 64 MB holds 17 of them
        done, waiting = await asyncio.wait(waiting, timeout=60, return_when=asyncio.FIRST_COMPLETED)
        assert done, "the door did not answer"
        refused |= done
    assert {(one.result().status_code, one.result().headers["retry-after"]) for one in refused} == {(503, "2")}
    assert read[flooder.public_key] == 17
    others = [send(made, number) for made in shops[1:] for number in range(10)]
    await asyncio.sleep(0.05)
    assert not any(one.done() for one in others)  # inside, and waiting for the database like the 17
    stuck.set()
    answers = await asyncio.gather(*waiting, *others)
    assert [answer.status_code for answer in answers] == [202] * 37
    again = await asyncio.gather(*(send(flooder, 100 + number, size=10) for number in range(3)))
    assert [answer.status_code for answer in again] == [202] * 3


def test_a_full_door_says_when_to_come_again_and_forgets_who_left():
    intake = Intake(house=None)  # type: ignore[arg-type]
    keys = [f"con_{number % (2 * ONE_SENDERS_PART)}" for number in range(WAITING_MAX)]
    rooms = [intake.room_for(key, {"content-length": "10"}) for key in keys]
    for room in rooms:
        room.__enter__()
    with pytest.raises(ApiProblem) as refused, intake.room_for("con_new", {"content-length": "10"}):
        pass
    assert (refused.value.status, refused.value.extra["headers"]) == (503, {"Retry-After": "2"})
    assert len(intake._rooms) == 2 * ONE_SENDERS_PART
    for room in rooms:
        room.__exit__(None, None, None)
    assert intake._rooms == {}
    rooms = [intake.room_for(f"con_{number}", {}) for number in range(WAITING_BYTES_MAX // 1_000_000)]  # of unsaid length: the longest
    for room in rooms:
        room.__enter__()
    with pytest.raises(ApiProblem), intake.room_for("con_new", {}):
        pass


async def test_a_fault_of_ours_at_the_door_is_told_as_one_and_nothing_is_kept(public, database, connect, now):
    tenant_id, made = connect()

    def broken(*_):
        raise ZeroDivisionError

    event.listen(database.intake, "before_cursor_execute", broken)
    try:
        answer = await public.post(**request_of(made, "m1", b"{}", now))
    finally:
        event.remove(database.intake, "before_cursor_execute", broken)
    assert (answer.status_code, answer.json()["title"]) == (500, "Something broke on our side")
    with database.tenant_session(tenant_id) as session:
        assert session.scalar(select(func.count()).select_from(InboundEvent)) == 0


async def test_a_sender_that_leaves_before_its_body_came_is_let_go(the_house, connect):
    _, made = connect()
    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": f"/api/v1/hooks/{made.public_key}", "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:8700"), (b"content-type", b"application/json"), (b"content-length", b"12")],
    }  # fmt: skip
    await create_app(the_house)(scope, receive, send)
    assert sent == []


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
