"""Sixteen writers at once under a contract with a cap and tiers: no moment, seen from outside, shows more than the cap."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

from shopkeeper import Shopkeeper

from billing.contract_terms import ContractTerms
from billing.neutral_order import NeutralLine, NeutralOrder, NeutralRefund
from billing.record_order import OrderSource, record_order
from billing.record_refund import record_refund
from billing.terms.clauses import Payee, Tiers, TierStep
from tenants.database import Database

WRITERS, ORDERS_EACH = 16, 4
TERMS = ContractTerms(
    currency="EUR",
    share_ppm=80_000,
    tiers=Tiers(kind="volume", steps=(TierStep(from_minor=20_000, share_ppm=100_000),)),
    cap_minor=4_000,
    payees=(
        Payee(key="platform", name="Tillhand", role="platform", part_ppm=666_667),
        Payee(key="agency", name="Agency", role="agency", part_ppm=333_333),
    ),
)


def order_of(name: str, at: datetime, visitor_id: UUID) -> NeutralOrder:
    line = NeutralLine("1", "beans", 1, 1_000, 0, False)
    return NeutralOrder(name, None, "paid", at, at, "EUR", (line,), 0, 0, 0, 1_000, visitor_id=visitor_id)


def test_a_cap_is_passed_at_no_moment_by_sixteen_writers(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now, TERMS)
    visitors = [UUID(int=number + 1) for number in range(WRITERS)]
    for visitor_id in visitors:
        shop.touch(visitor_id=visitor_id, at=now - timedelta(days=1))
    source = OrderSource(shop.book.connection_id, "online", True)
    start, is_over, seen = threading.Barrier(WRITERS), threading.Event(), list[int]()

    def watch() -> None:
        while not is_over.is_set():
            seen.append(shop.earned())

    def write(number: int) -> None:
        start.wait()
        for order in range(ORDERS_EACH):
            with shop.session() as session:
                record_order(session, order_of(f"{number}/{order}", now, visitors[number]), source=source, now=now)
        back = NeutralRefund(f"r{number}", "refund", f"{number}/0", None, now, now, "EUR", 1_000)
        with shop.session() as session:
            record_refund(session, back, source=source, now=now)

    with ThreadPoolExecutor(WRITERS + 1) as pool:
        watcher = pool.submit(watch)
        for done in [pool.submit(write, number) for number in range(WRITERS)]:
            done.result()
        is_over.set()
        watcher.result()
    assert max(seen) <= 4_000
    assert shop.earned() == 4_000  # 48 sales of 10 EUR at the reached 10 % would be 48 EUR
    with shop.session() as session:
        for number in range(WRITERS):
            for order in range(1, ORDERS_EACH):
                back = NeutralRefund(f"s{number}/{order}", "refund", f"{number}/{order}", None, now, now, "EUR", 1_000)
                record_refund(session, back, source=source, now=now)
    assert shop.balances() == {}
