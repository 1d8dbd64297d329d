"""What to ask each merchant's system for: one order a message pointed at, or everything that changed since a moment.

Each answer is cut into documents as small as a message, stored like messages and read like them. The same state asked for twice has the
same bytes, so it is a repeat; Stripe's events carry their own ids, so what had come as a message is known too.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from billing.connectors.asking import Ask, Question
from billing.connectors.connector import FETCHED
from billing.connectors.stripe_events import READERS
from billing.errors import FetchFailed

PAGES_MAX: Final = 500
PAGE_SIZE: Final = 100
SHOPIFY_VERSION: Final = "2026-07"
SQUARE_VERSION: Final = "2026-05-20"
_SHOPIFY_HOST: Final = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com", re.ASCII)
_SQUARE_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,192}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Account:
    """The merchant's account in the other system: its kind, how to reach it and the key that lets us read.

    `origin` stands in for the system's own address where a test runs a program in its place.
    """

    kind: str
    token: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Pulled:
    """One document to be stored, or an order that has to be asked for by its id."""

    key: str
    headers: Mapping[str, str | int]
    body: bytes
    wanted_order_id: str | None = None


def pull_order(ask: Ask, account: Account, order_id: str) -> Pulled:
    """One Square order. Raises FetchFailed, also while Square has not written its lines yet."""
    if not _SQUARE_ID.fullmatch(order_id):
        raise FetchFailed("The order's id is not one of Square's.")
    document = ask(_square(account, f"/v2/orders/{order_id}", {})).document
    order = document.get("order") if isinstance(document, dict) else None
    if not isinstance(order, dict) or not order.get("line_items"):
        raise FetchFailed("Square has not written the order's lines yet; it is asked again later.")
    return _pulled("order", {"order": order})


def pull_changes(ask: Ask, account: Account, since: datetime) -> Iterator[Pulled]:
    """Everything about sales that changed since a moment. Raises FetchFailed; what came before stays."""
    return _CHANGES[account.kind](ask, account, since)


def _shopify(ask: Ask, account: Account, since: datetime) -> Iterator[Pulled]:
    origin = shopify_origin(account)
    headers = {"X-Shopify-Access-Token": account.token}
    query = {"status": "any", "updated_at_min": since.isoformat(), "order": "updated_at asc", "limit": str(PAGE_SIZE)}
    url: str | None = f"{origin}/admin/api/{SHOPIFY_VERSION}/orders.json"
    for _ in range(PAGES_MAX):
        answer = ask(Question(url or "", headers, query))
        for order in _listed(answer.document, "orders"):
            yield _pulled("order", order, {"x-shopify-topic": "orders/updated"})
        url, query = _same_origin(answer.next_url, origin), {}
        if url is None:
            return
    raise _too_much()


def shopify_origin(account: Account) -> str:
    """Where a Shopify shop's API is; raises FetchFailed where the connection does not say."""
    host = str(account.settings.get("address", "")).removeprefix("https://").rstrip("/").lower()
    if not account.origin and not _SHOPIFY_HOST.fullmatch(host):
        raise FetchFailed("Give the connection the shop's address, such as your-shop.myshopify.com.")
    return account.origin or f"https://{host}"


def _same_origin(url: str | None, origin: str) -> str | None:
    """The next page, if it is the same system's: our key goes to no other."""
    return url if url is not None and url.startswith(f"{origin}/") else None


def _woocommerce(ask: Ask, account: Account, since: datetime) -> Iterator[Pulled]:
    origin = woocommerce_origin(account)
    key, _, secret = account.token.partition(":")
    headers = {"Authorization": basic_access(key, secret)}
    for page in range(1, PAGES_MAX + 1):
        query = {
            "modified_after": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"), "dates_are_gmt": "true", "per_page": str(PAGE_SIZE),
            "orderby": "date", "order": "asc", "page": str(page),
        }  # fmt: skip
        orders = _objects(ask(Question(f"{origin}/wp-json/wc/v3/orders", headers, query)).document)
        for order in orders:
            yield _pulled("order", order)
        if len(orders) < PAGE_SIZE:
            return
    raise _too_much()


def woocommerce_origin(account: Account) -> str:
    """Where a WooCommerce shop is; raises FetchFailed where the connection does not say."""
    origin = account.origin or str(account.settings.get("address", "")).rstrip("/")
    if not origin:
        raise FetchFailed("Give the connection the shop's address, such as https://your-shop.example.")
    return origin


def _stripe(ask: Ask, account: Account, since: datetime) -> Iterator[Pulled]:
    url, headers = f"{account.origin or 'https://api.stripe.com'}/v1/events", {"Authorization": f"Bearer {account.token}"}
    query = {"created[gte]": str(int(since.timestamp())), "limit": str(PAGE_SIZE)}
    query |= {f"types[{number}]": name for number, name in enumerate(READERS)}
    for _ in range(PAGES_MAX):
        answer = ask(Question(url, headers, query))
        events = _listed(answer.document, "data")
        for event in events:
            pulled = _pulled("event", event, {})
            yield Pulled(str(event.get("id") or pulled.key)[:200], {}, pulled.body)
        if not events or answer.document.get("has_more") is not True:
            return
        query["starting_after"] = str(events[-1].get("id"))
    raise _too_much()


def _square_changes(ask: Ask, account: Account, since: datetime) -> Iterator[Pulled]:
    for name in ("payments", "refunds"):
        query = {"begin_time": since.isoformat(), "sort_order": "ASC", "limit": str(PAGE_SIZE)}
        for _ in range(PAGES_MAX):
            document = ask(_square(account, f"/v2/{name}", query)).document
            for one in _listed(document, name, may_miss=True):
                yield from _square_entry(name, one)
            cursor = document.get("cursor")
            if not isinstance(cursor, str) or not cursor:
                break
            query["cursor"] = cursor
        else:
            raise _too_much()


def _square_entry(name: str, one: dict[str, Any]) -> Iterator[Pulled]:
    """A completed payment asks for its order; a refund is told in the words of Square's own message."""
    if name == "refunds":
        message = {"type": "refund.updated", "event_id": "", "data": {"object": {"refund": one}}}
        pulled = _pulled("refund", message, {})
        yield Pulled(pulled.key, {}, pulled.body)
    elif one.get("status") == "COMPLETED" and isinstance(one.get("order_id"), str):
        yield Pulled("", {}, b"", wanted_order_id=one["order_id"])


def _square(account: Account, path: str, query: Mapping[str, str]) -> Question:
    own = "https://connect.squareupsandbox.com" if account.settings.get("is_sandbox") is True else "https://connect.squareup.com"
    headers = {"Authorization": f"Bearer {account.token}", "Square-Version": SQUARE_VERSION}
    return Question(f"{account.origin or own}{path}", headers, dict(query))


def basic_access(name: str, password: str) -> str:
    """A name and a password as the header Authorization carries them (RFC 7617)."""
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


def _too_much() -> FetchFailed:
    return FetchFailed(f"More changed than is read at once ({PAGES_MAX * PAGE_SIZE}); what came is kept.")


def _listed(document: Any, name: str, *, may_miss: bool = False) -> list[dict[str, Any]]:
    """A list of objects in an answer; Square leaves an empty one out."""
    if not isinstance(document, dict):
        raise FetchFailed("The other system's answer is not what its documentation says.")
    return _objects([] if may_miss and name not in document else document.get(name))


def _objects(found: Any) -> list[dict[str, Any]]:
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise FetchFailed("The other system's answer is not what its documentation says.")
    return found


def _pulled(kind: str, document: dict[str, Any], headers: Mapping[str, str | int] | None = None) -> Pulled:
    """A document under a key made of its bytes. Numbers with a point are written as texts, for they were read exactly."""
    body = json.dumps(document, default=_exact, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
    return Pulled(f"fetched {hashlib.sha256(body).hexdigest()}", {FETCHED: kind, **(headers or {})}, body)


def _exact(value: Decimal) -> str:
    return str(value)


_CHANGES: Final[Mapping[str, Callable[[Ask, Account, datetime], Iterator[Pulled]]]] = {
    "shopify": _shopify, "woocommerce": _woocommerce, "stripe": _stripe, "square": _square_changes,
}  # fmt: skip
ASKABLE: Final = tuple(_CHANGES)
