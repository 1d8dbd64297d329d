"""Every example of the JavaScript API, run as it stands on its page, and what it is said to do is looked for."""

from collections.abc import Callable

import pytest
from fakes.widget_house import KEY, WidgetHouse
from shopper import Shopper, Visit, until

from app.api.widget_press import WIDGET_FOLDER
from app.dashboard.widget_api import widget_api

pytestmark = pytest.mark.browser
EXAMPLES = {entry.name: entry.example for entry in widget_api().commands}
SHOP_PARTS = """
for (const [name, id] of [["button", "help"], ["input", "coupon"], ["input", "cart-note"]]) {
  document.body.append(Object.assign(document.createElement(name), { id }));
}
window.__heard = [];
for (const name of ["open", "close", "message", "speaking:start", "speaking:end", "offer:shown", "lead", "handover", "consent", "error"]) {
  Tillhand("on", name, (payload) => window.__heard.push([name, payload]));
}
void 0;
"""
"""The last line is there because the driver calls a function that an expression ends in."""


def heard(shopper: Shopper, name: str) -> list[object]:
    return [payload for one, payload in shopper.page.evaluate("window.__heard") if one == name]


def test_every_example_does_what_it_says(shopper: Shopper, house: WidgetHouse):
    page, done = shopper.page, set[str]()
    page.evaluate(SHOP_PARTS)

    def run(name: str, is_so: Callable[[], object]) -> None:
        page.evaluate(f"(() => {{ {EXAMPLES[name]} }})()")
        until(is_so)
        done.add(name)

    is_open = "document.querySelector('tillhand-widget').shadowRoot.querySelector('.launcher').ariaExpanded === 'true'"
    run("track", lambda: house.asked("happenings") == [])  # nobody talks yet: it waits in the page
    page.evaluate(EXAMPLES["open"])
    run("open", lambda: page.click("#help") is None and page.evaluate(is_open))
    until(
        lambda: (
            {"kind": "track", "name": "cart:add", "facts": {"product": "Lantern Blend, 250 g", "quantity": 2}} in house.asked("happenings")
        )
    )
    page.frame_locator("tillhand-widget iframe").locator('.room[data-state="ready"]').wait_for()
    run("setContext", lambda: any(one["kind"] == "context" and one["facts"]["price"] == 14.5 for one in house.asked("happenings")))
    run("identify", lambda: house.asked("identity") == [{"token": "header.claims.signature"}])
    run("say", lambda: "Your parcel leaves today." in shopper.lines())
    run("interrupt", lambda: heard(shopper, "speaking:end"))
    run("ask", lambda: "Does this come in decaf?" in [text for _, text in house.asked("message")])
    run("mute", lambda: shopper.panel.get_attribute('[data-act="mute"]', "aria-pressed") == "false")
    run("on", lambda: True)
    page.evaluate("Tillhand('ask', 'Any discount?')")
    until(lambda: page.input_value("#coupon") == "KESTREL-7F3K-29QD")
    run("attribution", lambda: "KESTREL-7F3K-29QD" in page.input_value("#cart-note"))
    run("visitor", lambda: page.evaluate("Tillhand.visitor") == house.asked("boot")[0]["visitor"])
    run("close", lambda: not page.evaluate(is_open))
    run("toggle", lambda: page.evaluate(is_open))
    run("consent", lambda: heard(shopper, "consent") == [{"answer": "granted"}])
    run("destroy", lambda: page.evaluate("typeof Tillhand") == "undefined")
    assert {entry["from"] for entry in heard_after(shopper)} == {"employee"}
    assert done | {"boot"} == set(EXAMPLES)
    assert shopper.complaints == []


def heard_after(shopper: Shopper) -> list[dict[str, str]]:
    return [payload for name, payload in shopper.page.evaluate("window.__heard") if name == "message"]


def test_a_page_without_a_key_boots_when_it_wants(visit: Visit, house: WidgetHouse):
    shopper = visit(query="?keyless")
    shopper.page.wait_for_function("window.Tillhand?.attribution")
    assert house.asked("boot") == []
    shopper.page.evaluate(EXAMPLES["boot"].replace("YOUR_KEY", KEY))
    shopper.page.wait_for_selector("tillhand-widget.left .launcher")
    assert shopper.page.evaluate("new Promise((done) => Tillhand('on', 'ready', (facts) => done(facts.employee.name)))") == "Amara"


def test_an_inline_panel_stands_in_the_pages_own_element(visit: Visit, house: WidgetHouse):
    shopper = visit(query="?mode=inline&target=h1")
    panel = shopper.page.frame_locator("h1 tillhand-widget iframe")
    panel.locator(".bubble.hers p").first.wait_for()
    assert not shopper.page.locator("tillhand-widget .launcher").is_visible()
    assert not panel.locator('[data-act="close"]').is_visible()
    box, around = (shopper.page.locator(one).bounding_box() for one in ("tillhand-widget iframe", "h1"))
    assert box is not None
    assert around is not None
    assert box["width"] == around["width"]


def test_what_is_refused_is_told_to_the_developer_and_not_to_the_shopper(shopper: Shopper, house: WidgetHouse):
    shopper.page.evaluate(SHOP_PARTS)
    shopper.page.evaluate("Tillhand('identify', 'forged'); Tillhand('fly'); Tillhand('open');")
    page_frame = shopper.page.frame_locator("tillhand-widget iframe")
    page_frame.locator(".bubble.hers").first.wait_for()
    until(lambda: len(heard(shopper, "error")) >= 2)
    details = [str(one) for one in heard(shopper, "error")]
    assert any("no command" in one for one in details)
    assert any("not signed" in one for one in details)
    assert not shopper.panel.locator('[data-part="banner"]').is_visible()


def test_a_listener_that_breaks_stops_nobody_else(shopper: Shopper):
    shopper.page.evaluate("""
      window.__count = 0;
      Tillhand("on", "open", () => { throw new Error("the shop's own mistake"); });
      Tillhand("on", "open", () => { window.__count += 1; });
      Tillhand("open");
      void 0;
    """)
    until(lambda: shopper.page.evaluate("window.__count") == 1)
    shopper.page.frame_locator("tillhand-widget iframe").locator(".bubble.hers").first.wait_for()


def test_the_events_the_panel_tells_are_those_the_loader_passes_on():
    sources = "".join(path.read_text() for path in (WIDGET_FOLDER / "panel").glob("*.js"))
    for entry in widget_api().events:
        if entry.name not in {"ready", "open", "close", "consent", "offer:redeemed", "speaking:start", "speaking:end"}:
            assert f'tell("{entry.name}"' in sources, entry.name
