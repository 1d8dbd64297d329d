"""The till's telephone to Tillhand: is this coupon good, hold it, it was used, let it go. Every answer is data; a dead line is one too."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import httpx

Step = Literal["validate", "reserve", "redeem", "release"]
PATIENCE_SECONDS = 4.0
"""How long a shopper at the till waits before the sale goes on without the discount."""


@dataclass(frozen=True)
class CouponAccepted:
    """The coupon is good for this cart."""

    code: str
    discount_minor: int
    offer: str


@dataclass(frozen=True)
class CouponDeclined:
    """The coupon is not good for this cart; `sentence` is for the shopper."""

    code: str
    sentence: str


@dataclass(frozen=True)
class CouponDeskClosed:
    """Nobody answered in time, or the answer made no sense. The sale goes on without the discount."""

    code: str
    sentence: str


CouponAnswer = CouponAccepted | CouponDeclined | CouponDeskClosed


@dataclass(frozen=True)
class CouponQuestion:
    """What the till tells about the cart: the goods before discount, tax and delivery, in minor units."""

    code: str
    cart_total_minor: int
    currency: str
    order_ref: str
    visitor: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The body of POST /api/v1/coupons/..."""
        body: dict[str, Any] = {
            "code": self.code,
            "cart_total_minor": self.cart_total_minor,
            "currency": self.currency,
            "order_ref": self.order_ref,
        }
        return body | ({"visitor": self.visitor} if self.visitor else {})


SENTENCES: Mapping[str, str] = {
    "CouponUnknown": "We do not know the coupon {code}. Please check the letters.",
    "CouponExpired": "The coupon {code} has expired.",
    "CouponAlreadyRedeemed": "The coupon {code} has been used already. Each code works once.",
    "CouponReservedElsewhere": "The coupon {code} is held by another order at the moment. Try again in a few minutes.",
    "CartBelowMinimum": "Your cart is below the smallest order for the coupon {code}. {detail}",
    "CartCurrencyDiffers": "The coupon {code} is for another currency.",
}
SENTENCE_OF_STATUS: Mapping[int, str] = {
    404: SENTENCES["CouponUnknown"],
    409: SENTENCES["CouponAlreadyRedeemed"],
    410: SENTENCES["CouponExpired"],
    422: "The coupon {code} does not fit this cart. {detail}",
}
CLOSED = "We cannot check the coupon {code} right now, so the price below is without it. You may go on, or try again in a minute."


class CouponDesk:
    """Asks Tillhand's coupon API with the shop's secret key."""

    def __init__(self, client: httpx.Client, *, api_url: str, api_key: str) -> None:
        self._client, self._api_url, self._api_key = client, api_url, api_key

    def ask(self, step: Step, question: CouponQuestion) -> CouponAnswer:
        """Take one step with one coupon. Never raises for what the network or the other side does."""
        try:
            response = self._client.post(
                self.address(step), json=question.as_json(), headers=self.headers(), timeout=PATIENCE_SECONDS, follow_redirects=False
            )
        except httpx.HTTPError:
            return CouponDeskClosed(question.code, CLOSED.format(code=question.code))
        return _answer(question.code, response)

    def address(self, step: Step) -> str:
        """Where a step is asked; the courier needs it for a step that must be repeated later."""
        return f"{self._api_url}/api/v1/coupons/{step}"

    def headers(self) -> dict[str, str]:
        """How the shop says who it is."""
        return {"authorization": f"Bearer {self._api_key}"}


def _answer(code: str, response: httpx.Response) -> CouponAnswer:
    body = _json_object(response)
    if response.status_code == 204:
        return CouponAccepted(code, 0, "")
    if response.status_code == 200:
        discount = body.get("discount_minor")
        if isinstance(discount, int) and discount >= 0:
            return CouponAccepted(str(body.get("code", code)), discount, str(body.get("offer", "")))
    sentence = SENTENCES.get(str(body.get("code"))) or SENTENCE_OF_STATUS.get(response.status_code)
    if sentence is None:
        return CouponDeskClosed(code, CLOSED.format(code=code))
    return CouponDeclined(code, sentence.format(code=code, detail=body.get("detail", "")).strip())


def _json_object(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
