"""The dashboard's pages at the size of a large shop: `make bench-pages`; `--short` takes the same steps with little.

Every page is asked for by one reader from a real web process on a durable PostgreSQL, again and again in turn, beside its floor in the same
run: the page that says an address leads nowhere, which passes the same stack and reads no shop. A table of the slowest ten first, then one
line `name value unit` per figure.
"""

import argparse
import gzip
import re
import socket
import statistics
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter

import httpx
from fakes.dashboard_person import field
from fakes.page_tour import tour
from pages_town import GrownShop, grown_shop

from app.commands.household import Household
from app.dashboard.routes import router
from app.settings import Settings
from tenants.identifiers import to_public
from tenants.roles import APP, INTAKE, OPERATOR

FLOOR = "/dashboard/nothing-here"
READY_PATH = "/health/ready"
PAGE_MS_MAX = 8_000


@dataclass(frozen=True)
class Size:
    """How large the shop is, how often each page is asked for, and every which page: one is all of them."""

    lines: int
    talks: int
    rounds: int
    every: int = 1


LONG, SHORT = Size(100_000, 10_000, 15), Size(400, 200, 1, every=6)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    size = SHORT if parser.parse_args().short else LONG
    begun = perf_counter()
    with grown_shop(size.lines, size.talks, datetime.now(UTC)) as grown, served(grown) as client:
        paths = pages_of(grown)[:: size.every]
        print(f"seeded in {perf_counter() - begun:.0f} s: {', '.join(f'{count:,} {name}' for name, count in grown.counts.items())}\n")
        read(client, FLOOR)
        script_kb = max(scripts_kb(client, found) for found in {scripts_of(client.get(path)) for path in paths})
        times: dict[str, list[float]] = {path: [] for path in (FLOOR, *paths)}
        for number in range(size.rounds):
            for path, taken in times.items():
                # A page that has had its time stands still: its own readings are counted again, so that it weighs as much as the others.
                taken.append(read(client, path) if sum(taken) < PAGE_MS_MAX else taken[number % len(taken)])
    floor = times.pop(FLOOR)
    tell(times)
    everything = [one for taken in times.values() for one in taken]
    print(f"\npage_p95_ms {p95(everything):.1f} ms (goal <= 150, {len(times)} pages)")
    print(f"page_slowest_p95_ms {max(p95(taken) for taken in times.values()):.1f} ms")
    print(f"page_floor_p95_ms {p95(floor):.1f} ms")
    print(f"page_js_gz_kb {script_kb:.1f} kB (goal <= 45)")


@contextmanager
def served(grown: GrownShop) -> Iterator[httpx.Client]:
    """The web process on the grown shop, and its owner's client."""
    with closing(socket.create_server(("127.0.0.1", 0))) as door, Household(grown.folder / "log") as household:
        address = f"http://127.0.0.1:{door.getsockname()[1]}"
        environment = Settings().environment_with(
            data_folder=str(grown.folder), public_url=address, widget_url=address.replace("127.0.0.1", "localhost"),
            database_url_app=grown.urls[APP], database_url_intake=grown.urls[INTAKE], database_url_operator=grown.urls[OPERATOR],
            operator_emails=grown.shop.account.owner_email,
        )  # fmt: skip
        web = household.start("web", ["serve", "--socket-fd", str(door.fileno())], environment, (door.fileno(),))
        household.wait_until_ready(web, address + READY_PATH)
        with httpx.Client(base_url=address, timeout=60) as client:
            sign_in(client, grown)
            yield client


def sign_in(client: httpx.Client, grown: GrownShop) -> None:
    """As the owner."""
    account, form = grown.shop.account, client.get("/dashboard/sign-in").text
    fields = {"csrf_token": field(form, "csrf_token"), "email": account.owner_email, "password": account.owner_password}
    answer = client.post("/dashboard/sign-in", data=fields)
    if answer.status_code != httpx.codes.SEE_OTHER:
        sys.exit(f"The owner could not sign in: {answer.status_code}")


def pages_of(grown: GrownShop) -> list[str]:
    """Every page but the doors, and the lists narrowed and searched as people do."""
    employee = to_public("emp", grown.shop.applicant_id)
    narrowed = (
        "/dashboard/conversations?words=filter+coffee", "/dashboard/conversations?words=nobody+said+this",
        "/dashboard/conversations?kind=coupon", "/dashboard/conversations?kind=unanswered",
        f"/dashboard/conversations?employee={employee}", "/dashboard/earnings?kind=back",
        "/dashboard/deliveries?state=set_aside",
    )  # fmt: skip
    return [*(stop.path for stop in tour(router, grown.shop) if not stop.is_door), *narrowed]


def read(client: httpx.Client, path: str) -> float:
    """Ask for a page; milliseconds from the question to the last byte."""
    begun = perf_counter()
    answer = client.get(path)
    taken = (perf_counter() - begun) * 1000
    if answer.status_code != httpx.codes.OK and path != FLOOR:
        sys.exit(f"{path} answered {answer.status_code}")
    return taken


def scripts_of(answer: httpx.Response) -> frozenset[str]:
    """The addresses of the scripts a page loads."""
    return frozenset(re.findall(r'<script src="([^"]+)"', answer.text))


def scripts_kb(client: httpx.Client, found: frozenset[str]) -> float:
    """Scripts, compressed, in kilobytes."""
    return sum(len(gzip.compress(client.get(one).content, 9)) for one in found) / 1000


def p95(taken: list[float]) -> float:
    """The 95th percentile; of one reading, itself."""
    return taken[0] if len(taken) == 1 else statistics.quantiles(taken, n=20, method="inclusive")[-1]


def tell(times: dict[str, list[float]]) -> None:
    """The slowest ten."""
    print(f"{'page':<76}{'median':>9}{'p95 ms':>9}")
    for path, taken in sorted(times.items(), key=lambda item: -p95(item[1]))[:10]:
        print(f"{path[:75]:<76}{statistics.median(taken):>9.1f}{p95(taken):>9.1f}")


if __name__ == "__main__":
    main()
