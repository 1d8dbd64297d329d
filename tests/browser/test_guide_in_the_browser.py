"""The guide in Chromium: nothing serious for axe-core, nothing sideways, readable without a script; its scripts do what they say."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
import uvicorn
from axe import faults, sideways
from fastapi import FastAPI
from playwright.sync_api import Browser, Page

from app.dashboard import routes as dashboard
from app.guide import pages as guide

pytestmark = pytest.mark.browser
LOOKS = (("en/concepts", 320, "dark"), ("zh/install", 320, "light"), ("en/orders", 1280, "dark"), ("zh/orders", 1280, "light"))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The guide and the dashboard's style sheets on a loopback port; neither needs a house."""
    app = FastAPI()
    app.include_router(dashboard.router)
    app.include_router(guide.router)
    with closing(socket.socket()) as door:
        door.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{door.getsockname()[1]}/guide"
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    yield context.new_page()
    context.close()


def test_axe_finds_nothing_serious_by_day_by_night_and_on_a_phone(page: Page, address: str):
    complaints: list[str] = []
    page.on("console", lambda message: message.type in ("error", "warning") and complaints.append(message.text))
    for path, width, scheme in (*LOOKS, ("en", 320, "light"), ("zh", 1280, "dark"), ("en/search?q=coupon", 320, "dark")):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{address}/{path}")
        assert faults(page) == [], (path, width, scheme)
        assert sideways(page) == "", (path, width)
    assert complaints == []


def test_without_a_script_a_phone_opens_the_list_of_pages(chromium: Browser, address: str):
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{address}/en/hire")
    shelf = page.locator("#menu")
    assert not shelf.is_visible()
    assert not page.locator(".copy").first.is_visible()
    page.click(".menu-button")
    assert shelf.is_visible()
    shelf.get_by_role("link", name="Quick start").click()
    page.wait_for_url("**/guide/en/quick-start")
    assert not shelf.is_visible()
    page.fill("#q", "nonce")
    page.press("#q", "Enter")
    page.get_by_role("link", name="With a nonce").click()
    page.wait_for_url("**/guide/en/install#nonce")
    context.close()


def test_code_is_copied_whole_and_the_heading_one_reads_is_lit(page: Page, address: str):
    page.set_viewport_size({"width": 1400, "height": 800})
    page.goto(f"{address}/zh/offers")
    code = page.locator("figure.code", has_text="till.sh")
    code.locator(".copy").click()
    code.get_by_text("已复制").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == (code.locator("pre").text_content() or "").strip()
    page.locator("#counter").evaluate("(heading) => heading.scrollIntoView()")
    page.locator('.contents a[aria-current][href="#counter"]').wait_for()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
