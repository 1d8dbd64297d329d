"""Every page of the dashboard: axe-core finds nothing serious, nothing scrolls sideways, nothing complains. The panel: test_widget_axe.py.

A look is a width, a scheme and a language; there are eight. `make test` visits each page in one look, and lets axe, which takes most of
the time, look at every third one; the next day it is the others' turn. Twenty-four days see everything; `make test-long` lets axe look
at each page in every look.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product

import pytest
from axe import faults, sideways
from fakes.dashboard_browser import show_papers, sign_in
from fakes.furnished_shop import CAUTIOUS_EMAIL, Furnished, furnish
from fakes.open_shop import serving
from fakes.page_tour import Stop, tour
from fakes.shop_history import fixed_vectors, routed
from playwright.sync_api import Browser, BrowserContext, Page

from app.dashboard.routes import router
from app.settings import Settings
from app.wiring import House, system_clock
from avatar_pipeline.voice import Voice
from tenants.database import Database

pytestmark = pytest.mark.browser

Look = tuple[int, str, str]
LOOKS: tuple[Look, ...] = tuple(product((1280, 320), ("light", "dark"), ("en-US", "zh-CN")))
TODAY = datetime.now(UTC).toordinal()
PARTS = 4


@dataclass(frozen=True)
class Open:
    """The shop and where its pages are served."""

    shop: Furnished
    address: str
    widget_address: str


@pytest.fixture(scope="module")
def served(database_for_run: Database, empty_tables: Callable[[], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """One furnished shop for the module, on a loopback port."""
    empty_tables()
    folder, database = tmp_path_factory.mktemp("pages"), routed(database_for_run)
    shop = furnish(database, folder, datetime.now(UTC))
    with closing(socket.socket()) as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
        settings = Settings(
            data_folder=folder, port=port, public_url=f"http://127.0.0.1:{port}", widget_url=f"http://localhost:{port}",
            operator_emails=shop.account.owner_email,
        )  # fmt: skip
        house = House(
            settings=settings, database=database, clock=system_clock, embed=fixed_vectors, media_folder=folder,
            voice=lambda _voice: Voice("heart", weights_folder=folder),
        )  # fmt: skip
        with serving(house, door):
            yield Open(shop, settings.public_url, settings.widget_url)


class Walk:
    """Somebody who walks through pages in one language, and what was wrong on the way."""

    def __init__(self, browser: Browser, served: Open, language: str) -> None:
        self.context: BrowserContext = browser.new_context(locale=language, reduced_motion="reduce")
        self.page: Page = self.context.new_page()
        self.served, self.language = served, language
        self.wrong: list[str] = []
        self._complaints: list[str] = []
        self.page.on("console", lambda message: self._complaints.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self._complaints.append(str(error)))

    def visit(self, stop: Stop, width: int, scheme: str, *, with_axe: bool) -> None:
        """Open a page in one look and write down everything that is wrong with it."""
        where = f"{stop.path} at {width} px, {scheme}, {self.language}"
        if stop.route.endswith("/sign-in/code"):
            self._half_sign_in()
        self._complaints.clear()
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        answer = self.page.goto(self.served.address + stop.path)
        assert answer is not None
        if answer.status != 200 or answer.request.redirected_from is not None:
            self.wrong.append(f"{where}: answered {answer.status} from {self.page.url}")
            return
        if stop.route.endswith("/sign-in/code"):
            self.context.clear_cookies()
        named = faults(self.page) if with_axe else []
        found = [*named, *([f"scrolls sideways, {wide}"] if (wide := sideways(self.page)) else []), *self._complaints]
        self.wrong += [f"{where}: {one}" for one in found]

    def sign_in(self) -> None:
        """As the owner."""
        account = self.served.shop.account
        sign_in(self.page, self.served.address, email=account.owner_email, password=account.owner_password)

    def _half_sign_in(self) -> None:
        """As somebody whose password was right and whose code is awaited; the page shows where they stand."""
        self.page.goto(f"{self.served.address}/dashboard/sign-in")
        show_papers(self.page, email=CAUTIOUS_EMAIL, password=self.served.shop.account.owner_password)
        self.page.wait_for_url("**/sign-in/code**")


def walk_all(
    browser: Browser, served: Open, looks_of: Callable[[int], list[Look]], has_axe: Callable[[int], bool] = lambda _: True, part: int = 0,
    parts: int = 1,
) -> list[str]:  # fmt: skip
    """Visit every page of this part of the tour in the looks chosen for its number; doors first, while nobody is signed in."""
    stops = sorted(tour(router, served.shop), key=lambda stop: not stop.is_door)
    walks = {language: Walk(browser, served, language) for language in ("en-US", "zh-CN")}
    signed_in: set[str] = set()
    for number, stop in list(enumerate(stops))[part::parts]:
        for width, scheme, language in looks_of(number):
            walk = walks[language]
            if not stop.is_door and language not in signed_in:
                walk.sign_in()
                signed_in.add(language)
            walk.visit(stop, width, scheme, with_axe=has_axe(number))
    for walk in walks.values():
        walk.context.close()
    return [one for walk in walks.values() for one in walk.wrong]


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_in_todays_look(chromium: Browser, served: Open, part: int) -> None:
    """In parts, so that what a busy machine spoils is tried again without the rest."""
    wrong = walk_all(
        chromium, served, lambda number: [LOOKS[(number + TODAY) // 3 % len(LOOKS)]], has_axe=lambda number: (number + TODAY) % 3 == 0,
        part=part, parts=PARTS,
    )  # fmt: skip
    assert not wrong, "\n".join(wrong)


@pytest.mark.long
@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(map(str, look)))
def test_every_page_in_every_look(chromium: Browser, served: Open, look: Look) -> None:
    wrong = walk_all(chromium, served, lambda _: [look])
    assert not wrong, "\n".join(wrong)
