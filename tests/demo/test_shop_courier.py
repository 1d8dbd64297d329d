"""Deliveries that must arrive: retries with growing pauses, the same id and bytes for ever, and a restart that loses nothing."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from fakes.coffee_shop import SECRET, OpenShop, open_shop
from fakes.fake_tillhand_api import FakeTillhand

from app.demo.shop.courier import WAITS_SECONDS
from app.demo.shop.journal import JournalDamaged
from app.demo.shop.server import create_shop


def _sell(shop: OpenShop) -> str:
    shop.fill_cart()
    return shop.buy()


def test_a_refused_delivery_comes_again_with_the_same_id_and_bytes(shop: OpenShop) -> None:
    shop.tillhand.hook_statuses = [503, 503]
    _sell(shop)
    for _ in range(4):
        shop.carry()
        shop.clock.pass_seconds(10)
    records = shop.counter.book.deliveries()
    assert {record.state for record in records} == {"delivered"}
    assert sorted(attempt.status for record in records for attempt in record.attempts) == [202, 202, 503, 503]
    assert all(shop.tillhand.deliveries[record.delivery.delivery_id] == record.delivery.body.encode() for record in records)


def test_pauses_grow_and_an_end_is_reached_and_shown(shop: OpenShop) -> None:
    shop.tillhand.is_down = True
    _sell(shop)
    while (next_at := shop.counter.book.next_due_at()) is not None:
        shop.clock.now = next_at
        shop.carry()
    first = shop.counter.book.deliveries()[0]
    assert len(first.attempts) == len(WAITS_SECONDS) + 1
    pauses = [(attempt.next_at - attempt.answered_at).total_seconds() for attempt in first.attempts if attempt.next_at]
    assert all(wait <= pause <= wait * 1.2 for wait, pause in zip(WAITS_SECONDS, pauses, strict=True))
    assert first.state == "given up"
    assert "given up" in shop.browser.get("/back-office").text


def test_an_answer_that_says_gone_ends_it_at_once(shop: OpenShop) -> None:
    shop.tillhand.hook_statuses = [410, 410]
    _sell(shop)
    shop.carry()
    assert {record.state for record in shop.counter.book.deliveries()} == {"given up"}


def test_retry_after_is_honoured(shop: OpenShop) -> None:
    class Busy(FakeTillhand):
        def answer(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(429, request=request, headers={"retry-after": "120"})

    busy = open_shop(shop.arrangement.journal.parent / "busy", Busy(SECRET), shop.clock)
    _sell(busy)
    busy.carry()
    attempts = [attempt for record in busy.counter.book.deliveries() for attempt in record.attempts]
    assert all(attempt.next_at and (attempt.next_at - attempt.answered_at).total_seconds() >= 120 for attempt in attempts)


def test_a_restart_loses_no_order_no_delivery_and_no_pause(shop: OpenShop, tmp_path: Path) -> None:
    shop.tillhand.is_down = True
    number = _sell(shop)
    shop.carry()
    before = [(record.delivery, record.attempts, record.due_at) for record in shop.counter.book.deliveries()]
    again = open_shop(tmp_path, shop.tillhand, shop.clock)
    assert again.counter.book.order(number) == shop.counter.book.order(number)
    assert [(record.delivery, record.attempts, record.due_at) for record in again.counter.book.deliveries()] == before
    shop.tillhand.is_down = False
    again.clock.pass_seconds(5)
    again.carry()
    assert len(shop.tillhand.messages("order.paid")) == 1


def test_a_line_torn_by_a_crash_is_cut_off_and_the_shop_opens(shop: OpenShop, tmp_path: Path) -> None:
    number = _sell(shop)
    with shop.arrangement.journal.open("ab") as journal:
        journal.write(b'{"order":{"order_id":"half a li')
    again = open_shop(tmp_path, shop.tillhand, shop.clock)
    assert [order.number for order in again.counter.book.orders()] == [number]
    _sell(again)
    assert len(open_shop(tmp_path, shop.tillhand, shop.clock).counter.book.orders()) == 2


def test_a_damaged_line_in_the_middle_is_not_passed_over(shop: OpenShop, tmp_path: Path) -> None:
    _sell(shop)
    lines = shop.arrangement.journal.read_bytes().splitlines()
    shop.arrangement.journal.write_bytes(b"\n".join([lines[0][:-5], *lines[1:], b""]))
    with pytest.raises(JournalDamaged, match="Line 1"):
        open_shop(tmp_path, shop.tillhand, shop.clock)


def test_send_again_repeats_the_very_same_delivery(shop: OpenShop) -> None:
    _sell(shop)
    shop.carry()
    paid = next(record.delivery for record in shop.counter.book.deliveries() if record.delivery.topic == "order.paid")
    page = shop.browser.post(f"/back-office/deliveries/{paid.delivery_id}/again")
    assert page.status_code == 200
    assert shop.tillhand.hook_calls.count(paid.delivery_id) == 2
    record = shop.counter.book.delivery(paid.delivery_id)
    assert record is not None
    assert json.loads(record.attempts[-1].answer)["repeat"] is True
    assert len(shop.tillhand.messages("order.paid")) == 1


def test_the_courier_starts_with_the_shop_and_carries_what_was_left(shop: OpenShop) -> None:
    _sell(shop)
    delivered = threading.Event()

    def answer(request: httpx.Request) -> httpx.Response:
        response = shop.tillhand.answer(request)
        if len(shop.tillhand.deliveries) == 2:
            delivered.set()
        return response

    again = create_shop(shop.arrangement, clock=shop.clock, client=httpx.Client(transport=httpx.MockTransport(answer)))

    async def open_and_close() -> bool:
        async with again.router.lifespan_context(again):
            return await asyncio.to_thread(delivered.wait, 5)

    with ThreadPoolExecutor(1) as thread:  # a loop of its own, whatever the test's thread runs
        assert thread.submit(asyncio.run, open_and_close()).result()
    assert [thread.name for thread in threading.enumerate() if thread.name == "courier"] == []
