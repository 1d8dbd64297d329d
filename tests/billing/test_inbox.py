"""Deliveries are never lost and never counted twice, whatever is repeated, cut off, forged or killed."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from shopkeeper import Shopkeeper, order_message, refund_message
from sqlalchemy import delete, event, func, select
from sqlalchemy.exc import ProgrammingError

from billing.connections import close_connection, rotate_secret
from billing.errors import BodyTooLarge, ConnectionUnknown, DeliveryContentChanged, OrderBookTaken, SignatureInvalid
from billing.handle_inbox import TRIES_MAX, handle_inbox
from billing.inbox.claiming import LEASE
from billing.inbox.sealing import BodyUnreadable, unseal
from billing.inbox.tables import InboundEvent, RawKey
from billing.ledger.tables import LedgerTransaction, Posting
from billing.orders.tables import OrderRevision
from billing.read_deliveries import deliveries, delivery_body
from billing.receive_webhook import BODY_BYTES_MAX, receive_webhook
from tenants.database import Database


@pytest.fixture
def shop(database: Database, now: datetime) -> Shopkeeper:
    keeper = Shopkeeper(database, now)
    keeper.touch()
    return keeper


def count(shop: Shopkeeper, table: type[Any]) -> int:
    with shop.session() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def order_of(shop: Shopkeeper, order_id: str = "1001", **changed: Any) -> dict[str, Any]:
    return order_message(order_id, attribution={"visitor": str(shop.visitor_id)}, **changed)


def test_a_repeated_delivery_gets_its_first_answer_and_counts_once(shop: Shopkeeper) -> None:
    first, again = shop.post(order_of(shop), delivery_id="m1"), shop.post(order_of(shop), delivery_id="m1")
    assert (first.is_repeat, again.is_repeat, again.event_id) == (False, True, first.event_id)
    assert shop.work() == 1
    assert shop.post(order_of(shop), delivery_id="m1").is_repeat
    assert shop.work() == 0
    assert (shop.earned(), count(shop, InboundEvent), count(shop, Posting)) == (240, 1, 1)


def test_the_same_order_in_several_deliveries_counts_once(shop: Shopkeeper) -> None:
    for _ in range(4):
        shop.tell(order_of(shop))
    assert (shop.earned(), count(shop, InboundEvent), count(shop, OrderRevision), count(shop, Posting)) == (240, 4, 1, 1)


def test_the_same_id_with_other_bytes_is_refused_and_nothing_is_stored(shop: Shopkeeper) -> None:
    shop.post(order_of(shop), delivery_id="m1")
    with pytest.raises(DeliveryContentChanged):
        shop.post(order_of(shop, total="99.00"), delivery_id="m1")
    shop.work()
    assert (shop.earned(), count(shop, InboundEvent)) == (240, 1)


def test_the_same_id_from_two_connections_is_two_deliveries(shop: Shopkeeper) -> None:
    till = shop.connect("Till", "till", is_order_book=True)
    assert not shop.post(order_of(shop), delivery_id="m1").is_repeat
    assert not shop.post(order_of(shop, "2002"), delivery_id="m1", connection=till).is_repeat
    assert shop.work() == 2
    assert shop.earned() == 480


def test_two_identical_deliveries_at_the_same_instant_are_one(shop: Shopkeeper) -> None:
    start = threading.Barrier(8)

    def deliver(_: int) -> bool:
        start.wait()
        return shop.post(order_of(shop), delivery_id="m1").is_repeat

    with ThreadPoolExecutor(8) as pool:
        repeats = list(pool.map(deliver, range(8)))
    assert sorted(repeats) == [False] + [True] * 7
    assert count(shop, InboundEvent) == count(shop, RawKey) == 1


def test_many_workers_on_one_inbox_handle_each_delivery_once(shop: Shopkeeper) -> None:
    for number in range(12):
        shop.post(order_of(shop, f"o{number % 3}"))
    assert (shop.work_together(4, rounds=4), shop.earned(), count(shop, Posting)) == (12, 3 * 240, 3)


@pytest.mark.parametrize("kind", ["refund first", "order first"])
def test_an_order_and_its_refund_handled_at_the_same_instant_find_each_other(shop: Shopkeeper, kind: str) -> None:
    for number in range(6):
        messages = [order_of(shop, f"o{number}"), refund_message(f"r{number}", "30.00", order_id=f"o{number}")]
        for message in messages if kind == "order first" else reversed(messages):
            shop.post(message)
    assert shop.work_together(4, rounds=4) == 12
    assert (shop.balances(), count(shop, InboundEvent)) == ({}, 12)


def test_an_order_and_a_late_touch_at_the_same_instant_find_each_other(database: Database, now: datetime) -> None:
    for _ in range(4):
        shop = Shopkeeper(database, now)
        shop.post(order_of(shop))
        with ThreadPoolExecutor(2) as pool:
            jobs: list[Callable[[], object]] = [shop.work, lambda shop=shop: shop.touch()]  # type: ignore[misc]
            list(pool.map(lambda job: job(), jobs))
        shop.now += timedelta(seconds=5)
        shop.work()
        assert shop.earned() == 240


class PowerCut(Exception):
    """Stands for a process that dies: the transaction never commits."""


STATEMENTS = [
    "INSERT INTO order_snapshot",
    "INSERT INTO order_revision",
    "INSERT INTO attribution_credit",
    "INSERT INTO posting",
    "UPDATE inbound_event",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_worker_cut_off_before_any_statement_loses_and_doubles_nothing(shop: Shopkeeper, statement: str) -> None:
    shop.post(order_of(shop))
    cuts: list[str] = []

    def cut(_connection: object, _cursor: object, text: str, *_: object) -> None:
        if text.startswith(statement) and not cuts:
            cuts.append(text)
            raise PowerCut

    event.listen(shop.database.app, "before_cursor_execute", cut)
    try:
        assert shop.work() == 0
    finally:
        event.remove(shop.database.app, "before_cursor_execute", cut)
    assert cuts
    assert (shop.balances(), count(shop, OrderRevision)) == ({}, 0)
    shop.now += timedelta(seconds=2)
    assert shop.work() == 1
    assert (shop.earned(), count(shop, Posting)) == (240, 1)


def test_a_worker_process_that_dies_in_mid_transaction_leaves_the_delivery_for_the_next(
    shop: Shopkeeper, database_urls: dict[str, str]
) -> None:
    shop.post(order_of(shop))
    program = Path(__file__).with_name("worker_that_dies.py")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    urls = [database_urls[role] for role in ("tillhand_app", "tillhand_intake", "tillhand_operator")]
    died = subprocess.run([sys.executable, str(program), *urls, shop.now.isoformat()], env=environment, check=False, timeout=60)
    assert died.returncode == 9
    assert (shop.balances(), shop.work()) == ({}, 0)  # it is in the dead worker's hands until the lease is over
    shop.now += LEASE
    assert shop.work() == 1
    assert shop.earned() == 240
    with shop.session() as session:
        assert [one.attempts for one in deliveries(session).deliveries] == [2]


def test_what_keeps_failing_is_tried_ever_later_and_then_set_aside(shop: Shopkeeper) -> None:
    received = shop.post(order_of(shop))

    def fail(_connection: object, _cursor: object, text: str, *_: object) -> None:
        if text.startswith("INSERT INTO shop_order"):
            raise PowerCut("no power")

    event.listen(shop.database.app, "before_cursor_execute", fail)
    try:
        for tried in range(1, TRIES_MAX + 1):
            assert shop.work() == (1 if tried == TRIES_MAX else 0)
            assert shop.work() == 0
            shop.now += timedelta(hours=1)
    finally:
        event.remove(shop.database.app, "before_cursor_execute", fail)
    with shop.session() as session:
        row = session.scalars(select(InboundEvent).where(InboundEvent.event_id == received.event_id)).one()
    told = "A fault on our side (PowerCut) kept it from being handled; nothing of it was booked."
    assert (row.state, row.attempts, row.reason) == ("set_aside", TRIES_MAX, told)
    assert shop.work() == 0


def test_a_poison_delivery_is_set_aside_and_the_others_go_on(shop: Shopkeeper) -> None:
    poison = shop.post(b'{"type":"order.paid"')
    shop.post(order_of(shop))
    assert shop.work() == 2
    with shop.session() as session:
        row = session.scalars(select(InboundEvent).where(InboundEvent.event_id == poison.event_id)).one()
        assert (row.state, row.attempts) == ("set_aside", 1)
        assert "not JSON" in (row.reason or "")
        assert delivery_body(session, event_id=poison.event_id) == b'{"type":"order.paid"'
    assert shop.earned() == 240


def test_unsigned_forged_oversized_and_misaddressed_deliveries_leave_no_trace(shop: Shopkeeper, database: Database, now: datetime) -> None:
    other = Shopkeeper(database, now)
    body, good = b"{}", shop.headers(b"{}")

    def deliver(key: str, headers: dict[str, str], sent: bytes = body) -> None:
        receive_webhook(database, connection_key=key, headers=headers, body=sent, now=now)

    for wrong in ({}, other.headers(body), good | {"webhook-signature": "ü"}):
        with pytest.raises(SignatureInvalid):
            deliver(shop.book.public_key, wrong)
    with pytest.raises(SignatureInvalid):
        deliver(shop.book.public_key, good, b"{} ")
    with pytest.raises(BodyTooLarge):
        deliver(shop.book.public_key, good, b"x" * (BODY_BYTES_MAX + 1))
    for key in ("con_unknown", "", "ü", "x" * 65, "con\x00"):
        with pytest.raises(ConnectionUnknown):
            deliver(key, good)
    assert count(shop, InboundEvent) == count(other, InboundEvent) == 0


def test_a_new_secret_takes_over_without_a_gap(shop: Shopkeeper, now: datetime) -> None:
    old = shop.headers(b"{}")
    with shop.session() as session:
        fresh = rotate_secret(session, connection_id=shop.book.connection_id, now=now, grace=timedelta(minutes=2))

    def deliver(headers: dict[str, str], moment: datetime) -> None:
        receive_webhook(shop.database, connection_key=shop.book.public_key, headers=headers, body=b"{}", now=moment)

    deliver(shop.headers(b"{}", secret=fresh), now)
    deliver(old, now + timedelta(seconds=119))
    with pytest.raises(SignatureInvalid):
        deliver(old, now + timedelta(seconds=120))


def test_a_closed_connection_is_unknown_and_frees_its_channel(shop: Shopkeeper, now: datetime) -> None:
    with pytest.raises(OrderBookTaken):
        shop.connect("Second", "online", is_order_book=True)
    with shop.session() as session:
        close_connection(session, connection_id=shop.book.connection_id, now=now)
    with pytest.raises(ConnectionUnknown):
        shop.post(order_of(shop))
    assert shop.connect("Second", "online", is_order_book=True)


def test_a_raw_body_is_sealed_bound_to_its_row_and_gone_with_its_key(shop: Shopkeeper) -> None:
    first, second = shop.post(b'{"secret":"of a buyer"}'), shop.post(b"{}")
    with shop.session() as session:
        rows = {row.event_id: row for row in session.scalars(select(InboundEvent))}
        keys = {row.event_id: row.key for row in session.scalars(select(RawKey))}
        assert b"buyer" not in rows[first.event_id].body_sealed
        assert delivery_body(session, event_id=first.event_id) == b'{"secret":"of a buyer"}'
        with pytest.raises(BodyUnreadable):
            unseal(rows[first.event_id].body_sealed, keys[first.event_id], bound_to=str(second.event_id))
        session.execute(delete(RawKey).where(RawKey.event_id == first.event_id))
        assert delivery_body(session, event_id=first.event_id) is None
    shop.work()
    with shop.session() as session:
        row = session.scalars(select(InboundEvent).where(InboundEvent.event_id == first.event_id)).one()
        assert (row.state, row.reason) == ("set_aside", "The delivery's bytes were erased before they were read.")


@pytest.mark.parametrize("table", [Posting, LedgerTransaction, OrderRevision])
def test_no_role_can_change_or_remove_what_the_book_says(shop: Shopkeeper, table: type[Any]) -> None:
    shop.tell(order_of(shop))
    for change in (delete(table), table.__table__.update().values(tenant_id=shop.tenant_id)):
        for open_session in (
            lambda: shop.database.tenant_session(shop.tenant_id),
            shop.database.intake_session,
            shop.database.operator_session,
        ):
            with pytest.raises(ProgrammingError), open_session() as session:
                session.execute(change)
    assert count(shop, table) == 1


def test_one_shop_never_sees_another(shop: Shopkeeper, database: Database, now: datetime) -> None:
    other = Shopkeeper(database, now)
    shop.tell(order_of(shop))
    assert (other.balances(), count(other, InboundEvent), other.slip().lines) == ({}, 0, ())


def test_the_inbox_is_handled_up_to_its_limit(shop: Shopkeeper, now: datetime) -> None:
    for number in range(3):
        shop.post(order_of(shop, f"o{number}"))
    assert [handle_inbox(shop.database, clock=lambda: now, limit=2) for _ in range(3)] == [2, 1, 0]
