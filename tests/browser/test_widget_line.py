"""The line drops, the server is away, an answer gets lost: nothing is lost, nothing comes twice, and the shopper is told what to do."""

import pytest
from fakes import widget_mind
from fakes.widget_house import WidgetHouse
from shopper import Shopper, Visit, until

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def very_hasty(house: WidgetHouse) -> None:
    house.haste = 20.0  # the line is tested, not her voice


STORY = [
    " ".join(widget_mind.GREETING),
    "I have something for you. Show the code at the till or paste it into your cart.",
    " ".join(step[1]["text"] for step in widget_mind.ANSWERS["long"]),
]


LONG_CUTS = [pytest.param(cuts, marks=pytest.mark.long) for cuts in ([1, 1, 1, 1, 1], [5, 1, 7, 2])]


@pytest.mark.parametrize("cuts", [[2, 3, 1, 2], [0, 0, 4], *LONG_CUTS])
def test_a_stream_cut_anywhere_loses_and_doubles_nothing(visit: Visit, house: WidgetHouse, cuts: list[int]):
    house.misbehaviour.cut_stream_after = list(cuts)
    shopper = visit()
    shopper.page.wait_for_selector("tillhand-widget .launcher")
    shopper.open()
    shopper.wait_until("ready")
    shopper.ask("Any discount?")
    shopper.panel.wait_for_selector(".coupon")
    shopper.wait_until("ready")
    shopper.ask("Tell me something long")
    shopper.wait_until("ready")
    assert shopper.lines() == STORY
    assert shopper.panel.locator(".coupon").count() == 1
    assert len(house.asked("stream")) == len(cuts) + 1 - len(house.misbehaviour.cut_stream_after)
    last_ids = [int(last_id or 0) for last_id, _ in house.asked("stream")]
    assert last_ids == sorted(last_ids)
    assert {authorization for _, authorization in house.asked("stream")} == {"Bearer token-cnv_1"}
    assert "token" not in " ".join(frame.url for frame in shopper.page.frames)


def test_a_long_absence_is_said_and_mended(shopper: Shopper, house: WidgetHouse):
    house.misbehaviour.refuse_streams = 3
    shopper.open()
    shopper.was_shown("banner", "as soon as it is back")
    shopper.panel.wait_for_selector(".bubble.hers p")
    assert not shopper.panel.locator('[data-part="banner"]').is_visible()


def test_a_refused_opening_can_be_tried_again(shopper: Shopper, house: WidgetHouse):
    house.misbehaviour.refuse_opening = 1
    shopper.open()
    banner = shopper.panel.wait_for_selector('[data-part="banner"]:not([hidden])')
    assert banner is not None
    assert "Try again in a minute." in banner.inner_text()
    shopper.panel.click('[data-part="banner"] button')
    shopper.panel.wait_for_selector(".bubble.hers p")
    assert len(house.asked("open")) == 2


def test_a_question_is_tried_again_under_the_same_key(shopper: Shopper, house: WidgetHouse):
    shopper.open()
    shopper.wait_until("ready")
    house.misbehaviour.refuse_messages = 2
    shopper.ask("How much is a flat white?")
    shopper.panel.wait_for_selector("details.source")
    shopper.was_shown("delayed", "How much is a flat white?")
    asked = house.asked("message")
    assert len(asked) == 3
    assert len(set(asked)) == 1
    assert shopper.panel.locator(".bubble.mine").count() == 1


def test_an_answer_lost_on_the_way_back_asks_nothing_twice(shopper: Shopper, house: WidgetHouse):
    shopper.open()
    shopper.wait_until("ready")
    house.misbehaviour.drop_answer_to_message = 1
    shopper.ask("How much is a flat white?")
    until(lambda: len(house.asked("message")) == 2)
    shopper.wait_until("ready")
    assert len(house.turns) == 1
    assert shopper.panel.locator(".bubble.mine").count() == 1
    assert shopper.panel.locator("details.source").count() == 1


def test_questions_written_before_the_line_stands_are_kept_in_order(visit: Visit, house: WidgetHouse):
    house.misbehaviour.refuse_opening = 1
    shopper = visit()
    shopper.page.wait_for_selector("tillhand-widget .launcher")
    shopper.open()
    shopper.panel.wait_for_selector('[data-part="banner"]:not([hidden])')
    shopper.ask("How much is a flat white?")
    shopper.ask("Any discount?")
    shopper.panel.click('[data-part="banner"] button')
    until(lambda: [text for _, text in house.asked("message")] == ["How much is a flat white?", "Any discount?"])


def test_the_next_page_of_the_shop_goes_on_where_the_last_one_stopped(at_home: Visit, house: WidgetHouse):
    shopper = at_home(query="?consent=granted")
    shopper.page.wait_for_selector("tillhand-widget .launcher")
    shopper.open()
    shopper.wait_until("ready")
    shopper.ask("How much is a flat white?")
    shopper.panel.wait_for_selector("details.source")
    shopper.wait_until("ready")
    before = shopper.lines()
    shopper.page.reload()
    shopper.page.wait_for_selector("tillhand-widget .launcher")
    shopper.open()
    until(lambda: shopper.lines() == before)
    assert len(house.conversations) == 1
    assert shopper.panel.locator(".bubble.mine").inner_text().endswith("How much is a flat white?")
    assert shopper.panel.evaluate("document.querySelector('.captions').textContent") == ""


def test_a_browser_that_refuses_storage_still_talks(visit: Visit, house: WidgetHouse):
    shopper = visit(query="?consent=granted")  # a private window refuses storage to frames of other sites
    shopper.page.wait_for_selector("tillhand-widget .launcher")
    shopper.open()
    shopper.wait_until("ready")
    assert shopper.lines() == STORY[:1]
    assert shopper.complaints == []
