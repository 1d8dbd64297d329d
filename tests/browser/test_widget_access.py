"""Everybody can use the panel: names and roles, contrast in light and dark, small screens, high contrast, no motion."""

import pytest
from fakes.widget_house import WidgetHouse
from shopper import AT_REST, Shopper, Visit

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("hasty")]

CONTRAST_MIN = 4.5
NAMELESS = """() => [...document.querySelectorAll('button, input, textarea, summary, [role]')]
  .filter((one) => one.checkVisibility() && one.tagName !== 'P')
  .filter((one) => !(one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.length))
  .filter((one) => one.getAttribute('role') !== 'status')
  .map((one) => one.outerHTML.slice(0, 120))"""
SMALL = """() => [...document.querySelectorAll('button, input, textarea, summary')].filter((one) => one.checkVisibility())
  .map((one) => [one.outerHTML.slice(0, 90), one.getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24).map(([name, box]) => `${name} ${box.width}x${box.height}`)"""
FAINT = """(least) => {
  const pencil = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const paint = (under, colour) => {
    pencil.fillStyle = under; pencil.fillRect(0, 0, 1, 1); pencil.fillStyle = colour; pencil.fillRect(0, 0, 1, 1);
    return [...pencil.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  const light = (rgb) => rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (one) => {
    const colours = [];
    for (let at = one; at; at = at.parentElement) colours.unshift(getComputedStyle(at).backgroundColor);
    return colours.reduce((under, colour) => `rgb(${paint(under, colour).join(',')})`, '#888');
  };
  const found = [];
  for (const one of document.querySelectorAll('body *')) {
    const hasText = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const isSeen = one.checkVisibility({opacityProperty: true, visibilityProperty: true}) && !one.closest('.quiet, [disabled]');
    if (!hasText || !isSeen) continue;
    const under = behind(one), [a, b] = [paint(under, getComputedStyle(one).color), paint(under, under)].map(light).sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < least) found.push(`${one.className || one.tagName}: ${one.textContent.slice(0, 30)} ${contrast.toFixed(2)}`);
  }
  return found;
}"""


def _whole_story(shopper: Shopper) -> None:
    """Bring every kind of card onto the page."""
    shopper.page.wait_for_selector("tillhand-widget .launcher")
    shopper.open()
    shopper.wait_until("ready")
    cards = {"A flat white?": "details.source", "Any discount?": ".coupon", "A person please": "form.note", "Please break": ".trouble"}
    for question, sign in cards.items():
        shopper.panel.click('[data-act="mute"]')
        shopper.ask(question)
        shopper.panel.wait_for_selector(sign)
    shopper.wait_until("ready")
    shopper.panel.click("details.source summary")
    shopper.panel.evaluate(AT_REST, "")  # what fades in has its colours then


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_names_contrast_and_room_in_every_state(visit: Visit, scheme: str, width: int):
    shopper = visit(color_scheme=scheme, viewport={"width": width, "height": 640})
    _whole_story(shopper)
    panel = shopper.panel
    assert panel.evaluate(NAMELESS) == []
    assert panel.evaluate(SMALL) == []
    assert panel.evaluate(FAINT, CONTRAST_MIN) == []
    assert panel.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert panel.evaluate("document.querySelector('.log').scrollWidth <= document.querySelector('.log').clientWidth")
    assert shopper.complaints == []


def test_roles_and_language(visit: Visit):
    shopper = visit()
    shopper.page.wait_for_selector("tillhand-widget .launcher")
    launcher = shopper.page.get_by_role("button", name="Talk to Amara. Amara is an AI.")
    assert launcher.get_attribute("aria-expanded") == "false"
    shopper.open()
    shopper.wait_until("ready")
    assert shopper.page.locator("tillhand-widget iframe").get_attribute("title") == "Talk to Amara"
    frame = shopper.page.frame_locator("tillhand-widget iframe")
    for role, name in [("log", "Conversation"), ("textbox", "Ask Amara anything"), ("button", "Send"), ("button", "Mute the voice"),
                       ("button", "Captions"), ("button", "Close"), ("heading", "Amara"), ("region", "Amara, Coffee counter")]:  # fmt: skip
        assert frame.get_by_role(role, name=name).count() == 1, (role, name)
    assert shopper.panel.evaluate("document.documentElement.lang") == "en"


def test_in_chinese(visit: Visit, house: WidgetHouse):
    page = visit(url=f"{house.widget_url}/w/wk_test/frame", query="?language=zh").page
    assert page.locator("textarea").get_attribute("placeholder") == "有什么想问Amara的？"
    assert page.evaluate("document.documentElement.lang") == "zh"


def test_without_motion_nothing_is_animated(visit: Visit):
    shopper = visit(reduced_motion="reduce")
    shopper.page.wait_for_selector("tillhand-widget .launcher")
    shopper.open()
    shopper.panel.wait_for_selector(".bubble")
    moving = "document.getAnimations().filter((one) => one.playState === 'running').length"
    assert shopper.panel.evaluate(moving) == 0
    assert shopper.page.evaluate(moving) == 0


def test_in_high_contrast_edges_stay_visible(visit: Visit):
    shopper = visit(forced_colors="active")
    shopper.page.wait_for_selector("tillhand-widget .launcher")
    shopper.open()
    shopper.panel.wait_for_selector(".bubble.hers")
    for part in (".bubble.hers", ".plate", ".tools", ".round:not([hidden])"):
        assert shopper.panel.eval_on_selector(part, "one => getComputedStyle(one).borderTopWidth") == "1px"


def test_captions_and_voice_can_be_switched_off(visit: Visit, house: WidgetHouse):
    house.haste = 0.2  # so long that she is still greeting when everything was tried
    shopper = visit()
    shopper.page.wait_for_selector("tillhand-widget .launcher")
    shopper.open()
    shopper.panel.wait_for_selector(".captions .lit")
    shopper.panel.click('[data-act="captions"]')
    assert shopper.panel.locator(".captions").inner_text() == ""
    assert shopper.panel.locator('[data-act="captions"]').get_attribute("aria-pressed") == "false"
    shopper.panel.click('[data-act="mute"]')
    assert shopper.panel.locator('[data-act="mute"]').get_attribute("aria-pressed") == "true"
