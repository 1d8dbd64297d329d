"""A personal card in the panel: it is seen, told to those who do not see, saved as a file, and asked for again when the line broke."""

import io

import numpy as np
import pytest
import zxingcpp
from fakes import widget_mind
from fakes.widget_house import WidgetHouse
from PIL import Image
from shopper import Shopper

pytestmark = pytest.mark.browser


@pytest.fixture
def talking(shopper: Shopper, hasty: WidgetHouse) -> Shopper:
    """The panel is open and the greeting is over."""
    shopper.open()
    shopper.wait_until("ready")
    return shopper


def test_a_card_is_seen_and_saved(talking: Shopper):
    talking.ask("Make me a card, please")
    image = talking.panel.wait_for_selector(".personal-card img")
    assert image is not None
    assert image.evaluate("image => image.naturalWidth") == 1080
    told = image.get_attribute("alt") or ""
    assert all(part in told for part in ("For Mei", "Flat white", "$4.20", widget_mind.COUPON["code"]))
    with talking.page.expect_download() as saving:
        talking.panel.click(".personal-card .primary")
    saved = Image.open(io.BytesIO(saving.value.path().read_bytes()))
    assert (saving.value.suggested_filename, saved.format) == ("card.png", "PNG")
    assert [one.text for one in zxingcpp.read_barcodes(np.asarray(saved.convert("L")))] == [widget_mind.COUPON["code"]]


def test_a_card_that_did_not_come_is_asked_for_again(talking: Shopper):
    talking.page.route("**/cards/*", lambda route: route.abort())
    talking.ask("Make me a card, please")
    again = talking.panel.wait_for_selector(".personal-card .link")
    assert again is not None
    talking.page.unroute("**/cards/*")
    again.click()
    talking.panel.wait_for_selector(".personal-card img")
