"""One working day by clicking and typing only, on real parts: the shop, the employee, the till, the dashboard, and the refund."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import numpy as np
import pytest
from fakes.dashboard_browser import show_papers
from fakes.widget_ear import EAR, EYE
from playwright.sync_api import Browser, Page
from shopper import WATCH, Shopper, until
from test_employee_speaks import PICTURES_MIN, _calm, _series

pytestmark = [pytest.mark.browser, pytest.mark.house]

SHARE_MINOR = 140
"""Four croissants at 3.90 less the coupon's tenth are 14.04; a tenth of that, rounded."""
FOREIGN_PAGE = """<!doctype html><title>Another shop</title><h1>Another shop</h1>
<script async src="{widget}/w/loader.js" data-key="{key}"></script>"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    # Her head rests, so that what moves around her mouth is her mouth.
    context = chromium.new_context(viewport={"width": 1280, "height": 860}, reduced_motion="reduce")
    context.add_init_script(WATCH + EAR)
    yield context.new_page()
    context.close()


def watched(page: Page) -> Shopper:
    shopper = Shopper(page)
    page.on("console", lambda message: message.type == "error" and shopper.complaints.append(message.text))
    page.on("pageerror", lambda error: shopper.complaints.append(str(error)))
    return shopper


def answered(shopper: Shopper, question: str) -> str:
    """Ask, wait until she has finished, and return what she said to it."""
    before = len(shopper.lines())
    shopper.ask(question)
    until(lambda: len(shopper.lines()) > before)
    shopper.wait_until("ready")
    return " ".join(shopper.lines()[before:])


def meet(shopper: Shopper, demo) -> None:
    """Come to the shop and open the panel; she greets by herself."""
    shopper.page.goto(demo.addresses.shop_url)
    shopper.page.wait_for_selector("tillhand-widget .launcher")
    assert shopper.page.locator("iframe").count() == 0  # nothing is loaded before intent
    shopper.open()
    shopper.panel.wait_for_selector(".face:not([hidden])")
    shopper.panel.evaluate(EYE)
    until(lambda: any("AI" in line for line in shopper.lines()))
    shopper.wait_until("ready")


def test_she_greets_answers_with_her_source_and_her_lips_follow_her_voice(page: Page, demo_house):
    shopper = watched(page)
    meet(shopper, demo_house)
    assert urlsplit(shopper.panel.url).hostname != urlsplit(page.url).hostname
    answer = answered(shopper, "How much is a cappuccino?")
    assert "$4.40" in answer
    assert "Cappuccino" in shopper.panel.locator(".bubble.hers details, .bubble.hers .source").last.text_content()
    page.wait_for_timeout(300)
    before = shopper.panel.evaluate("window.__seen.length")
    until(lambda: shopper.panel.evaluate("window.__seen.length") > before + PICTURES_MIN)  # at rest, however seldom they are drawn
    times_s, loudness, opening = _series(shopper.panel.evaluate("window.__seen"))
    sounding, silent = loudness > 0.03, _calm(times_s, loudness)
    assert sounding.sum() > PICTURES_MIN
    assert silent.sum() > PICTURES_MIN
    assert opening[sounding].mean() > 4 * np.median(opening[silent]) + 1
    assert np.median(opening[silent]) < 0.1 * np.median(opening[sounding])
    assert "do not know" in answered(shopper, "Who won the chess world championship in 1985?")
    assert shopper.complaints == []
    assert shopper.violations() == []
    assert page.evaluate("window.onmessage") is None
    names = page.evaluate("Object.getOwnPropertyNames(window).filter((name) => !window.__names_before.includes(name) && !/^__/.test(name))")
    assert set(names) <= {"Tillhand"}


def test_a_coupon_becomes_a_payslip_line_and_a_refund_takes_it_back(page: Page, chromium: Browser, demo_house):
    shopper = watched(page)
    meet(shopper, demo_house)
    answered(shopper, "Do you have a discount for me?")
    code = re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", shopper.panel.locator(".coupon").inner_text()).group()
    page.keyboard.press("Escape")
    owner = earnings_of(chromium, demo_house)
    number = buy(page, demo_house, code)
    row = owner.locator(f'#live tr[data-order-ref="{number}"]')
    row.first.wait_for()
    assert row.get_attribute("data-amount-minor") == str(SHARE_MINOR)
    row.first.get_by_role("link").first.click()
    owner.wait_for_selector(f"[data-balance-minor='{SHARE_MINOR}']")
    assert "coupon" in owner.locator("main").inner_text().lower()
    owner.locator("a[href*='/dashboard/conversations/cnv_']").first.click()
    owner.wait_for_selector("text=Do you have a discount for me?")
    owner.go_back()
    refund_fully(chromium, demo_house, number)
    owner.wait_for_selector("[data-balance-minor='0']")
    assert shopper.complaints == []
    owner.context.close()


def buy(page: Page, demo, code: str) -> str:
    """Put four almond croissants (3.90 each) into the cart and check out with the code; return the order's number."""
    shop = demo.addresses.shop_url
    page.goto(f"{shop}/shop/almond-croissant")
    page.fill("input[name=quantity]", "4")
    page.get_by_role("button", name="Add to cart").click()
    page.goto(f"{shop}/checkout")
    page.fill("#code", code)
    page.press("#code", "Enter")
    page.wait_for_selector(".coupon-held")
    page.get_by_role("button", name="Place the order").click()
    page.wait_for_url("**/orders/**")
    return re.search(r"KC-[0-9A-Z]+", page.locator("main").inner_text()).group()


def earnings_of(chromium: Browser, demo) -> Page:
    """The owner's page of earnings; whoever comes to the bare address is led to the door."""
    owner = chromium.new_context(viewport={"width": 1280, "height": 860}).new_page()
    owner.goto(demo.addresses.public_url)
    show_papers(owner, email=demo.account.owner_email, password=demo.account.owner_password)
    owner.wait_for_selector(".sidebar")
    owner.goto(f"{demo.addresses.public_url}/dashboard/earnings")
    return owner


def refund_fully(chromium: Browser, demo, number: str) -> None:
    context = chromium.new_context()
    office = context.new_page()
    office.goto(f"{demo.addresses.shop_url}/back-office")
    office.locator(f"form[action$='/orders/{number}/refund-rest'] button").click()
    context.close()


@contextmanager
def foreign_server(html: str) -> Iterator[str]:
    """Serve one page on an origin nobody allowed."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode() if self.path == "/" else b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.3", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.3:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_another_origin_is_refused(page: Page, demo_house):
    """A page that copied the snippet gets no launcher, and cannot put the panel into a frame of its own."""
    shopper = watched(page)
    widget, key = demo_house.addresses.widget_url, demo_house.account.widget_key
    copied = FOREIGN_PAGE.format(widget=widget, key=key)
    with foreign_server(copied) as address:
        page.goto(address)
        page.wait_for_timeout(1500)
        assert page.locator("tillhand-widget .launcher").count() == 0
        add_frame = "(src) => { const frame = document.createElement('iframe'); frame.src = src; document.body.append(frame); }"
        page.evaluate(add_frame, f"{widget}/w/{key}/frame")
        until(lambda: page.wait_for_timeout(100) or any("frame-ancestors" in one for one in shopper.complaints))
