"""Real Chromium for the browser tests, a small house with the widget's contract, and a watch over everything a page complains about."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.typefaces import with_typefaces
from fakes.widget_house import WidgetHouse
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Playwright, expect, sync_playwright
from shopper import PATIENCE_S, WATCH, Shopper, Visit

FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-quic"]
SOUND_WITHOUT_TAP = "--autoplay-policy=no-user-gesture-required"
STORAGE_IN_FRAMES = "--disable-features=TrackingProtection3pcd"
SOUND_AFTER_TAP = "--autoplay-policy=document-user-activation-required"
expect.set_options(timeout=PATIENCE_S * 1000)


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


def _chromium_path() -> str:
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("The browser tests need Chromium. As root: apt-get install chromium")
    return path


def _launch(driver: Playwright, *flags: str) -> Browser:
    return driver.chromium.launch(executable_path=_chromium_path(), args=[*FLAGS, *flags], env=with_typefaces())


@pytest.fixture(scope="session")
def chromium(playwright_driver: Playwright) -> Iterator[Browser]:
    """A browser that lets pages sound at once."""
    browser = _launch(playwright_driver, SOUND_WITHOUT_TAP)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def strict_chromium(playwright_driver: Playwright) -> Iterator[Browser]:
    """A browser that wants a tap inside the panel itself before anything sounds."""
    browser = _launch(playwright_driver, SOUND_AFTER_TAP, "--disable-features=AutoplayIgnoreWebAudio")
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def poster() -> bytes:
    """A drawn portrait; the tests of the widget need no particular face."""
    picture = Image.new("RGB", (320, 320), "#c9c5bd")
    pencil = ImageDraw.Draw(picture)
    pencil.ellipse((90, 40, 230, 220), fill="#8a5a3c")
    pencil.rounded_rectangle((40, 220, 280, 330), 60, fill="#a8512f")
    file = io.BytesIO()
    picture.save(file, "WEBP")
    return file.getvalue()


@pytest.fixture
def house(poster: bytes) -> Iterator[WidgetHouse]:
    server = WidgetHouse(poster).start()
    yield server
    server.stop()


@pytest.fixture
def hasty(house: WidgetHouse) -> WidgetHouse:
    """She speaks six times as fast: for tests that wait for her to finish and are not about time."""
    house.haste = 6.0
    return house


@pytest.fixture
def at_home(playwright_driver: Playwright, house: WidgetHouse, tmp_path: Path) -> Iterator[Visit]:
    """Like `visit`, in a browser whose frames may keep things, each in a drawer of its own."""
    contexts: list[BrowserContext] = []

    def go(*, query: str = "") -> Shopper:
        flags = [*FLAGS, SOUND_WITHOUT_TAP, STORAGE_IN_FRAMES]
        context = playwright_driver.chromium.launch_persistent_context(tmp_path, executable_path=_chromium_path(), args=flags)
        contexts.append(context)
        shopper = Shopper(context.new_page())
        shopper.page.goto(house.shop_url + "/shop" + query)
        return shopper

    yield go
    for context in contexts:
        context.close()


@pytest.fixture
def visit(chromium: Browser, house: WidgetHouse) -> Iterator[Visit]:
    """Go to the shop: `visit(width=..., browser=..., query="?consent=granted", context={...})`."""
    contexts: list[BrowserContext] = []

    def go(*, url: str | None = None, query: str = "", browser: Browser = chromium, prepare: str = "", **options: Any) -> Shopper:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        context.add_init_script(WATCH + prepare)
        shopper = Shopper(context.new_page())
        shopper.page.on("console", lambda message: shopper.overheard.append(message.text))
        shopper.page.on("console", lambda message: message.type == "error" and shopper.complaints.append(message.text))
        shopper.page.on("pageerror", lambda error: shopper.complaints.append(str(error)))
        shopper.page.goto((url or house.shop_url + "/shop") + query)
        return shopper

    yield go
    for context in contexts:
        context.close()


@pytest.fixture
def shopper(visit: Visit) -> Shopper:
    """A shopper on the shop's page whose launcher is there."""
    person = visit()
    person.page.wait_for_selector("tillhand-widget .launcher")
    return person
