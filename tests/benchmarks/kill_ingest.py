"""Kills the web process, the worker and the database at random moments under load, and looks for every acknowledged order afterwards.

`--kills 50` is what `make test-long` does; the ordinary suite does a few. A supervisor starts again at once whatever ends, as in
production: what was killed, and what ended by itself meanwhile, which is counted (`fell`). The shops send again whatever was not answered
2xx. Prints `lost`, `doubled`, `set_aside` and how many kills hit whom.
"""

import argparse
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
from bench_ingest import drained, looked_up
from ingest_house import IngestHouse, ingest_house
from ingest_town import IngestTown, ingest_town

from tenants.local_postgres import LocalPostgres, LocalPostgresFailed

SHOPS, RATE, CONNECTIONS = 12, 120, 16
SECONDS_BETWEEN = (0.1, 0.7)
READY_SECONDS_MAX = 60
LOOK_SECONDS = 0.05
LOG_TAIL_CHARACTERS = 1_500


class Supervisor:
    """Starts again whatever has ended of the web process and the worker, and counts what nobody had killed."""

    def __init__(self, house: IngestHouse) -> None:
        self._household, self._alone = house.household, threading.Lock()
        self.fell = Counter[str]()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Look every LOOK_SECONDS, until the context is left."""
        leaving = threading.Event()

        def watch() -> None:
            while not leaving.wait(LOOK_SECONDS):
                self._look()

        thread = threading.Thread(target=watch, name="supervisor")
        thread.start()
        try:
            yield
        finally:
            leaving.set()
            thread.join()

    def kill(self, name: str) -> None:
        """End one without warning and start it again."""
        with self._alone:
            self._household.restart(self._household.kill(name))

    def _look(self) -> None:
        for name in ("web", "worker"):
            with self._alone:
                child = self._household.child(name)
                if child.process.poll() is None:
                    continue
                self.fell[name] += 1
                print(f"-- {name} ended with status {child.process.returncode}", flush=True)
                print(child.log_file.read_text()[-LOG_TAIL_CHARACTERS:], file=sys.stderr, flush=True)
                self._household.restart(self._household.kill(name))


def main() -> None:
    """Kill, drain, look."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=20261122)
    asked = parser.parse_args()
    dice, hit = random.Random(asked.seed), Counter[str]()
    with ingest_town(SHOPS) as town, ingest_house(town) as house, (supervisor := Supervisor(house)).at_work():
        load = house.load(seconds=3_600, rate=RATE, connections=CONNECTIONS, prefix="kill")
        for number in range(asked.kills):
            time.sleep(dice.uniform(*SECONDS_BETWEEN))
            # Everybody's turn comes in every three kills; whose first is chance.
            name = dice.choice(fewest(hit)) if number % 3 else dice.choice(("web", "worker", "database"))
            hit[name] += 1
            print(f"-- {number + 1} of {asked.kills}: {name}", flush=True)
            kill(town, house, supervisor, name)
        time.sleep(1)
        load.send_signal(signal.SIGTERM)  # it sends nothing new, and again what was not taken
        told = house.finished(load)
        with psycopg.connect(town.admin_url, autocommit=True) as connection:
            drained(connection)
            set_aside = connection.execute("SELECT count(*) FROM inbound_event WHERE state = 'set_aside'").fetchone()
        lost, doubled = looked_up(town, told["taken"])
    assert set_aside is not None
    print(f"-- {len(told['taken']):,} orders taken while {dict(hit)} were killed; {told['refused']} refused, {told['broken']} broken off")
    figures = {"kills": hit.total(), "taken": len(told["taken"]), "lost": lost, "doubled": doubled, "set_aside": set_aside[0]}
    figures |= {"fell": supervisor.fell.total()}
    for figure, value in figures.items():
        print(f"{figure} {value} {'processes' if figure in ('kills', 'fell') else 'orders'}")


def fewest(hit: Counter[str]) -> list[str]:
    """Those that were killed least often."""
    least = min(hit[name] for name in ("web", "worker", "database"))
    return [name for name in ("web", "worker", "database") if hit[name] == least]


def kill(town: IngestTown, house: IngestHouse, supervisor: Supervisor, name: str) -> None:
    """End one without warning, start it again, and wait until the web process answers."""
    if name == "database":
        process = town.server.process_id()
        os.kill(process, signal.SIGKILL)
        wait_for_end(process)
        start_again(town)
    else:
        supervisor.kill(name)
    wait_until_ready(house)


def wait_until_ready(house: IngestHouse) -> None:
    """Until the web process says that it and its database answer."""
    deadline = time.monotonic() + READY_SECONDS_MAX
    while not is_ready(house):
        assert time.monotonic() < deadline, "the web process did not answer"
        time.sleep(LOOK_SECONDS)


def is_ready(house: IngestHouse) -> bool:
    """Whether the web process is ready now."""
    try:
        return httpx.get(f"{house.url}/health/ready", timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def wait_for_end(process: int) -> None:
    """A killed process still stands in the list for a moment; taken for alive, nobody would start the server again."""
    deadline = time.monotonic() + READY_SECONDS_MAX
    while is_alive(process):
        assert time.monotonic() < deadline, "the database server did not end"
        time.sleep(0.005)


def is_alive(process: int) -> bool:
    """Whether it runs; one that has ended and was not yet buried has no command any more."""
    try:
        return bool(Path(f"/proc/{process}/cmdline").read_bytes())
    except OSError:
        return False


def start_again(town: IngestTown) -> None:
    """The server refuses to start while a process of its former life still ends; then it repeats what its log says was committed."""
    deadline = time.monotonic() + READY_SECONDS_MAX
    while not starts(LocalPostgres(town.folder / "postgres")):
        assert time.monotonic() < deadline, "the database did not start again"
        time.sleep(0.1)


def starts(server: LocalPostgres) -> bool:
    """Start it, and leave it running for those who use it already."""
    try:
        server.start().stop()
    except LocalPostgresFailed:
        return False
    return True


if __name__ == "__main__":
    main()
