"""The shop's own site as knowledge: robots respected, one host, a budget, only what changed, a stop in the middle, and bad sites."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
from fakes.own_site import Site, own_site
from fakes.shop_history import fixed_vectors

from app.conversations.errors import FieldNotFit
from app.conversations.own_site import ReadingView, ask_for_reading, call_off, pages_of, readings_of
from app.conversations.read_site import read_site_waiting
from app.conversations.site.pages import address_of, read_page, start_address
from app.conversations.teach_read import documents
from tenants.database import Database


def html(words: str, *links: str, head: str = "") -> str:
    listed = "".join(f'<a href="{link}">more</a>' for link in links)
    title = (words.split() or ["Nothing"])[0]
    return f"<html><head><title>T</title>{head}</head><body><main><h1>{title}</h1><p>{words}</p>{listed}</main></body></html>"


@pytest.fixture
def site() -> Iterator[Site]:
    with own_site() as running:
        running.pages |= {
            "/": html("Welcome to the Kestrel shop.", "/hours", "/secret/plans", "/returns#top", "https://elsewhere.example/", "/bag.jpg"),
            "/hours": html("Hours are from seven to six on weekdays.", "/"),
            "/returns": html("Returns are taken within thirty days.", "/hidden"),
            "/hidden": html("Hidden words for nobody.", head='<meta name="robots" content="noindex">'),
            "/secret/plans": html("Plans that nobody may read."),
            "/robots.txt": (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /secret/\n"),
        }
        yield running


@dataclass
class Desk:
    """The page's verbs and the worker, for one shop."""

    database: Database
    tenant_id: UUID
    employee_id: UUID
    site: Site
    now: datetime

    def ask(self, pages: int = 20) -> UUID:
        with self.database.tenant_session(self.tenant_id) as session:
            how = {"start_url": self.site.url + "/", "pages_max": pages, "by": "test", "now": self.now, "is_loopback_allowed": True}
            return ask_for_reading(session, employee_id=self.employee_id, **how)

    def read(self, pages: int = 20, pause: Callable[[float], None] = lambda _: None) -> ReadingView:
        self.site.asked.clear()
        self.ask(pages)
        clock = lambda: self.now  # noqa: E731
        assert read_site_waiting(self.database, fixed_vectors, clock=clock, is_loopback_allowed=True, pause=pause) == 1
        return self.last()

    def last(self) -> ReadingView:
        with self.database.tenant_session(self.tenant_id) as session:
            return readings_of(session, employee_id=self.employee_id)[0]

    def known(self) -> list[str]:
        with self.database.tenant_session(self.tenant_id) as session:
            return sorted(one.name.partition("/")[2] for one in documents(session, employee_id=self.employee_id))


@pytest.fixture
def desk(database: Database, tenant_id: UUID, employee_id: UUID, site: Site, now: datetime) -> Desk:
    return Desk(database, tenant_id, employee_id, site, now)


def test_pages_are_taught_as_robots_allow_and_only_changes_are_read_again(desk: Desk) -> None:
    first = desk.read()
    assert (first.state, first.taught_count, first.unchanged_count) == ("done", 3, 0)
    assert desk.known() == ["", "hours", "returns"]
    assert "/secret/plans" not in desk.site.paths()
    assert set(desk.site.paths()) == {"/robots.txt", "/", "/hours", "/returns", "/hidden"}
    again = desk.read()
    assert (again.taught_count, again.unchanged_count) == (0, 3)
    assert {status for path, status in desk.site.asked if path in ("/", "/hours", "/returns")} == {304}
    desk.site.pages["/hours"] = html("Hours are from eight to six now.", "/")
    del desk.site.pages["/returns"]
    changed = desk.read()
    assert (changed.taught_count, changed.unchanged_count) == (1, 1)
    assert desk.known() == ["", "hours"]


def test_the_budget_ends_a_reading_and_a_stop_keeps_what_was_taught(desk: Desk) -> None:
    assert desk.read(pages=2).read_count == 2
    reading: list[UUID] = []

    def stop(_seconds: float) -> None:
        with desk.database.tenant_session(desk.tenant_id) as session:
            [one] = [one for one in readings_of(session, employee_id=desk.employee_id) if one.is_in_hand] or [None]
            if one is not None and not reading:
                reading.append(call_off(session, reading_id=one.reading_id, by="test", now=desk.now))

    desk.site.pages["/hours"] = html("Hours are new.", "/")
    assert desk.read(pause=stop).state == "cancelled"
    assert desk.known() == ["", "hours"]


@pytest.mark.parametrize(
    ("pages", "state", "problem"),
    [
        ({"/robots.txt": (503, {}, b"")}, "refused", "robots.txt could not be read"),
        ({"/robots.txt": (200, {}, b"User-agent: Tillhand\nDisallow: /")}, "refused", "asks programs like ours"),
        ({"/robots.txt": (403, {}, b"")}, "refused", "asks programs like ours"),
        ({"/": (200, {"Content-Type": "text/html"}, b"x" * 1_600_000)}, "refused", "larger than we read"),
        ({"/": (302, {"Location": "https://169.254.169.254/latest"}, b"")}, "done", None),
        ({"/": (302, {"Location": "/"}, b"")}, "done", None),
        ({"/": (200, {"Content-Type": "application/pdf"}, b"%PDF")}, "done", None),
    ],
)
def test_bad_sites_end_in_words(desk: Desk, pages: dict, state: str, problem: str | None) -> None:
    desk.site.pages |= {"/hours": html("Hours."), **pages}
    reading = desk.read()
    assert reading.state == state
    assert (problem or "") in (reading.problem or "")
    with desk.database.tenant_session(desk.tenant_id) as session:
        assert all(one.document_id is None for one in pages_of(session, employee_id=desk.employee_id))


def test_addresses_of_our_own_network_and_second_readings_are_refused(desk: Desk) -> None:
    with desk.database.tenant_session(desk.tenant_id) as session:
        how = {"employee_id": desk.employee_id, "by": "test", "now": desk.now}
        for url in ("", "ftp://x.example", "https://10.1.2.3/", "https://localhost/", "http://127.0.0.1/", "https://u@x.example/"):
            with pytest.raises(FieldNotFit):
                ask_for_reading(session, start_url=url, pages_max=5, **how)
        with pytest.raises(FieldNotFit):
            ask_for_reading(session, start_url=desk.site.url, pages_max=0, is_loopback_allowed=True, **how)
    desk.ask()
    with pytest.raises(FieldNotFit):
        desk.ask()


def test_links_stay_on_the_host_and_in_one_spelling() -> None:
    base = "https://Shop.example/a/b"
    assert address_of("../c?x=1#y", base) == "https://shop.example/c?x=1"
    assert [
        address_of(one, base) for one in ("//other.example/", "mailto:a@b.c", "http://shop.example/", "javascript:1", "x.pdf", "https://[")
    ] == [None] * 6
    assert start_address("shop.example") == "https://shop.example/"
    page = read_page(b'<meta name="robots" content="nofollow"><a href="/x">x</a>', "https://shop.example/")
    assert page.links == ()
    assert read_page(b'<a rel="nofollow" href="/x">x</a><a href="/y">y</a><a href="/y#2">y</a>', "https://shop.example/").links == (
        "https://shop.example/y",
    )
