"""The bell rings at once after a silence, once for all who pull in a busy moment, and goes on after a database that did not answer."""

import asyncio
import select as selecting
import time

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from app.api import bell
from app.api.bell import PAUSE_SECONDS, Bell
from billing.connections import create_connection
from billing.inbox.signature import sign
from billing.receive_webhook import DOORBELL_CHANNEL
from tenants.identifiers import new_id

SOON = PAUSE_SECONDS / 2


def counted(fails=()):
    """A bell, and the moments it rang at; the rings named fail."""
    rung = []

    async def ring():
        rung.append(time.monotonic())
        if len(rung) in fails:
            raise OperationalError("NOTIFY", None, Exception("gone"))

    return Bell(ring), rung


async def test_it_rings_at_once_and_then_once_for_all_who_pulled():
    one, rung = counted()
    one.pull()
    await asyncio.sleep(0.01)
    assert len(rung) == 1
    for _ in range(50):
        one.pull()
    await asyncio.sleep(SOON)
    assert len(rung) == 1
    await asyncio.sleep(2 * PAUSE_SECONDS)
    assert len(rung) == 2
    assert rung[1] - rung[0] >= PAUSE_SECONDS * 0.9
    one.pull()
    await asyncio.sleep(0.01)
    assert len(rung) == 3, "after a silence nobody waits"


async def test_a_ring_that_fails_is_no_end():
    one, rung = counted(fails={1})
    one.pull()
    one.pull()
    await asyncio.sleep(3 * PAUSE_SECONDS)
    one.pull()
    await asyncio.sleep(0.01)
    assert len(rung) == 2


@pytest.mark.parametrize("count", [1, 30])
async def test_whoever_listens_hears_of_deliveries_only_when_they_can_be_seen(public, database, now, count):
    tenant_id = new_id(now)
    with database.tenant_session(tenant_id) as session:
        made = create_connection(session, name="Shop", channel="online", is_order_book=True, now=now)
    stamp, url = int(now.timestamp()), database.intake.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as listening:
        listening.execute(f"LISTEN {DOORBELL_CHANNEL}")

        async def send(name):
            signature = sign(made.secret, delivery_id=name, timestamp=stamp, body=b"{}")
            headers = {"webhook-id": name, "webhook-timestamp": str(stamp), "webhook-signature": signature}
            return await public.post(f"/api/v1/hooks/{made.public_key}", content=b"{}", headers=headers)

        answers = await asyncio.gather(*(send(f"m{number}") for number in range(count)))
        assert {one.status_code for one in answers} == {202}
        await asyncio.sleep(2 * bell.PAUSE_SECONDS)
        assert selecting.select([listening.fileno()], [], [], 0)[0]
        heard = list(listening.notifies(timeout=0))
        stored = listening.execute("SELECT count(*) FROM inbound_event WHERE state = 'received'").fetchone()
    assert 1 <= len(heard) <= 3
    assert stored == (count,)
