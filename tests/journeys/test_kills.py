"""Processes are killed without warning at the worst moments, and the merchant repeats itself: nothing is lost, nothing counts twice."""

import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from merchant import Merchant
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from billing.issue_coupon import issue_coupon
from billing.ledger.accounts import SHARE_EXPENSE
from billing.offers import active_offers
from billing.read_balances import balances
from billing.read_deliveries import deliveries
from tenants.identifiers import new_id
from tenants.local_postgres import LocalPostgres
from tenants.roles import ADMIN_ROLE, OWNER

pytestmark = pytest.mark.house

TOTAL, SHARE_MINOR = "20.00", 200  # a tenth of the goods
SECONDS_MAX = 90  # a process comes back in five on a quiet machine


class Shop:
    """The demo as the merchant and the tests see it: it hands out coupons, sends orders, and asks what was earned."""

    def __init__(self, demo) -> None:
        self.demo = demo
        self.tenant_id = UUID(demo.account.tenant_id)
        self.merchant = Merchant(f"{demo.addresses.public_url}/api/v1/hooks/{demo.account.connection_key}", demo.account.webhook_secret)

    def coupon(self) -> str:
        now = datetime.now(UTC)
        with self.demo.database.tenant_session(self.tenant_id) as session:
            offer = active_offers(session, UUID(self.demo.account.employee_id), now)[0]
            visitor = new_id(now)
            return issue_coupon(session, offer_id=offer.offer_id, visitor_id=visitor, conversation_id=None, turn_id=None, now=now).code

    def order(self, name: str) -> dict[str, object]:
        code = self.coupon()  # first she hands it out, then the shopper buys
        moment = datetime.now(UTC).isoformat()
        line = {"id": "1", "product": "flat-white", "quantity": 1, "total": TOTAL}
        data = {"id": name, "status": "paid", "created_at": moment, "updated_at": moment, "currency": "USD", "total": TOTAL}
        return {"type": "order.paid", "timestamp": moment, "data": {**data, "lines": [line], "codes": [code]}}

    def earned(self) -> int:
        """What orders earned by themselves: a month's tier moves with every order and would hide one that counts twice."""
        with self.demo.database.tenant_session(self.tenant_id) as session:
            return -balances(session)[SHARE_EXPENSE, "USD"]

    def states(self) -> list[str]:
        with self.demo.database.tenant_session(self.tenant_id) as session:
            return [one.state for one in deliveries(session, limit=1000).deliveries]

    def wait_ready(self) -> None:
        web = self.demo.household.child("web")
        self.demo.household.wait_until_ready(web, f"{self.demo.addresses.public_url}/health/ready")

    def kill(self, name: str) -> None:
        self.killed = self.demo.household.kill(name)

    def restart(self) -> None:
        self.demo.household.restart(self.killed)
        if self.killed.name == "web":
            self.wait_ready()


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {SECONDS_MAX} s"
        time.sleep(0.02)


@pytest.fixture
def shop(demo_house) -> Shop:
    return Shop(demo_house)


@contextmanager
def owner_connection(shop: Shop):
    """A connection of the tables' owner, to hold a lock that stops a handler in the middle of its work."""
    postgres = LocalPostgres(shop.demo.data_folder / "postgres")
    engine = create_engine(postgres.url(OWNER), poolclass=NullPool)
    watcher = create_engine(postgres.url(ADMIN_ROLE), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection, watcher.connect() as watching:
        yield connection, watching


def send_without_listening(shop: Shop, delivery_id: str, message: dict[str, object]) -> socket.socket:
    """Send a whole request and do not read the answer: the merchant that was cut off before the acknowledgement."""
    body = json.dumps(message).encode()
    target = urlsplit(shop.merchant.hooks_url)
    headers = {"host": target.netloc, "content-length": str(len(body)), **shop.merchant.sign(delivery_id, body)}
    lines = [f"POST {target.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    connection = socket.create_connection((target.hostname, target.port), timeout=10)
    connection.sendall("\r\n".join(lines).encode() + body)
    return connection


def test_the_web_process_dies_between_commit_and_acknowledgement(shop):
    before, count = shop.earned(), len(shop.states())
    name, message = f"web-{uuid4()}", shop.order(f"A-{uuid4()}")
    connection = send_without_listening(shop, name, message)
    wait_for(lambda: len(shop.states()) == count + 1, "the commit")
    shop.kill("web")
    connection.close()
    shop.restart()
    answer = shop.merchant.send_until_taken(name, message)
    assert answer.json()["repeat"] is True
    wait_for(lambda: shop.earned() == before + SHARE_MINOR, "the credit")
    assert len(shop.states()) == count + 1


def test_the_worker_dies_in_the_middle_of_a_handler(shop):
    before = shop.earned()
    message = shop.order(f"B-{uuid4()}")
    with owner_connection(shop) as (connection, watching):
        connection.execute(text("LOCK TABLE posting IN ACCESS EXCLUSIVE MODE"))
        assert shop.merchant.send(f"mid-{uuid4()}", message).status_code == 202
        waiting = text("SELECT count(*) FROM pg_locks WHERE relation = 'posting'::regclass AND NOT granted")
        wait_for(lambda: watching.scalar(waiting) >= 1, "the handler's stop at the lock")
        shop.kill("worker")
        connection.rollback()
    assert shop.earned() == before  # the half-done work was undone
    shop.restart()
    wait_for(lambda: shop.earned() == before + SHARE_MINOR, "the credit after the restart")
    time.sleep(2)  # two polls of the doorbell: time enough to do it twice
    assert shop.earned() == before + SHARE_MINOR


def test_the_worker_dies_right_after_its_commit(shop):
    before = shop.earned()
    message = shop.order(f"C-{uuid4()}")
    assert shop.merchant.send(f"after-{uuid4()}", message).status_code == 202
    wait_for(lambda: shop.earned() == before + SHARE_MINOR, "the credit")
    shop.kill("worker")  # its nudge in the broker was never acknowledged or was: both must be harmless
    shop.restart()
    time.sleep(2)
    assert shop.earned() == before + SHARE_MINOR


def test_the_same_delivery_twice_at_once_counts_once(shop):
    before, count = shop.earned(), len(shop.states())
    name, message = f"twice-{uuid4()}", shop.order(f"D-{uuid4()}")
    start, answers = threading.Barrier(8), []

    def send() -> None:
        start.wait()
        answers.append(shop.merchant.send(name, message))

    senders = [threading.Thread(target=send) for _ in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert [answer.status_code for answer in answers] == [202] * 8
    assert len({answer.json()["event"] for answer in answers}) == 1
    wait_for(lambda: shop.earned() == before + SHARE_MINOR, "the credit")
    assert len(shop.states()) == count + 1


def test_random_kills_while_orders_come_in_twice(shop):
    before, count, orders = shop.earned(), len(shop.states()), 24
    choice = random.Random(20261122)  # the same kills at every run
    work = [(f"storm-{uuid4()}", shop.order(f"E-{uuid4()}")) for _ in range(orders)]
    deliveries_twice = [pair for pair in work for _ in range(2)]
    choice.shuffle(deliveries_twice)
    senders = [
        threading.Thread(target=lambda part: [shop.merchant.send_until_taken(*pair) for pair in part], args=(deliveries_twice[part::4],))
        for part in range(4)
    ]
    for sender in senders:
        sender.start()
    for name in ("worker", "web", "worker"):
        time.sleep(choice.uniform(0.05, 0.4))
        shop.kill(name)
        shop.restart()
    for sender in senders:
        sender.join()
    wait_for(lambda: shop.earned() == before + orders * SHARE_MINOR, "all credits")
    time.sleep(2)
    assert shop.earned() == before + orders * SHARE_MINOR
    assert len(shop.states()) == count + orders
    assert set(shop.states()) == {"handled"}


def figures_after(kills: int, seconds_max: float) -> dict[str, int]:
    """Kill web process, worker and database that often under load; what was found afterwards, by name."""
    house = Path(__file__).parents[2]
    program = house / "tests" / "benchmarks" / "kill_ingest.py"
    ran = subprocess.run(
        [sys.executable, str(program), "--kills", str(kills)], cwd=house, env={**os.environ, "PYTHONPATH": str(house)},
        capture_output=True, text=True, timeout=seconds_max, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    printed = [line.split() for line in ran.stdout.splitlines() if not line.startswith("--")]
    return {name: int(value) for name, value, _ in printed}


def test_web_worker_and_database_killed_under_load_lose_and_double_nothing():
    found = figures_after(3, 240)
    assert found.pop("taken") > 100
    assert found == {"kills": 3, "lost": 0, "doubled": 0, "set_aside": 0, "fell": 0}


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_fifty_kills_lose_and_double_nothing():
    found = figures_after(50, 1100)
    assert found.pop("taken") > 2_000
    assert found == {"kills": 50, "lost": 0, "doubled": 0, "set_aside": 0, "fell": 0}
