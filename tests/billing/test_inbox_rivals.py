"""Workers that get in each other's way: a set that fails is handled one by one, and whoever comes too late leaves things as they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from shopkeeper import Shopkeeper, order_message
from sqlalchemy import event

from billing.handle_inbox import Turns, handle_inbox
from billing.inbox.claiming import LEASE, claim
from billing.read_deliveries import deliveries
from tenants.database import Database
from tenants.outbox import retry_delay


@pytest.fixture
def shop(database: Database, now: datetime) -> Shopkeeper:
    keeper = Shopkeeper(database, now)
    keeper.touch()
    for name in ("a", "b"):
        keeper.post(order_message(name, attribution={"visitor": str(keeper.visitor_id)}))
    return keeper


class PowerCut(Exception):
    """Stands for whatever may go wrong between two statements."""


@contextmanager
def cut_once(shop: Shopkeeper, statement: str) -> Iterator[list[str]]:
    """The first statement that begins so fails, whichever role it is made as."""
    cuts: list[str] = []

    def cut(_connection: object, _cursor: object, text: str, *_: object) -> None:
        if text.startswith(statement) and not cuts:
            cuts.append(text)
            raise PowerCut

    engines = (shop.database.app, shop.database.intake)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", cut)
    try:
        yield cuts
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", cut)


class Overtaken:
    """The clock of a slow worker: when it looks at it for the n-th time, another worker has handled everything meanwhile."""

    def __init__(self, shop: Shopkeeper, look: int) -> None:
        self.shop, self.looks_left, self.handled_by_other = shop, look, 0

    def __call__(self) -> datetime:
        self.looks_left -= 1
        if self.looks_left == 0:
            later = self.shop.now + timedelta(minutes=1)
            self.handled_by_other = handle_inbox(self.shop.database, clock=lambda: later)
        return self.shop.now


def test_a_set_that_fails_is_handled_one_by_one(shop: Shopkeeper) -> None:
    with cut_once(shop, "INSERT INTO order_snapshot") as cuts:
        assert shop.work() == 2
    assert cuts
    assert shop.earned() == 480


def test_a_worker_that_was_overtaken_finds_nothing_to_do(shop: Shopkeeper) -> None:
    clock = Overtaken(shop, look=2)  # the first look claims, the second is in the transaction that handles
    assert handle_inbox(shop.database, clock=clock) == 0
    assert (clock.handled_by_other, shop.earned()) == (2, 480)


def test_a_failure_told_after_another_worker_succeeded_changes_nothing(shop: Shopkeeper) -> None:
    shop.now += timedelta(seconds=1)
    assert handle_inbox(shop.database, clock=shop.clock, limit=1) == 1
    clock = Overtaken(shop, look=3)  # the third look notes the failure
    with cut_once(shop, "INSERT INTO order_snapshot") as cuts:
        assert handle_inbox(shop.database, clock=clock) == 0
    assert cuts
    assert (clock.handled_by_other, shop.earned()) == (1, 480)
    with shop.session() as session:
        assert {view.state for view in deliveries(session).deliveries} == {"handled"}


def test_a_delivery_that_kills_every_worker_comes_ever_later_in_the_end_alone_and_is_counted(shop: Shopkeeper) -> None:
    for number in range(4):
        shop.post(order_message(f"o{number}", attribution={"visitor": str(shop.visitor_id)}))
    seen = []
    for tries in range(5):
        claimed = claim(shop.database, Turns(), now=shop.now, limit=100)  # and never given back
        assert claimed is not None
        seen.append((len(claimed.deliveries), {one.tries for one in claimed.deliveries}))
        assert claim(shop.database, Turns(), now=shop.now, limit=100) is None
        assert claim(shop.database, Turns(), now=shop.now + LEASE - timedelta(seconds=1), limit=100) is None
        shop.now += max(LEASE, retry_delay(tries + 1))
    assert seen == [(6, {tries}) for tries in range(5)]
    with shop.session() as session:
        assert {one.attempts for one in deliveries(session).deliveries} == {4}
    assert claim(shop.database, Turns(), now=shop.now - timedelta(seconds=1), limit=100) is None  # five tries: sixteen seconds
    assert shop.work() == 6
