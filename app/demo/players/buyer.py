"""The buyer: fills a cart in the shop, uses a coupon at the till, and later presses the back office's buttons, form by form."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from app.demo.players.failure import expect, expect_status, fail
from app.demo.players.page_reading import Element, fields_of, read_page

DELIVERY_SECONDS_MAX = 20.0
LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Shelf:
    """What the shop's front page offers: prices by product name and addresses by product name."""

    prices: dict[str, str]
    slugs: dict[str, str]

    def prices_of(self, words: str) -> list[str]:
        """The prices of every product whose name begins with these words."""
        return [price for name, price in self.prices.items() if name.casefold().startswith(words.casefold())]


@dataclass(frozen=True)
class Bought:
    """A finished purchase, amounts in minor units."""

    number: str
    subtotal_minor: int
    discount_minor: int
    total_minor: int


class Buyer:
    """One browser in the shop. Close it after use."""

    def __init__(self, shop_url: str) -> None:
        self._browser = httpx.Client(base_url=shop_url, timeout=20, follow_redirects=True, headers={"origin": shop_url})

    def __enter__(self) -> "Buyer":
        """Walk in."""
        return self

    def __exit__(self, *_: object) -> None:
        """Walk out."""
        self._browser.close()

    def look_at_shelf(self) -> Shelf:
        """Read names, prices and addresses off the front page."""
        page = read_page(self._get("/").text)
        cards = [card for card in page.find_all("li") if "card" in card.attributes.get("class", "").split()]
        named = {card.find_all("h3")[0].all_text(): card for card in cards}
        prices = {name: card.find_all("span", **{"class": "price"})[0].text for name, card in named.items()}
        slugs = {name: fields_of(forms[0])["slug"] for name, card in named.items() if (forms := card.find_all("form"))}
        expect(len(prices) >= 10, "The shelf should be full.", prices)
        return Shelf(prices, slugs)

    def buy(self, picks: Mapping[str, int], *, visitor: str, coupon: str | None) -> Bought:
        """Put products (by slug) into the cart with the widget's attribution, use the coupon, pay by the pretended card."""
        marks = {"attribution_visitor": visitor} | ({"attribution_coupon": coupon} if coupon else {})
        for slug, quantity in picks.items():
            page = read_page(self._get(f"/shop/{slug}").text)
            self._send(page.find_all("form", action="/cart/add")[0], {**marks, "quantity": str(quantity)})
        if coupon:
            page = read_page(self._get("/checkout").text)
            answer = self._send(page.find_all("form", action="/checkout/coupon")[0], {**marks, "code": coupon})
            expect(coupon in answer.text and "Remove" in answer.text, "The till should take the coupon.", _notice(answer))
        page = read_page(self._get("/checkout").text)
        receipt = self._send(page.find_all("form", action="/checkout")[0], {**marks, "buyer": "Robin", "payment": "card"})
        numbers = read_page(receipt.text).with_attribute("data-order")
        expect(len(numbers) == 1, "The order should be placed.", _notice(receipt))
        return self._bought(numbers[0].attributes["data-order"])

    def refund_amount(self, number: str, amount: str) -> None:
        """Give a plain sum back."""
        self._act(number, "refund-amount", {"amount": amount})

    def refund_piece(self, number: str) -> None:
        """Give back one piece of the order's first line."""
        self._act(number, "refund-piece", {})

    def refund_rest(self, number: str) -> None:
        """Give back everything that is left."""
        self._act(number, "refund-rest", {})

    def send_again(self, number: str, topic: str) -> dict[str, Any]:
        """Repeat a delivery, byte for byte; returns its last answer."""
        delivery = self.delivered(number, topic)
        form = read_page(self._get("/back-office").text).find_all("form", action=f"/back-office/deliveries/{delivery['delivery_id']}/again")
        self._send(form[0], {})
        attempt: dict[str, Any] = self.delivered(number, topic)["attempts"][-1]
        return attempt

    def delivered(self, number: str, topic: str) -> dict[str, Any]:
        """Wait until the latest delivery of this kind about the order was taken, and return it with its tries."""
        deadline = time.monotonic() + DELIVERY_SECONDS_MAX
        while True:
            state = self._state()
            found = [one for one in state["deliveries"] if one["order_number"] == number and one["topic"] == topic]
            if found and all(one["state"] == "delivered" for one in found):
                return dict(found[0])
            if time.monotonic() > deadline:
                fail(f"The shop's delivery {topic} of {number} should have been taken.", found)
            time.sleep(LOOK_SECONDS)

    def accepted_at(self, number: str, topic: str) -> datetime:
        """When Tillhand's answer to the latest such delivery was here."""
        taken = next(attempt for attempt in self.delivered(number, topic)["attempts"] if attempt["is_delivered"])
        return datetime.fromisoformat(taken["answered_at"])

    def _bought(self, number: str) -> Bought:
        order = next(one for one in self._state()["orders"] if one["number"] == number)
        return Bought(number, order["subtotal_minor"], order["discount_minor"], order["total_minor"])

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = self._get("/back-office/state.json").json()
        return state

    def _act(self, number: str, deed: str, fields: dict[str, str]) -> None:
        forms = read_page(self._get("/back-office").text).find_all("form", action=f"/back-office/orders/{number}/{deed}")
        expect(bool(forms), f"The back office should offer {deed} for {number}.", f"no form {deed}")
        self._send(forms[0], fields)

    def _get(self, path: str) -> httpx.Response:
        return expect_status(self._browser.get(path), 200, f"The shop's page {path} should open")

    def _send(self, form: Element, fields: dict[str, str]) -> httpx.Response:
        answer = self._browser.post(form.attributes["action"], data=fields_of(form) | fields)
        expect(answer.status_code == 200, f"The shop should take the form {form.attributes['action']}.", _notice(answer))
        return answer


def _notice(page: httpx.Response) -> str:
    """What the page says went wrong, or where we ended up."""
    alerts = read_page(page.text).find_all("p", role="alert")
    words = alerts[0].all_text() if alerts else re.sub(r"\s+", " ", read_page(page.text).all_text())[:400]
    return f"{page.status_code} {page.url}: {words}"
