"""A conversation in the panel: she greets, answers with her source, hands over a coupon, takes a message, and can be stopped."""

import io

import numpy as np
import pytest
import zxingcpp
from fakes import widget_mind
from fakes.widget_house import WidgetHouse
from PIL import Image
from shopper import Shopper, Visit, until

pytestmark = pytest.mark.browser

STUB = "window.Tillhand = function () { (Tillhand.q = Tillhand.q || []).push(arguments); };"
ANNOUNCED = """() => {
  window.__announced = [];
  const place = document.querySelector('[data-part="announcer"]');
  const note = () => window.__announced.push(place.textContent);
  new MutationObserver(note).observe(place, {childList: true, characterData: true, subtree: true});
}"""

STOP_MS_MAX = 500
STOPS = """() => {
  const room = document.querySelector('.room');
  let pressed = 0;
  for (const kind of ['click', 'keydown']) addEventListener(kind, () => { pressed ||= performance.now(); }, true);
  const note = () => { if (pressed && room.dataset.state === 'ready') window.__stopped_ms ??= performance.now() - pressed + 0.001; };
  new MutationObserver(note).observe(room, {attributes: true, attributeFilter: ['data-state']});
}"""
"""By the page's own clock: how long the shopper's hand was on its way says nothing about her."""

# Tells of every caption that lights up, unasked: a question from the driver would count as a tap.
TELLS_OF_CAPTIONS = """
new MutationObserver(() => document.querySelector('.captions .lit') && console.info('captioned'))
  .observe(document, {childList: true, attributes: true, subtree: true});
"""


@pytest.fixture
def talking(shopper: Shopper, hasty: WidgetHouse) -> Shopper:
    """The panel is open and the greeting is over."""
    shopper.open()
    shopper.wait_until("ready")
    return shopper


def test_she_greets_says_she_is_an_ai_and_is_captioned_word_by_word(shopper: Shopper):
    panel = shopper.open()
    shopper.wait_until("ready")
    lit, said = shopper.diary("word"), iter(" ".join(widget_mind.GREETING).split())
    assert all(word in said for word in lit), "a word was lit out of its turn"
    assert len(lit) > 4  # a slow machine draws too seldom to light every word
    assert "AI" in " ".join(shopper.lines())
    assert panel.locator(".captions").inner_text() == ""
    assert "Amara is an AI." in panel.locator(".foot").inner_text()


def test_an_answer_shows_the_passage_it_rests_on(talking: Shopper):
    talking.ask("How much is a flat white?")
    source = talking.panel.wait_for_selector("details.source")
    talking.wait_until("ready")
    assert talking.lines()[-2:] == ["A flat white is $4.20.", "With oat drink it is sixty cents more."]
    assert talking.panel.locator("details.source").count() == 1  # both sentences rest on the same passage: it is shown once
    talking.panel.click("details.source summary")
    assert source is not None
    assert source.query_selector("blockquote").inner_text() == widget_mind.PRICE_LIST["quote"]


def test_a_finished_answer_is_announced_once(talking: Shopper):
    talking.panel.evaluate(ANNOUNCED)
    talking.ask("Can I return beans?")
    talking.wait_until("ready")
    assert talking.diary("state")[-3:] == ["thinking", "speaking", "ready"]
    announced = [text for text in talking.panel.evaluate("window.__announced") if text]
    assert announced == [" ".join(step[1]["text"] for step in widget_mind.ANSWERS["return"])]


def test_a_coupon_is_shown_copied_and_known_to_the_cart(talking: Shopper, house: WidgetHouse):
    talking.page.context.grant_permissions(["clipboard-write"], origin=house.widget_url)
    talking.page.evaluate("window.__claimed = []; Tillhand('on', 'offer:claimed', (offer) => window.__claimed.push(offer.code)); 0")
    talking.ask("Any discount today?")
    card = talking.panel.wait_for_selector(".coupon")
    talking.wait_until("ready")
    assert card is not None
    text = card.inner_text()
    assert all(part in text for part in (widget_mind.COUPON["code"], widget_mind.COUPON["title"], widget_mind.COUPON["terms"], "Nov"))
    talking.panel.click(".coupon .copy")
    until(lambda: house.asked("claim") == [widget_mind.COUPON["code"]])
    assert talking.was_shown("copied", "Copied") == "Copied"
    talking.panel.press("textarea[name=question]", "Control+V")
    assert talking.panel.input_value("textarea[name=question]") == widget_mind.COUPON["code"]
    until(lambda: talking.page.evaluate("[Tillhand.attribution().coupon, ...window.__claimed]") == [widget_mind.COUPON["code"]] * 2)


def test_a_coupons_pictures_are_read_by_a_scanner(talking: Shopper, house: WidgetHouse):
    talking.ask("Any discount today?")
    talking.panel.wait_for_selector(".coupon")
    talking.wait_until("ready")
    until(lambda: house.asked("shown") == [widget_mind.COUPON["code"]])
    talking.panel.click(".scan summary")
    paper = talking.panel.wait_for_selector(".scan-paper")
    assert paper is not None
    shot = Image.open(io.BytesIO(paper.screenshot())).convert("L")
    looks = [np.array(shot.resize((fine * shot.width, fine * shot.height))) for fine in (2, 3, 4)]  # as from nearer and farther away
    found = {(str(one.format), one.text) for look in looks for one in zxingcpp.read_barcodes(look)}
    assert {text for _, text in found} == {widget_mind.COUPON["code"]}
    assert len(found) == 2, "both pictures are read"


def test_a_message_for_the_people_of_the_shop(talking: Shopper, house: WidgetHouse):
    talking.panel.click('[data-act="person"]')
    talking.panel.wait_for_selector("form.note")
    talking.wait_until("ready")
    log, words = (talking.panel.locator(css).last.bounding_box() for css in (".log", ".bubble.hers"))
    assert log is not None
    assert words is not None
    assert words["y"] + words["height"] > log["y"] + 20, "the form leaves the words it belongs to in sight"
    talking.panel.click("form.note .primary")
    assert house.asked("note") == []
    assert talking.panel.evaluate("document.activeElement.name") == "text"
    talking.panel.fill("form.note [name=text]", "Do you roast for cafés?")
    talking.panel.fill("form.note [name=reply_to]", "lee@example.org")
    talking.panel.click("form.note .primary")
    talking.panel.wait_for_selector(".note-done")
    (note,) = house.asked("note")
    assert (note["text"], note["reply_to"], note["name"]) == ("Do you roast for cafés?", "lee@example.org", "")


@pytest.mark.parametrize("way", ["button", "typing"])
def test_she_stops_when_interrupted_and_the_server_learns_what_was_heard(talking: Shopper, house: WidgetHouse, way: str):
    house.haste = 1.0
    talking.ask("Tell me something long")
    talking.wait_until("speaking")
    talking.panel.evaluate(STOPS)
    talking.page.wait_for_timeout(900)
    if way == "button":
        talking.panel.click('[data-act="stop"]')
    else:
        talking.panel.type("textarea[name=question]", "w")
    assert until(lambda: talking.panel.evaluate("window.__stopped_ms")) < STOP_MS_MAX
    heard = len(talking.panel.locator(".bubble.hers").last.locator("p:not(.aside)").inner_text())
    talking.page.wait_for_timeout(800)
    assert len(talking.panel.locator(".bubble.hers").last.locator("p:not(.aside)").inner_text()) == heard
    assert "You stopped Amara here." in talking.panel.locator(".bubble.hers").last.inner_text()
    (interrupt,) = until(lambda: house.asked("interrupt"))
    assert interrupt["turn"] == list(house.turns.values())[-1]
    assert 0 <= interrupt["heard_sentence"] < 8
    assert interrupt["heard_ms"] > 0


def test_a_new_question_cuts_the_old_answer(talking: Shopper, house: WidgetHouse):
    house.haste = 1.0
    talking.ask("Tell me something long")
    talking.wait_until("speaking")
    house.haste = 6.0
    talking.ask("How much is a flat white?")
    talking.panel.wait_for_selector("details.source")
    talking.wait_until("ready")
    assert talking.lines()[-2:] == ["A flat white is $4.20.", "With oat drink it is sixty cents more."]
    until(lambda: len(house.asked("interrupt")) == 1)


def test_without_a_voice_she_is_read(talking: Shopper):
    talking.ask("silent please")
    talking.wait_until("ready")
    assert talking.diary("word")[-1] == "My voice is away just now, but you can read me."
    assert talking.lines()[-1] == "My voice is away just now, but you can read me."


def test_a_failed_answer_says_what_to_do(talking: Shopper):
    talking.ask("Please break")
    trouble = talking.panel.wait_for_selector(".bubble.trouble")
    assert trouble is not None
    assert "Ask again in a moment" in trouble.inner_text()
    talking.wait_until("ready")


def test_a_browser_that_wants_a_tap_shows_captions_and_a_button(visit: Visit, strict_chromium):  # type: ignore[no-untyped-def]
    opened_by_the_shop = STUB + "Tillhand('open');"  # not by a tap
    shopper = visit(browser=strict_chromium, prepare=opened_by_the_shop + TELLS_OF_CAPTIONS)
    shopper.until_overheard("captioned")
    shopper.panel.wait_for_selector('[data-act="hear"]')
    assert shopper.lines()[0].startswith(widget_mind.GREETING[0])
    shopper.panel.click('[data-act="hear"]')
    until(lambda: not shopper.panel.locator('[data-act="hear"]').is_visible())
    assert shopper.complaints == []


def test_words_are_never_markup(talking: Shopper):
    talking.ask("<img src=x onerror=alert(1)> & <b>bold</b>")
    talking.panel.wait_for_selector("form.note")
    assert talking.panel.locator(".bubble.mine").inner_text().endswith("<img src=x onerror=alert(1)> & <b>bold</b>")
    assert talking.panel.locator(".bubble.mine img, .bubble.mine b").count() == 0
    assert talking.violations() == []


def test_an_enter_that_ends_a_chinese_word_sends_nothing(talking: Shopper, house: WidgetHouse):
    talking.panel.fill("textarea[name=question]", "你好")
    talking.panel.evaluate(
        "document.querySelector('textarea').dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
    )
    talking.panel.press("textarea[name=question]", "Shift+Enter")
    assert house.asked("message") == []


def test_a_question_of_hers_is_answered_by_one_press(talking: Shopper, house: WidgetHouse):
    talking.ask("Will you remember me?")
    chip = talking.panel.get_by_role("button", name="No, thank you")
    chip.wait_for()
    assert talking.panel.get_by_role("button", name="Yes, please").is_visible()
    chip.click()
    talking.panel.wait_for_selector("text=All right, I keep nothing.")
    assert house.asked("message")[-1][1] == "No, thank you"
    assert not talking.panel.get_by_role("button", name="Yes, please").is_visible(), "it answered another question"


def test_what_is_remembered_is_read_copied_and_erased(talking: Shopper, house: WidgetHouse):
    talking.panel.click('[data-act="memory"]')
    talking.panel.wait_for_selector("section.note >> text=remembers nothing of you")
    house.remembered = ["My size is 42."]
    talking.panel.click('[data-act="memory"]')
    talking.panel.wait_for_selector("section.note li >> text=My size is 42.")
    assert talking.panel.locator("section.note.memory").count() == 1, "pressed again, it is told anew and not twice"
    talking.panel.click("section.note .link")
    talking.panel.wait_for_selector("section.note .aside:not(:empty) >> text=/Copied|Select/")
    talking.panel.click("section.note .primary")
    talking.panel.wait_for_selector(".note-done >> text=It is erased.")
    assert house.asked("memory") == ["GET", "GET", "DELETE"]
    assert talking.complaints == []
