"""The counting house at the size of a large shop: `make bench-ledger`, about fifteen minutes; `--short` takes the same steps with little.

Everything runs on a durable PostgreSQL of its own (fsync on). Posting is measured beside its ceiling in the same run: the same rows, in
the same batches, by the same client method, into tables that have only the same indexes (no keys to other tables, no row-level security,
no checks, no triggers). A table first, then one line `name value unit` per figure; of several runs the worst.
"""

import argparse
import hashlib
import itertools
import multiprocessing
import random
import statistics
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from uuid import UUID, uuid4

from ledger_ceiling import Ceiling, close_ceiling
from ledger_town import NOW, START, Town, copy_orders, town

from billing.close_period import close_due
from billing.contract_terms import ContractTerms, Tiers, TierStep
from billing.export_statement import export_statement
from billing.ledger.writer import Cause, Leg, Movement, post
from billing.read_statement import explain_line, statement_of_period
from billing.recount import BLOCK_LINES, BODY, SHARE, recount
from billing.what_if import what_if
from tenants.identifiers import new_id

SIGNED = ContractTerms(currency="EUR", share_ppm=80_000)
TRIED = SIGNED.model_copy(
    update={
        "share_ppm": 100_000, "attribution_model": "position",
        "tiers": Tiers(kind="marginal", steps=(TierStep(from_minor=1_000_000, share_ppm=120_000),)),
    }
)  # fmt: skip
CLOSED_AT = datetime.fromisoformat("2027-01-20T09:00:00+00:00")
BATCH = 1_000


@dataclass(frozen=True)
class Size:
    """How much is done: orders tried, orders closed, batches posted, lines explained."""

    tried: int
    closed: int
    batches: int
    explained: int


LONG, SHORT = Size(200_000, 1_000_000, 30, 300), Size(200, 400, 2, 20)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    size = SHORT if parser.parse_args().short else LONG
    figures: dict[str, tuple[float, str]] = {}
    with town(SIGNED) as made:
        seeded(made, size.tried)
        figures |= posting(made, size.batches)
        figures |= back_test(made, size.tried)
        seeded(made, size.closed, before=size.tried)
        figures |= closing(made, size)
    goals = {
        "backtest_orders_per_second": ">= 20000", "post_ratio": ">= 0.6", "close_1m_orders_seconds": "< 60",
        "explain_line_p95_ms": "< 50", "recount_lines_per_second": ">= 100000",
    }  # fmt: skip
    print(f"\n{'figure':<34}{'value':>14}  {'unit':<16}goal")
    for name, (value, unit) in figures.items():
        print(f"{name:<34}{value:>14.3f}  {unit:<16}{goals.get(name, '-')}")
    print()
    for name, (value, unit) in figures.items():
        print(f"{name} {value:.3f} {unit}")


def seeded(made: Town, orders: int, before: int = 0) -> None:
    """Bring the town to its size, and say how long that took."""
    started = perf_counter()
    copy_orders(made, orders, before=before)
    print(f"-- the town has {orders:,} orders after {perf_counter() - started:.0f} s", flush=True)


def posting(made: Town, batches: int) -> dict[str, tuple[float, str]]:
    """Transactions a second, ours and the ceiling's turn by turn, each batch committed."""
    ceiling = Ceiling(made.admin_url)
    stranger = new_id(NOW)
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(batches):
        movements = [movement() for _ in range(BATCH)]
        started = perf_counter()
        with made.database.tenant_session(stranger) as session:
            post(session, movements, now=NOW)
        ours.append(perf_counter() - started)
        bare.append(ceiling.post(stranger, movements, NOW))
    print(f"-- posted {batches * BATCH:,} transactions each way", flush=True)
    count = batches * BATCH
    return {
        "post_transactions_per_second": (count / sum(ours), "transactions/s"),
        "post_ceiling_per_second": (count / sum(bare), "transactions/s"),
        "post_ratio": (sum(bare) / sum(ours), "of the ceiling"),
    }


def movement() -> Movement:
    """An ordinary share with its working."""
    version, employee, order = UUID(int=7), UUID(int=8), uuid4()
    working = {
        "parts": [["12345", 1_000_000, 80_000]], "fx": None, "target_minor": 988, "before_minor": 0, "turnover_minor": 12_345,
        "turnover_before_minor": 0, "payees": [["platform", 1_000_000]], "facts_sha256": "0" * 64,
    }  # fmt: skip
    legs = (Leg("shop.share_expense", f"employee.{employee}.earned.platform", 988, "EUR", "platform"),)
    cause = Cause("order", uuid4(), "The shop reported the order 1001 as paid.")
    return Movement("share", version, employee, START, cause, working, START, START, legs, order, 1)


def back_test(made: Town, orders: int) -> dict[str, tuple[float, str]]:
    """Orders a second through other terms, reading PostgreSQL included; the slowest of three runs."""
    rates = []
    for _ in range(3):
        started = perf_counter()
        with made.database.tenant_session(made.tenant_id) as session:
            answer = what_if(session, employee_id=made.employee_id, terms=TRIED, start=START - timedelta(days=1), end=NOW)
        rates.append(orders / (perf_counter() - started))
        assert answer.order_count == orders
        assert answer.tried_minor > answer.actual_minor > 0
    print(f"-- tried other terms on {orders:,} orders, three times: {', '.join(f'{rate:,.0f}/s' for rate in rates)}", flush=True)
    return {"backtest_orders_per_second": (min(rates), "orders/s")}


def closing(made: Town, size: Size) -> dict[str, tuple[float, str]]:
    """Close the month, explain lines of it, take it away and recount it."""
    started = perf_counter()
    close_due(made.database, clock=lambda: CLOSED_AT)
    took = perf_counter() - started
    print(f"-- closed {size.closed:,} orders in {took:.1f} s", flush=True)
    with made.database.tenant_session(made.tenant_id) as session:
        view = statement_of_period(session, employee_id=made.employee_id, period_start=START.replace(day=1, hour=0))
    assert view is not None
    assert view.line_count >= size.closed
    explained = explaining(made, view.statement_id, size)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "statement.jsonl"
        with made.database.tenant_session(made.tenant_id) as session, path.open("wb") as file:
            file.writelines(export_statement(session, statement_id=view.statement_id, kind="jsonl").content)
        least = close_ceiling(made.admin_url, [raw[BODY:-2] for raw in path.read_bytes().splitlines(keepends=True)])
        started = perf_counter()
        verdict = recount(str(path), view.root)
        recounted = perf_counter() - started
        started = perf_counter()
        read_only(path)
        bare = perf_counter() - started
    print(f"-- {verdict}", flush=True)
    return {
        "close_1m_orders_seconds": (took * LONG.closed / size.closed, "s"),
        "close_ceiling_1m_orders_seconds": (least * LONG.closed / size.closed, "s"),
        "explain_line_p95_ms": (explained, "ms"),
        "recount_lines_per_second": (view.line_count / recounted, "lines/s"),
        "recount_ceiling_per_second": (view.line_count / bare, "lines/s"),
    }


def read_only(path: Path) -> None:
    """The ceiling of a recount: as many processes, and each line's sha256 and the pattern that reads it, nothing else."""
    with path.open("rb") as file:
        offsets = list(itertools.accumulate(map(len, file), initial=0))
    blocks = [(str(path), offsets[at], min(BLOCK_LINES, len(offsets) - 1 - at)) for at in range(0, len(offsets) - 1, BLOCK_LINES)]
    with multiprocessing.Pool(min(len(blocks), multiprocessing.cpu_count())) as pool:
        pool.map(_read_block, blocks)


def _read_block(block: tuple[str, int, int]) -> None:
    path, offset, count = block
    with Path(path).open("rb") as file:
        file.seek(offset)
        for _ in range(count):
            raw = file.readline()
            hashlib.sha256(b"\0" + raw[BODY:-2]).digest()
            SHARE(raw.decode(), raw.index(b'"kind"'))


def explaining(made: Town, statement_id: UUID, size: Size) -> float:
    """Milliseconds within which 95 of 100 lines, chosen at random, are explained down to the facts."""
    dice, times = random.Random(1), []
    for _ in range(size.explained):
        number = dice.randint(1, size.closed)
        started = perf_counter()
        with made.database.tenant_session(made.tenant_id) as session:
            explained = explain_line(session, statement_id=statement_id, number=number)
        times.append((perf_counter() - started) * 1000)
        assert explained.proof
    return statistics.quantiles(times, n=20)[-1]


if __name__ == "__main__":
    main()
