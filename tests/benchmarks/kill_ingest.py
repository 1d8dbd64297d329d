"""Kills the web process, the worker and the database at random moments under load, and looks for every acknowledged order afterwards.

`--kills 50` is what `make test-long` does; the ordinary suite does a few. Each that was killed is started again at once, as a supervisor
would. The shops send again whatever was not answered 2xx. Prints `lost`, `doubled`, `set_aside` and how many kills hit whom.
"""

import argparse
import os
import random
import signal
import time
from collections import Counter

import psycopg
from bench_ingest import drained, looked_up
from ingest_house import IngestHouse, ingest_house
from ingest_town import IngestTown, ingest_town

from tenants.local_postgres import LocalPostgres, LocalPostgresFailed

SHOPS, RATE, CONNECTIONS = 12, 120, 16
SECONDS_BETWEEN = (0.1, 0.7)
READY_SECONDS_MAX = 60


def main() -> None:
    """Kill, drain, look."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=20261122)
    asked = parser.parse_args()
    dice, hit = random.Random(asked.seed), Counter[str]()
    with ingest_town(SHOPS) as town, ingest_house(town) as house:
        load = house.load(seconds=3_600, rate=RATE, connections=CONNECTIONS, prefix="kill")
        for number in range(asked.kills):
            time.sleep(dice.uniform(*SECONDS_BETWEEN))
            # Everybody's turn comes in every three kills; whose first is chance.
            name = dice.choice(fewest(hit)) if number % 3 else dice.choice(("web", "worker", "database"))
            hit[name] += 1
            kill(town, house, name)
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
    for figure, value in figures.items():
        print(f"{figure} {value} orders" if figure != "kills" else f"kills {value} processes")


def fewest(hit: Counter[str]) -> list[str]:
    """Those that were killed least often."""
    least = min(hit[name] for name in ("web", "worker", "database"))
    return [name for name in ("web", "worker", "database") if hit[name] == least]


def kill(town: IngestTown, house: IngestHouse, name: str) -> None:
    """End one without warning, start it again, and wait until the web process answers."""
    if name == "database":
        os.kill(town.server.process_id(), signal.SIGKILL)
        start_again(town)
    else:
        house.household.restart(house.household.kill(name))
    house.household.wait_until_ready(house.household.child("web"), f"{house.url}/health/ready")


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
