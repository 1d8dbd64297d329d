"""The dashboard in real Chromium: a person signs in, walks through every page, and sees a sale appear by itself."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from fakes.dashboard_browser import sign_in
from fakes.dashboard_server import dashboard_server
from fakes.furnished_shop import publish_a_film
from fakes.shop_history import Shop, open_shop, routed
from playwright.sync_api import Browser, Page

from app.studio.tables import Film
from app.wiring import system_clock
from tenants.database import Database
from tenants.identifiers import to_public

pytestmark = pytest.mark.browser
WIDTHS = ((1440, "light"), (768, "dark"), (360, "light"))


@pytest.fixture
def shop(database: Database, tenant_id: UUID) -> Shop:
    return open_shop(routed(database), tenant_id, now=datetime.now(UTC) - timedelta(days=2), email="robin@kestrel.example")


@pytest.fixture
def address(database: Database, shop: Shop, tmp_path: Path) -> Iterator[str]:
    """The whole application on a loopback port."""
    with dashboard_server(database, tmp_path, system_clock) as served:
        yield served


@pytest.fixture
def complaints() -> list[str]:
    """What the pages complained about."""
    return []


@pytest.fixture
def page(chromium: Browser, complaints: list[str]) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.add_init_script(
        "document.addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))"
    )
    opened.on("console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()


def test_a_sale_appears_by_itself_and_leads_to_its_conversation(page: Page, address: str, shop: Shop, complaints: list[str]) -> None:
    sign_in(page, address)
    now = datetime.now(UTC) - timedelta(minutes=5)
    talk = shop.talk("Any discount?", ["I may give you 10 % off your first bag."], now=now, coupon=True)
    shop.sell("K-77", "12.60", now=now + timedelta(minutes=4), talk=talk)
    page.locator(".strip [data-order-ref='K-77']").wait_for()
    assert page.locator(".value-main").first.inner_text() == "$1.26"
    page.get_by_role("link", name="K-77").click()
    page.get_by_text("because coupon").wait_for()
    page.get_by_role("link", name="in this conversation").click()
    page.get_by_text("I may give you 10 % off your first bag.").wait_for()
    page.get_by_text("Why was this said?").click()
    page.get_by_text("87 % sure").wait_for()
    page.get_by_role("link", name="Order K-77").wait_for()
    assert complaints == []


def test_an_opened_source_stays_open_while_the_page_refreshes_itself(page: Page, address: str, shop: Shop, complaints: list[str]) -> None:
    now = datetime.now(UTC) - timedelta(minutes=5)
    talk = shop.talk("Are you open on Sunday?", ["On Sundays we roast and stay closed."], now=now, cited=0)
    sign_in(page, address)
    page.get_by_role("link", name="Conversations").first.click()
    page.get_by_role("link", name="Are you open on Sunday?").click()
    page.locator("details.source summary").click()
    assert page.locator("details.source blockquote").is_visible()
    shop.sell("K-78", "20.00", now=now + timedelta(minutes=3), talk=talk)
    page.get_by_role("link", name="Order K-78").wait_for()
    assert page.locator("details.source blockquote").is_visible()
    assert complaints == []


def test_the_bar_of_a_small_screen_holds_every_section(page: Page, address: str) -> None:
    """Nothing of it is cut off; what a phone has no room for opens from its last place, by the keyboard too."""
    sign_in(page, address)
    for width in (768, 360, 320):
        page.set_viewport_size({"width": width, "height": 800})
        shown = page.locator(".nav > ul > li:visible")
        boxes = [shown.nth(number).bounding_box() for number in range(shown.count())]
        assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes), (width, boxes)
        assert len(boxes) == (10 if width == 768 else 5)
    page.locator(".nav-more summary").press("Enter")
    assert page.locator(".nav-more a:visible").count() == 6
    page.locator(".nav-more a[href$='team']").press("Enter")
    page.wait_for_url("**/dashboard/team")
    assert "is-here" in (page.locator(".nav-more summary").get_attribute("class") or "")


def test_a_watched_film_is_counted_where_it_is_kept(page: Page, address: str, shop: Shop, complaints: list[str], tmp_path: Path) -> None:
    """Through the real player: it plays, tells that it was watched, leads to the shop, and the film's page knows."""
    with routed(shop.database).tenant_session(shop.tenant_id) as session:
        film_id = publish_a_film(session, shop.employee_id, datetime.now(UTC) - timedelta(hours=1), data_folder=tmp_path)
        row = session.get_one(Film, (shop.tenant_id, film_id))
        row.target_url, key = f"{address}/verify", row.public_key
    page.goto(f"{address}/films/{key}")
    with page.expect_response(f"**/films/{key}/seen") as told:
        page.locator("video").evaluate("video => { video.muted = true; return video.play(); }")
    assert told.value.status == 204
    page.locator("a[data-film-link]").click()
    page.wait_for_url(re.compile(r"/verify\?tillhand_click=tch_"))
    sign_in(page, address)
    page.goto(f"{address}/dashboard/films/{to_public('wrk', film_id)}")
    brought = page.locator(".film-brought")
    assert (brought.get_attribute("data-views"), brought.get_attribute("data-clicks")) == ("1", "1")
    assert brought.locator(".bar-sales:visible").count() == 1
    assert complaints == []


@pytest.mark.long
def test_every_page_fits_every_width_without_a_complaint(page: Page, address: str, shop: Shop, complaints: list[str]) -> None:
    now = datetime.now(UTC) - timedelta(minutes=5)
    talk = shop.talk("Any discount? " + "x" * 300, ["I may give you 10 % off your first bag."], now=now, coupon=True)
    shop.sell("K-" + "9" * 40, "12.60", now=now + timedelta(minutes=4), talk=talk)
    shop.post_raw(b'{"type":', "msg_" + "d" * 80, now=now)
    sign_in(page, address)
    seen: list[str] = []
    for name in ("Home", "Conversations", "Earnings", "Payslips", "Deliveries", "Team"):
        page.set_viewport_size({"width": 1280, "height": 800})
        page.locator(f".nav > ul > li > a[href$='{'dashboard' if name == 'Home' else name.lower()}']").click()
        page.wait_for_load_state()
        seen.append(page.title())
        for width, scheme in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), f"{name} at {width}"
    assert len(set(seen)) == 6
    assert complaints == []


def test_it_reads_well_without_javascript(chromium: Browser, address: str, shop: Shop) -> None:
    now = datetime.now(UTC) - timedelta(minutes=5)
    talk = shop.talk("Any discount?", ["Here is one."], now=now, coupon=True)
    shop.sell("K-79", "12.60", now=now + timedelta(minutes=4), talk=talk)
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, address)
    page.get_by_role("link", name="Payslips").first.click()
    page.get_by_role("link", name="Open the payslip").click()
    assert page.locator("tr[data-order-ref='K-79']").count() == 1
    page.get_by_role("link", name="The conversation").click()
    page.locator(".source, .route").first.wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    context.close()
