"""Durable ingest under load: `make bench-ingest`, about five minutes; `--short` takes the same steps with little.

A thousand shops send signed single-order webhooks over 64 keep-alive connections to one web process; one worker attributes and posts them;
the PostgreSQL is durable. First a closed loop, for what the house can take and credit; then an open loop at 1,500 a second, and one at four
fifths of what was credited, for how long a shop waits for its answer: above what the machine can take, that is only how long the queue
has become. The ceiling, the same inbox row committed by 16 connections, is measured before and after, and before also at the open loop's
pace: how long the disk alone makes a delivery wait. Every delivery that was answered 2xx is looked for in the book afterwards. A table
first, then one line `name value unit` per figure.
"""

import argparse
import os
import statistics
import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from ingest_house import IngestHouse, RawCommits, box_seconds, ingest_house, paced_commits, raw_commits
from ingest_town import IngestTown, ingest_town

DRAIN_SECONDS_MAX = 300
IDLE_SECONDS = 0.3
"""Of two, that an idle worker uses for its rounds at most."""
RATE = 1_500
LATE_SECONDS_SHOWN = 8
FEASIBLE_PART = 0.8
"""Of what the closed loop credited a second: a pace that lasts."""
_CREDITED = "SELECT count(*) FROM ledger_transaction WHERE kind = 'share'"
_BOOK = """SELECT o.external_id, count(t.transaction_id) FROM shop_order o
    LEFT JOIN ledger_transaction t ON t.tenant_id = o.tenant_id AND t.order_id = o.order_id AND t.kind = 'share'
    GROUP BY o.tenant_id, o.order_id, o.external_id"""


@dataclass(frozen=True)
class Size:
    """Shops, seconds of each load, seconds of each ceiling, and the open loop's rate."""

    shops: int
    seconds: int
    raw_seconds: int
    rate: int


LONG, SHORT = Size(1_000, 60, 10, RATE), Size(12, 2, 1, 100)


@dataclass(frozen=True)
class Ran:
    """What one load told, how many orders were credited when it ended, the processor seconds of each part, and what others used."""

    told: dict[str, Any]
    credited: int
    used: dict[str, float]
    others_percent: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--seconds", type=int, help="of each load, in place of 60")
    asked = parser.parse_args()
    size = SHORT if asked.short else LONG
    size = replace(size, seconds=asked.seconds or size.seconds)
    with ingest_town(size.shops) as town:
        before = raw_commits(town, size.raw_seconds)
        print(f"-- the ceiling before: {before.per_second:,.0f} commits/s", flush=True)
        bare = paced_commits(town, size.raw_seconds, size.rate)
        with ingest_house(town) as house:
            settled(house)
            full = run(house, size, "full", rate=0)
            drain(town)
            paced = run(house, size, "paced", rate=size.rate)
            drain(town)
            feasible = run(house, size, "feasible", rate=max(1, int(full.credited / size.seconds * FEASIBLE_PART)))
            rss_mb = house.peak_rss_mb()
        lost, doubled = looked_up(town, [*full.told["taken"], *paced.told["taken"], *feasible.told["taken"]])
        after = raw_commits(town, size.raw_seconds)
        print(f"-- the ceiling after: {after.per_second:,.0f} commits/s", flush=True)
    credited = full.credited / size.seconds
    raw = (before.per_second + after.per_second) / 2
    show({
        "credited_per_second": (credited, "orders/s", ">= 1500"),
        "accept_p99_ms": (percentile(paced.told["latencies"], 99) * 1000, "ms", "< 50"),
        "raw_commit_p99_ms": (percentile(bare, 99) * 1000, "ms", "-"),
        "accept_p50_ms": (percentile(paced.told["latencies"], 50) * 1000, "ms", "-"),
        "accept_p99_feasible_ms": (percentile(feasible.told["latencies"], 99) * 1000, "ms", "< 50"),
        "accept_p50_feasible_ms": (percentile(feasible.told["latencies"], 50) * 1000, "ms", "-"),
        "feasible_rate_per_second": (int(full.credited / size.seconds * FEASIBLE_PART), "orders/s", "-"),
        "accepted_per_second": (len(full.told["taken"]) / size.seconds, "orders/s", "-"),
        "raw_commit_per_second": (raw, "commits/s", "-"),
        "credited_ratio": (credited / raw, "of the ceiling", ">= 0.3"),
        **limits(full, (before, after)),
        "lost": (lost, "orders", "0"),
        "doubled": (doubled, "orders", "0"),
        "rss_mb": (rss_mb, "MB", "-"),
        **{f"{name}_processor_ms_per_order": (paced.used[name] * 1000 / len(paced.told["taken"]), "ms", "-") for name in paced.used},
    })  # fmt: skip


def limits(full: Ran, raw: tuple[RawCommits, RawCommits]) -> dict[str, tuple[float, str, str]]:
    """What stands in the way: how much of the machine others had, and what its processors could credit if they did nothing else.

    `all_of_the_box_per_second` is reckoned with our cost an order as it is; `without_ours_per_second` with none of ours at all, only the
    load and the bare commit of the same row.
    """
    count, second = len(full.told["taken"]), 1000 * (os.cpu_count() or 1)
    ours_ms = sum(full.used.values()) * 1000 / count
    bare_ms = full.used["load"] * 1000 / count + sum(one.processor_ms for one in raw) / 2
    return {
        "others_percent": (full.others_percent, "of the box", "0"),
        "processor_ms_per_order": (ours_ms, "ms", "-"),
        "all_of_the_box_per_second": (second / ours_ms, "orders/s", "-"),
        "without_ours_per_second": (second / bare_ms, "orders/s", "-"),
    }


def run(house: IngestHouse, size: Size, name: str, *, rate: int) -> Ran:
    """One load from its first delivery to its last second, and what was credited by then."""
    with psycopg.connect(house.town.admin_url, autocommit=True) as connection:
        already = _count(connection)
        before, box = house.processor_seconds(), box_seconds()
        load = house.load(seconds=size.seconds, rate=rate, prefix=name)
        time.sleep(size.seconds)
        credited = _count(connection) - already
        told = house.finished(load)
        drained(connection)
    used = {part: seconds - before[part] for part, seconds in house.processor_seconds().items()}
    used["load"] = told["processor_seconds"]
    busy, idle = (now - then for now, then in zip(box_seconds(), box, strict=True))
    count = len(told["taken"])
    shares = ", ".join(f"{part} {seconds * 1000 / count:.3f}" for part, seconds in used.items())
    answers = f"{told['refused']} refused, {told['broken']} broken"
    print(f"-- {name}: {count:,} taken in {told['seconds']:.1f} s ({answers}), {credited:,} credited by then", flush=True)
    print(f"   processor ms per order: {shares}", flush=True)
    if rate and told["late"]:
        worst = sorted(told["late"], key=lambda one: -one[1][0])[:LATE_SECONDS_SHOWN]
        listed = ", ".join(f"{second} s: {number} (up to {longest * 1000:.0f} ms)" for second, (number, longest) in sorted(worst))
        print(f"   later than 50 ms in {len(told['late'])} seconds; most in {listed}", flush=True)
    return Ran(told, credited, used, max(0.0, busy - sum(used.values())) * 100 / (busy + idle))


def settled(house: IngestHouse) -> None:
    """Wait until the worker has done what it does once when it starts."""
    deadline = time.monotonic() + DRAIN_SECONDS_MAX
    used = house.processor_seconds()["worker"]
    while time.monotonic() < deadline:
        time.sleep(2)
        before, used = used, house.processor_seconds()["worker"]
        if used - before < IDLE_SECONDS:
            return


def drain(town: IngestTown) -> None:
    """Wait until nothing waits in the inbox."""
    with psycopg.connect(town.admin_url, autocommit=True) as connection:
        drained(connection)


def drained(connection: psycopg.Connection) -> None:
    """Wait until nothing waits in the inbox."""
    deadline = time.monotonic() + DRAIN_SECONDS_MAX
    while (row := connection.execute("SELECT count(*) FROM inbound_event WHERE state = 'received'").fetchone()) and row[0]:
        assert time.monotonic() < deadline, "the inbox was not drained"
        time.sleep(0.2)


def looked_up(town: IngestTown, taken: list[str]) -> tuple[int, int]:
    """How many of the orders that were answered 2xx are not in the book, and how many orders stand in it more than once."""
    with psycopg.connect(town.admin_url) as connection:
        book = connection.execute(_BOOK).fetchall()
    shares: Counter[str] = Counter()
    for name, count in book:
        shares[name] += count
    return sum(shares[name] == 0 for name in taken), sum(count > 1 for count in shares.values())


def percentile(values: list[float], percent: int) -> float:
    """The value below which that many of a hundred lie."""
    return statistics.quantiles(values, n=100)[percent - 1]


def show(figures: dict[str, tuple[float, str, str]]) -> None:
    """The table, then one line per figure."""
    print(f"\n{'figure':<36}{'value':>14}  {'unit':<16}goal")
    for name, (value, unit, goal) in figures.items():
        print(f"{name:<36}{value:>14.3f}  {unit:<16}{goal}")
    print()
    for name, (value, unit, _) in figures.items():
        print(f"{name} {value:.3f} {unit}")


def _count(connection: psycopg.Connection) -> int:
    row = connection.execute(_CREDITED).fetchone()
    return int(row[0]) if row else 0


if __name__ == "__main__":
    main()
