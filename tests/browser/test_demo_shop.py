"""The shop in real Chromium, on its own origin: no console error, the policy lets in exactly the widget's origin, the drawer works."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from axe import faults
from fakes.coffee_shop import KNOWLEDGE, SECRET, HandClock
from fakes.fake_tillhand_api import FakeCoupon, FakeTillhand
from playwright.sync_api import Browser, Page
from shopper import until
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from app.demo.shop.arrangement import ShopArrangement
from app.demo.shop.server import create_shop

pytestmark = pytest.mark.browser

LOADER = """
const origin = new URL(document.currentScript.src).origin;
window.Tillhand = () => {};
window.Tillhand.attribution = () => ({visitor: "0193484e-5a00-7000-8000-00000000a001", click: null, coupon: "GOOD", work: null});
const image = new Image();
const frame = Object.assign(document.createElement("iframe"), {title: "Amara"});
const arrived = (thing) => new Promise((done) => { thing.onload = () => done(true); thing.onerror = () => done(false); });
window.opened = Promise.all([fetch(origin + "/w/boot").then((answer) => answer.ok, () => false), arrived(image), arrived(frame)]);
image.src = origin + "/w/portrait.svg";
frame.src = origin + "/w/frame";
document.body.append(frame);
"""
PORTRAIT = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>'


@dataclass
class Street:
    """The shop, the widget's origin beside it, and what the browser complained about."""

    page: Page
    shop_url: str
    foreign_url: str
    tillhand: FakeTillhand
    complaints: list[str]


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        number: int = probe.getsockname()[1]
        return number


class _Served:
    def __init__(self, app: Any, host: str, port: int) -> None:
        self._server = uvicorn.Server(uvicorn.Config(app, host=host, port=port, log_level="error"))
        self._thread = threading.Thread(target=self._server.run)

    def __enter__(self) -> None:
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.02)
            assert self._thread.is_alive()

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)


def _widget_origin() -> Starlette:
    open_to_all = {"access-control-allow-origin": "*"}
    return Starlette(
        routes=[
            Route("/w/loader.js", lambda _: Response(LOADER, media_type="text/javascript")),
            Route("/w/boot", lambda _: JSONResponse({}, headers=open_to_all)),
            Route("/w/portrait.svg", lambda _: Response(PORTRAIT, media_type="image/svg+xml")),
            Route("/w/frame", lambda _: HTMLResponse("<p>panel")),
        ]
    )


@pytest.fixture
def street(tmp_path: Path, chromium: Browser) -> Iterator[Street]:
    widget_port, shop_port = _free_port("127.0.0.1"), _free_port("127.0.0.2")
    shop_url, tillhand = f"http://127.0.0.2:{shop_port}", FakeTillhand(SECRET, coupons={"GOOD": FakeCoupon()})
    arrangement = ShopArrangement(
        shop_url=shop_url, api_url="http://tillhand.test", api_key="sk_test", connection_key="con_test", webhook_secret=SECRET,
        widget_url=f"http://localhost:{widget_port}", widget_key="wk_test", price_list=KNOWLEDGE / "price_list.csv",
        journal=tmp_path / "journal.jsonl",
    )  # fmt: skip
    shop = create_shop(arrangement, clock=HandClock(), client=httpx.Client(transport=httpx.MockTransport(tillhand.answer)))
    with _Served(_widget_origin(), "127.0.0.1", widget_port), _Served(shop, "127.0.0.2", shop_port):
        context, complaints = chromium.new_context(), []
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield Street(page, shop_url, f"http://127.0.0.1:{widget_port}", tillhand, complaints)
        context.close()


def test_the_policy_opens_to_the_widgets_origin_and_to_no_other(street: Street) -> None:
    street.page.goto(street.shop_url)
    assert street.page.evaluate("window.opened") == [True, True, True]
    assert street.complaints == []
    # The same files under another name of the same server: every kind must be refused.
    refused = street.page.evaluate(
        """async (foreign) => {
            const broken = (thing) => new Promise((done) => {
                thing.onload = () => done("loaded"); thing.onerror = () => done("refused");
            });
            const violations = [];
            document.addEventListener("securitypolicyviolation", (event) => violations.push(event.effectiveDirective));
            const script = document.createElement("script"), image = new Image(), frame = document.createElement("iframe");
            const outcomes = [broken(script), broken(image), fetch(foreign + "/w/boot").then(() => "loaded", () => "refused")];
            script.src = foreign + "/w/loader.js"; image.src = foreign + "/w/portrait.svg"; frame.src = foreign + "/w/frame";
            document.body.append(script, image, frame);
            document.body.insertAdjacentHTML("beforeend", "<p style='color:red' onclick='0'>x</p>");
            const seen = await Promise.all(outcomes);
            await new Promise((done) => setTimeout(done, 300));
            return [seen, [...new Set(violations)].sort()];
        }""",
        street.foreign_url,
    )
    assert refused[0] == ["refused", "refused", "refused"]
    assert refused[1] == ["connect-src", "frame-src", "img-src", "script-src-attr", "script-src-elem", "style-src-attr"]


def test_a_shopper_adds_pays_and_the_widgets_marks_travel_with_the_order(street: Street) -> None:
    page = street.page
    page.goto(street.shop_url)
    page.evaluate("window.opened")
    page.get_by_role("button", name="Add Cold Brew to the cart").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_text("Cold Brew").wait_for()
    assert page.locator(".cart-count").inner_text() == "1"
    drawer.get_by_role("button", name="One more: Cold Brew").click()
    page.locator(".cart-count", has_text="2").wait_for()
    drawer.get_by_role("link", name="Go to checkout").click()
    page.get_by_role("radio", name="$2.00").check()
    page.locator(".summary").get_by_text("Tip for the barista").wait_for()
    page.get_by_label("Code").fill("good")
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("button", name="Remove").wait_for()
    page.get_by_label("Name for the cup").fill("Robin")
    page.get_by_role("button", name="Place the order").click()
    page.get_by_role("heading", name="Thank you, Robin").wait_for()
    [told] = until(lambda: street.tillhand.messages("order.paid"))
    assert told["attribution"]["visitor"] == "0193484e-5a00-7000-8000-00000000a001"
    assert (told["codes"], told["tip"]) == (["GOOD"], "2.00")
    assert street.complaints == []


def test_consent_is_remembered_and_not_asked_twice(street: Street) -> None:
    street.page.emulate_media(reduced_motion="reduce")  # or a colour would be read on its way from night to day
    street.page.goto(street.shop_url)
    question = street.page.get_by_role("button", name="Yes")
    question.wait_for()
    for width, scheme in ((1280, "dark"), (320, "light")):
        street.page.set_viewport_size({"width": width, "height": 800})
        street.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert faults(street.page) == []
    with street.page.expect_response("**/consent"):
        question.click()
    street.page.get_by_text("May our assistant recognise").wait_for(state="detached")
    street.page.goto(street.shop_url + "/cart")
    assert street.page.get_by_text("May our assistant recognise").count() == 0
    assert street.page.locator("script[data-consent=granted]").count() == 1


def test_no_page_scrolls_sideways(street: Street) -> None:
    street.page.goto(street.shop_url)
    street.page.evaluate("window.opened")
    street.page.get_by_role("button", name="Add Cold Brew to the cart").click()
    street.page.get_by_role("dialog").get_by_text("Cold Brew").wait_for()
    too_wide = "[...document.querySelectorAll('main > *, .panel')].filter((one) => one.getBoundingClientRect().right > innerWidth).length"
    for path in ("/", "/shop/flat-white-large", "/cart", "/checkout", "/back-office"):
        street.page.goto(street.shop_url + path)
        for width in (1440, 768, 360):
            street.page.set_viewport_size({"width": width, "height": 800})
            is_wide = street.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
            assert (is_wide, street.page.evaluate(too_wide)) == (False, 0), (path, width)
    assert street.complaints == []
