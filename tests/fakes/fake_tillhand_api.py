"""A small stand-in for Tillhand's merchant API as a shop sees it: coupons with their whole life, and a webhook door that checks.

It keeps the published rules (app/api/ORDERS.md and the coupon API), so that a shop that gets along with it gets along with the product.
tests/demo/test_shop_contract.py holds the shop's messages against the product's own readers.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

import httpx

TEN_PERCENT_PPM = 100_000


@dataclass
class FakeCoupon:
    minimum_minor: int = 0
    is_expired: bool = False
    reserved_for: str | None = None
    redeemed_for: str | None = None


@dataclass
class FakeTillhand:
    """Use `httpx.Client(transport=httpx.MockTransport(fake.answer))`."""

    secret: str
    api_key: str = "sk_test"
    is_down: bool = False
    hook_statuses: list[int] = field(default_factory=list)
    """Statuses that the next deliveries get, before it answers properly."""
    coupons: dict[str, FakeCoupon] = field(default_factory=dict)
    deliveries: dict[str, bytes] = field(default_factory=dict)
    hook_calls: list[str] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.is_down:
            raise httpx.ConnectError("nobody is there", request=request)
        if request.url.path.startswith("/api/v1/hooks/"):
            return self._hook(request)
        if request.headers.get("authorization") != f"Bearer {self.api_key}":
            return problem(401, "ApiKeyUnknown")
        return self._coupon(request.url.path.rpartition("/")[2], json.loads(request.content))

    def messages(self, topic: str) -> list[dict[str, Any]]:
        return [message["data"] for body in self.deliveries.values() if (message := json.loads(body))["type"] == topic]

    def _hook(self, request: httpx.Request) -> httpx.Response:
        self.hook_calls.append(request.headers["webhook-id"])
        if self.hook_statuses:
            return problem(self.hook_statuses.pop(0), "NotNow")
        delivery_id, stamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        digest = hmac.new(key, f"{delivery_id}.{stamp}.".encode() + request.content, hashlib.sha256).digest()
        if request.headers["webhook-signature"] != "v1," + base64.b64encode(digest).decode():
            return problem(401, "SignatureInvalid")
        known = self.deliveries.setdefault(delivery_id, request.content)
        if known != request.content:
            return problem(409, "DeliveryContentChanged")
        is_repeat = self.hook_calls.count(delivery_id) > 1 and delivery_id in self.deliveries
        return httpx.Response(202, json={"event": f"evt_{delivery_id}", "repeat": is_repeat})

    def _coupon(self, step: str, body: dict[str, Any]) -> httpx.Response:
        coupon = self.coupons.get(body["code"].upper())
        refusal = self._refusal(step, coupon, body)
        if refusal or coupon is None:
            return problem(*(refusal or (404, "CouponUnknown")))
        if step == "release":
            coupon.reserved_for = None
            return httpx.Response(204)
        if step == "reserve":
            coupon.reserved_for = body["order_ref"]
        if step == "redeem":
            coupon.redeemed_for = body["order_ref"]
        discount = body["cart_total_minor"] * TEN_PERCENT_PPM // 1_000_000
        return httpx.Response(200, json={"code": body["code"].upper(), "discount_minor": discount, "currency": body["currency"]})

    def _refusal(self, step: str, coupon: FakeCoupon | None, body: dict[str, Any]) -> tuple[int, str] | None:
        if coupon is None:
            return 404, "CouponUnknown"
        if step == "release":
            return None
        if coupon.redeemed_for not in {None, body["order_ref"]}:
            return 409, "CouponAlreadyRedeemed"
        if coupon.reserved_for not in {None, body["order_ref"]}:
            return 409, "CouponReservedElsewhere"
        if coupon.is_expired:
            return 410, "CouponExpired"
        return (422, "CartBelowMinimum") if body["cart_total_minor"] < coupon.minimum_minor else None


def problem(status: int, code: str) -> httpx.Response:
    detail = "The cart must come to 10.00 USD or more." if code == "CartBelowMinimum" else ""
    body = {"type": "about:blank", "title": code, "status": status, "detail": detail, "code": code}
    return httpx.Response(status, json=body, headers={"content-type": "application/problem+json"})
