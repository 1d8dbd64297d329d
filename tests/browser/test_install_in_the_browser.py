"""A shop owner installs her in real Chromium: the snippet on a page, "seen 1 s ago" in the dashboard, the playground, her own page.

Pictures of each page and state are kept in out/pages for a person to look at.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from axe import faults
from fakes.dashboard_browser import sign_in
from fakes.open_shop import OpenShop, open_shop
from looking import look
from playwright.sync_api import Browser, Page
from shopper import until

from tenants.database import Database

pytestmark = pytest.mark.browser


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Iterator[OpenShop]:
    with open_shop(database, tmp_path) as opened:
        yield opened


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def owner(chromium: Browser, shop: OpenShop, complaints: list[str]) -> Iterator[Page]:
    """The owner, signed in, in front of the dashboard."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, shop.house.settings.public_url, email=shop.account.owner_email, password=shop.account.owner_password)
    yield page
    context.close()


@contextmanager
def site(host: str, html: Callable[[], str]) -> Iterator[str]:
    """A shop's own web server with one page; gives its origin."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = html().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((host, 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{host}:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_owner_installs_her(owner: Page, shop: OpenShop, complaints: list[str]):
    """One shop, four rooms: opening a shop with its knowledge costs more than all that is tried in it."""
    install = f"{shop.house.settings.public_url}/dashboard/install"
    the_snippet_brings_her_to_the_shops_page(owner, install)
    for name in ("visitors", "page", "api", "card"):
        owner.goto(f"{install}/{name}")
        look(owner, f"install_{name}")
    the_playground_shows_what_happens(owner, install)
    her_own_page_fills_the_window(owner, f"{shop.url}/w/{shop.key}/hosted")
    assert [one for one in complaints if "422" not in one] == []


def the_snippet_brings_her_to_the_shops_page(owner: Page, install: str) -> None:
    owner.goto(install)
    html = f"<!doctype html><title>Shop</title><h1>A shop</h1>{owner.inner_text('#snippet-text')}"
    with site("127.0.0.3", lambda: html) as origin:
        visitor = owner.context.new_page()
        visitor.goto(origin)
        owner.wait_for_selector(f'[data-refused="{origin}"]')
        look(owner, "install_refused")
        owner.click("text=It is mine: allow it")
        owner.wait_for_selector(f'[data-place="{origin}"]')
        visitor.reload()
        visitor.wait_for_selector("tillhand-widget .launcher")
        place = origin.removeprefix("http://")
        until(lambda: re.search(rf"Seen on {re.escape(place)}\s+(just now|\d+ s ago)", owner.inner_text("#places")))
        look(owner, "install_seen")
        visitor.close()


def the_playground_shows_what_happens(owner: Page, install: str) -> None:
    owner.goto(f"{install}/playground?mode=inline&teaser=off")
    owner.wait_for_selector("#stage tillhand-widget")
    panel = owner.frame_locator("tillhand-widget iframe")
    panel.locator(".bubble.hers p").first.wait_for()
    owner.fill("#call-say", "Your parcel leaves today.")
    owner.click("form[data-call=say] button")
    panel.locator(".bubble.hers", has_text="Your parcel leaves today.").wait_for()
    owner.click("form[data-call=setContext] button")
    owner.fill("#call-identify", "no.real.token")
    owner.click("form[data-call=identify] button")
    owner.wait_for_selector("#event-log .event:has-text('The visitor was not identified')")
    until(lambda: {"ready", "open", "message", "error"} <= set(owner.locator("#event-log .event strong").all_inner_texts()))
    look(owner, "install_playground")


def her_own_page_fills_the_window(owner: Page, address: str) -> None:
    owner.goto(address)
    panel = owner.frame_locator("tillhand-widget iframe")
    panel.locator(".bubble.hers p").first.wait_for()
    panel.locator(".face:not([hidden])").wait_for()
    assert not panel.locator('[data-act="close"]').is_visible()
    room = next(frame for frame in owner.frames if "/frame" in frame.url)
    for width, scheme in ((1440, "light"), (320, "dark")):
        owner.set_viewport_size({"width": width, "height": 900})
        owner.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert faults(owner) + faults(room) == []
    look(owner, "hosted_page")
