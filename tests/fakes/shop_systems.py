"""Shop systems as their documentation describes them: how each signs, and payloads in its own shape to change for a test.

The signatures are written out here once more and share no code with the connectors they test.
"""

import base64
import copy
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from billing.connectors.connector import Document, Reading
from billing.connectors.kinds import connector_of

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
VISITOR = UUID("0193484e-5a00-7000-8000-00000000a001")
TENANT = UUID(int=5)
PAYLOADS = Path(__file__).parents[1] / "payloads"
HOOK_URL = "https://tillhand.example/api/v1/hooks/"
SECRETS = {"shopify": "shpss_0123456789abcdef", "stripe": "whsec_0123456789abcdef", "square": "square-key-0123456789"}
HEADERS: dict[str, dict[str, str]] = {
    "shopify/orders_paid": {"x-shopify-topic": "orders/paid"},
    "shopify/refunds_create": {"x-shopify-topic": "refunds/create"},
    "woocommerce/order_updated": {"x-wc-webhook-topic": "order.updated"},
    "square/order": {"fetched": "order"},
}


def payload(name: str) -> dict[str, Any]:
    """A captured shape, such as `shopify/orders_paid`, free to be changed."""
    found: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_bytes())
    return found


def changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with one value replaced; `path` is dotted, list positions are numbers."""
    found = copy.deepcopy(document)
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    at: Any = found
    for step in way:
        at = at[step]
    at[last] = value
    return found


def read(name: str, document: dict[str, Any] | None = None, *, is_sandbox: bool = False, now: datetime | None = None) -> Reading:
    """What the connector of `name` makes of a document of that shape."""
    kind, body = name.partition("/")[0], json.dumps(payload(name) if document is None else document).encode()
    later = now or NOW + timedelta(hours=1)
    return connector_of(kind).read(Document(body, HEADERS.get(name, {}), TENANT, later, is_sandbox))


def base64_of(secret: str, message: bytes) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), message, "sha256")).decode()


def signed(
    kind: str, body: bytes, secret: str, *, now: datetime, key: str, name: str = "", delivery_id: str = "", url: str = HOOK_URL
) -> dict[str, str]:
    """The headers the shop's system would send with a body; `key` is the connection's address part, `name` the payload's shape."""
    if kind == "shopify":
        own = {"X-Shopify-Hmac-Sha256": base64_of(secret, body), "X-Shopify-Webhook-Id": delivery_id or hashlib.sha256(body).hexdigest()}
        return {**own, "X-Shopify-Shop-Domain": "kestrel.myshopify.example", **{n.title(): v for n, v in HEADERS.get(name, {}).items()}}
    if kind == "woocommerce":
        return {"X-WC-Webhook-Signature": base64_of(secret, body), "X-WC-Webhook-Delivery-ID": "same", **HEADERS.get(name, {})}
    if kind == "stripe":
        stamp = int(now.timestamp())
        mac = hmac.digest(secret.encode(), f"{stamp}.".encode() + body, "sha256").hex()
        return {"Stripe-Signature": f"t={stamp},v1={mac},v0=ignored"}
    return {"x-square-hmacsha256-signature": base64_of(secret, f"{url}{key}".encode() + body)}
