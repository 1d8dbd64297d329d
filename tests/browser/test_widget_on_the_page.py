"""The widget is a good guest on a shop's page: it brings little, touches nothing, waits to be asked and leaves no trace."""

import re

import pytest
from fakes.widget_house import WidgetHouse
from shopper import AT_REST, Shopper, Visit, until

pytestmark = pytest.mark.browser

STUB = "window.Tillhand = function () { (Tillhand.q = Tillhand.q || []).push(arguments); };"


def test_nothing_is_loaded_before_the_shopper_asks(visit: Visit, house: WidgetHouse):
    requests: list[str] = []
    shopper = visit()
    shopper.page.wait_for_load_state("networkidle")  # what the first visit still fetches is not counted
    shopper.page.on("request", lambda request: requests.append(request.url))
    shopper.page.reload()
    shopper.page.wait_for_selector("tillhand-widget .launcher")
    shopper.page.hover("tillhand-widget .launcher")
    until(lambda: shopper.page.wait_for_timeout(300) or any("badge" in url for url in requests))
    paths = [re.sub(r"^https?://[^/]+", "", url) for url in requests]
    assert sorted(path.partition("?")[0] for path in paths) == ["/shop", "/w/faces/amara/badge.webp", "/w/loader.js", "/w/wk_test/boot"]
    assert len(shopper.page.frames) == 1
    assert house.asked("frame") == []


def test_the_page_is_left_as_it_was(shopper: Shopper, hasty: WidgetHouse):
    shopper.open()
    shopper.wait_until("ready")
    page = shopper.page
    new_names = set(page.evaluate("Object.getOwnPropertyNames(window)")) - set(page.evaluate("window.__names_before"))
    assert new_names - {"__violations", "__names_before"} == {"Tillhand"}
    assert page.evaluate("window.onmessage") is None
    assert page.evaluate("document.cookie") == ""
    assert shopper.page.context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert page.evaluate("document.querySelectorAll('style, link, [style]').length") == 0
    assert page.evaluate("[...document.body.children].map((one) => one.localName)") == ["h1", "p", "button", "script", "tillhand-widget"]
    assert page.evaluate("document.adoptedStyleSheets.length") == 0


def test_no_complaints_under_a_strict_policy(shopper: Shopper, hasty: WidgetHouse):
    shopper.open()
    shopper.wait_until("ready")
    shopper.ask("How much is a flat white?")
    shopper.wait_until("ready")
    assert shopper.diary("state")[-2:] == ["speaking", "ready"]
    assert shopper.complaints == []
    assert shopper.violations() == []


def test_a_page_of_another_origin_gets_nobody(visit: Visit, house: WidgetHouse):
    stranger = visit(url=house.stranger_url + "/shop", prepare=STUB + "Tillhand('on', 'error', (why) => { window.__refused = why; });")
    until(lambda: stranger.page.evaluate("window.__refused"))
    assert stranger.page.query_selector("tillhand-widget") is None
    assert house.asked("frame") == []


def test_another_origin_cannot_frame_the_panel(visit: Visit, house: WidgetHouse):
    stranger = visit(url=house.stranger_url + "/shop")
    stranger.page.evaluate(
        f"document.body.append(Object.assign(document.createElement('iframe'), {{src: '{house.widget_url}/w/wk_test/frame'}}))"
    )
    stranger.until_overheard("frame-ancestors")
    assert house.asked("open") == []


def test_a_greeting_from_a_wrong_place_opens_nothing(visit: Visit, house: WidgetHouse):
    top = visit(url=f"{house.widget_url}/w/wk_test/frame")  # not framed by anybody: its parent is itself, of an origin not on the list
    top.page.evaluate(
        "window.postMessage({ns: 'tillhand', v: 1, type: 'hello', visitor: 'x', page: {}}, '*', [new MessageChannel().port2])"
    )
    top.page.wait_for_timeout(300)
    assert house.asked("open") == []


def test_calls_made_before_loading_are_replayed(visit: Visit, house: WidgetHouse):
    shopper = visit(prepare=STUB + "Tillhand('on', 'open', () => { window.__opened = (window.__opened || 0) + 1; }); Tillhand('open');")
    until(lambda: shopper.page.evaluate("window.__opened === 1"))
    shopper.page.frame_locator("tillhand-widget iframe").locator(".bubble.hers").first.wait_for()
    assert len(house.asked("open")) == 1


def test_attribution_for_the_shops_cart(visit: Visit, house: WidgetHouse):
    shopper = visit(query="?tillhand_click=clk_1&tillhand_work=wrk_2")
    shopper.page.wait_for_selector("tillhand-widget .launcher")
    facts = shopper.page.evaluate("Tillhand.attribution()")
    visitor = house.asked("boot")[0]["visitor"]
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", visitor)
    assert facts == {"visitor": visitor, "click": "clk_1", "coupon": None, "work": "wrk_2"}


def test_the_visitor_is_kept_only_with_consent(visit: Visit, house: WidgetHouse):
    without = visit()
    without.page.wait_for_selector("tillhand-widget .launcher")
    without.page.reload()
    without.page.wait_for_selector("tillhand-widget .launcher")
    agreed = visit(query="?consent=granted")
    agreed.page.wait_for_selector("tillhand-widget .launcher")
    agreed.page.reload()
    agreed.page.wait_for_selector("tillhand-widget .launcher")
    first, second, third, fourth = (boot["visitor"] for boot in house.asked("boot"))
    assert first != second
    assert third == fourth
    agreed.page.evaluate("Tillhand('consent', 'withdrawn')")
    assert agreed.page.evaluate("sessionStorage.length") == 0


def test_listeners_leave_and_so_does_the_widget(shopper: Shopper):
    page = shopper.page
    page.evaluate("window.__heard = []; window.__leave = Tillhand('on', 'open', () => window.__heard.push('open')); Tillhand('toggle');")
    page.evaluate("Tillhand('close'); window.__leave(); Tillhand('open');")
    assert page.evaluate("window.__heard") == ["open"]
    page.evaluate("Tillhand('destroy')")
    assert page.evaluate("[document.querySelector('tillhand-widget'), typeof Tillhand]") == [None, "undefined"]


def test_keyboard_alone_is_enough(shopper: Shopper):
    page = shopper.page
    focused = "document.activeElement.shadowRoot?.activeElement.className"
    page.wait_for_selector("tillhand-widget .teaser")
    page.focus("#before")
    reached = [page.keyboard.press("Tab") or page.evaluate(focused) for _ in range(3)]
    assert reached == ["", "dismiss", "launcher"]  # her first words, putting them away, and the way in
    page.keyboard.press("Enter")
    shopper.page.frame_locator("tillhand-widget iframe").locator("textarea:focus").wait_for()
    page.keyboard.type("Any discount?")
    page.keyboard.press("Enter")
    shopper.panel.wait_for_selector(".coupon")
    page.keyboard.press("Escape")
    until(lambda: page.evaluate("document.activeElement.localName === 'tillhand-widget'"))
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.getAttribute('aria-expanded')") == "false"


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1280, 800), (380, 640)), ((360, 740), (360, 740)), ((740, 360), (740, 360)), ((1280, 500), (380, 382))],
)
def test_a_card_on_a_desk_and_a_sheet_on_a_phone(visit: Visit, size: tuple[int, int], expected: tuple[int, int]):
    shopper = visit(viewport={"width": size[0], "height": size[1]})
    shopper.open()
    shopper.page.evaluate(AT_REST, "tillhand-widget")
    box = shopper.page.locator("tillhand-widget iframe").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == expected


def test_nothing_on_the_page_moves(visit: Visit):
    add = "(list) => list.getEntries().forEach((one) => { window.__shift += one.value; })"
    shopper = visit(prepare=f"window.__shift = 0; new PerformanceObserver({add}).observe({{type: 'layout-shift', buffered: true}});")
    shopper.page.wait_for_selector("tillhand-widget .teaser")
    shopper.page.evaluate("Tillhand('open')")
    shopper.page.wait_for_timeout(500)
    shopper.page.evaluate("Tillhand('close')")
    shopper.page.wait_for_timeout(200)
    assert shopper.page.evaluate("window.__shift") == 0


def test_a_teaser_says_it_is_an_ai_and_can_be_sent_away(shopper: Shopper):
    teaser = shopper.page.wait_for_selector("tillhand-widget .teaser")
    assert teaser is not None
    assert "is an AI" in teaser.inner_text()
    shopper.page.click("tillhand-widget .dismiss")
    assert not teaser.is_visible()
    assert len(shopper.page.frames) == 1


def test_an_answer_that_comes_while_closed_is_counted_and_kept(shopper: Shopper, house: WidgetHouse):
    house.haste = 6.0
    shopper.open()
    shopper.wait_until("ready")
    house.misbehaviour.thinking_s = 2  # so long that it cannot be over before the panel is closed
    shopper.ask("How much is a flat white?")
    shopper.page.evaluate("window.__messages = 0; Tillhand('on', 'message', () => { window.__messages += 1; }); Tillhand('close');")
    until(lambda: shopper.page.evaluate("window.__messages === 1"))
    shopper.page.locator("tillhand-widget .unread", has_text="1").wait_for()
    shopper.page.evaluate("Tillhand('open')")
    assert not shopper.page.locator("tillhand-widget .unread").is_visible()
    assert shopper.lines()[-2:] == ["A flat white is $4.20.", "With oat drink it is sixty cents more."]
    assert house.asked("interrupt") == []
