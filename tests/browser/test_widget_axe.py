"""axe-core over all the widget can show: closed, open, cards, a person, trouble; light and dark, wide and narrow, in two languages.

Her own page is looked at where it is opened (test_install_in_the_browser.py); the consent question is the shop's (test_demo_shop.py).
"""

import pytest
from axe import faults
from fakes.widget_house import WidgetHouse
from shopper import Shopper, Visit

pytestmark = pytest.mark.browser
WIDTHS = (1280, 320)

CARDS = {"A flat white?": "details.source", "Any discount?": ".coupon", "A person please": "form.note", "Please break": ".trouble"}
PERSON = [
    {"type": "handover", "state": "waiting"},
    {"type": "handover", "state": "held", "name": "Wen"},
    {"type": "agent", "turn": "trn_person", "name": "Wen", "text": "Good morning.\nThe bag can come back."},
]


@pytest.mark.parametrize(("language", "schemes"), [("en", ("light", "dark")), ("zh", ("dark", "light"))])
def test_axe_finds_nothing_serious_in_any_state(visit: Visit, house: WidgetHouse, language: str, schemes: tuple[str, ...]):
    house.haste = 0.2  # still greeting, a word lit, while axe looks at the open panel
    query = f"?language={language}&consent=granted"
    shopper = visit(query=query, color_scheme=schemes[0], viewport={"width": WIDTHS[0], "height": 640}, reduced_motion="reduce")
    wrong: list[str] = []

    def look(state: str, *, whole_page: bool = False) -> None:
        for width in WIDTHS:
            shopper.page.set_viewport_size({"width": width, "height": 640})
            for scheme in schemes:
                shopper.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                wrong.extend(f"{state}, {width} px, {scheme}: {one}" for one in faults(shopper.page if whole_page else shopper.panel))

    shopper.page.wait_for_selector("tillhand-widget .teaser:not([hidden])")
    look("closed, inviting", whole_page=True)
    shopper.open()
    shopper.panel.wait_for_selector(".captions .lit")
    look("open", whole_page=True)
    house.haste = 6.0
    every_card(shopper)
    look("every card, speaking")
    wants_the_microphone(shopper)
    look("before the microphone")
    is_refused_the_microphone(shopper)
    look("without the microphone, as while it listens")
    a_person_comes(shopper, house)
    the_line_breaks(shopper, house)
    look("handed over, offline")
    she_cannot_come(shopper, house)
    look("could not start")
    assert not wrong, "\n".join(wrong)


def every_card(shopper: Shopper) -> None:
    """Sources, a coupon with its code to scan, a form sent empty, an answer that failed."""
    shopper.panel.evaluate("document.querySelector('[data-act=stop]').click()")  # nobody listens to the whole greeting here
    for question, sign in CARDS.items():
        shopper.ask(question)
        shopper.panel.wait_for_selector(sign)
        shopper.wait_until("ready")  # whoever interrupts her keeps only what was heard, and its cards
    for folded in ("details.source", "details.scan"):
        shopper.panel.locator(f"{folded} summary").first.click()
    shopper.panel.click("form.note [type=submit]")
    shopper.panel.wait_for_selector("form.note [aria-invalid=true]")


def wants_the_microphone(shopper: Shopper) -> None:
    """The panel says what will happen before the browser asks."""
    shopper.panel.click("[data-act=microphone]")
    shopper.panel.wait_for_selector("[data-part=hearing] .chip")


def is_refused_the_microphone(shopper: Shopper) -> None:
    """This browser refuses; the button and the words are drawn as they are while somebody is heard."""
    shopper.panel.click("[data-part=hearing] .chip")
    shopper.panel.wait_for_selector("[data-part=hearing]:not(:has(button))")
    shopper.panel.evaluate("""() => {
      document.querySelector("[data-act=microphone]").setAttribute("aria-pressed", "true");
      document.querySelector("[data-part=heard]").textContent = "When do you open";
      document.querySelector(".room").dataset.ear = "hearing";
    }""")


def a_person_comes(shopper: Shopper, house: WidgetHouse) -> None:
    """Somebody of the shop takes over and writes."""
    (conversation,) = house.conversations.values()
    conversation.events += PERSON
    shopper.panel.wait_for_selector(".bubble.theirs")


def the_line_breaks(shopper: Shopper, house: WidgetHouse) -> None:
    """Her line is cut and stays so until the banner says it."""
    house.misbehaviour.is_line_down = True
    shopper.panel.wait_for_selector("[data-part=banner]:not([hidden])")


def she_cannot_come(shopper: Shopper, house: WidgetHouse) -> None:
    """A new visit while the server refuses conversations."""
    house.misbehaviour.refuse_opening = 99
    shopper.page.reload()
    shopper.page.wait_for_selector("tillhand-widget .launcher")
    shopper.open()
    shopper.panel.wait_for_selector("[data-part=banner]:not([hidden])")
