"""The parts of Shopify, WooCommerce and Stripe that make codes, as one small program with their own rules: a code is taken once,
a currency is the shop's own, ids that are gone are said to be gone. Faults come when told to: slow down, break, or lose the answer.
"""

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

TOKEN = "token-1"
WOO_TOKEN = "ck_1:cs_1"
LOST, THROTTLED = "lost", "throttled"
Answer = tuple[int, Any]


@dataclass
class TillApis:
    """What stands in the three systems. `faults` are answered first, one for each request: a status, LOST or THROTTLED."""

    url: str = ""
    currency: str = "EUR"
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    coupons: dict[str, dict[str, str]] = field(default_factory=dict)
    faults: list[int | str] = field(default_factory=list)
    refusal: str = ""
    no_coupons: str = ""
    asked: list[str] = field(default_factory=list)

    def valid(self) -> set[str]:
        """The codes a till takes now, in capitals."""
        return {one["code"].upper() for one in self.codes.values() if one["active"]}

    def by_code(self, code: str) -> dict[str, Any] | None:
        found = [one for one in self.codes.values() if one["code"].upper() == code.upper()]
        return found[-1] if found else None

    def add(self, name: str, code: str, mark: str, **more: Any) -> dict[str, Any]:
        self.codes[name] = {"id": name, "code": code, "mark": mark, "active": True, **more}
        return self.codes[name]


def shopify(apis: TillApis, body: dict[str, Any]) -> Answer:
    """The GraphQL mutations and queries that are asked, told apart by their field."""
    query, told = body["query"], body["variables"]
    if "shop {" in query:
        return 200, {"data": {"shop": {"currencyCode": apis.currency}}}
    if "codeDiscountNodeByCode" in query:
        one = apis.by_code(told["code"])
        node = one and {"id": one["id"], "codeDiscount": {"title": one["mark"]}}
        return 200, {"data": {"codeDiscountNodeByCode": node}}
    if "discountCodeDeactivate" in query:
        if told["id"] not in apis.codes:
            fault = {"code": "INVALID", "message": "Discount does not exist."}
            return 200, {"data": {"discountCodeDeactivate": {"codeDiscountNode": None, "userErrors": [fault]}}}
        if apis.refusal:
            return 200, {"data": {"discountCodeDeactivate": {"userErrors": [{"code": None, "message": apis.refusal}]}}}
        apis.codes[told["id"]]["active"] = False
        return 200, {"data": {"discountCodeDeactivate": {"codeDiscountNode": {"id": told["id"]}, "userErrors": []}}}
    share = re.search(r"percentage: ([0-9.]+) ", query)
    discount = told.get("discount") or {**told, "percentage": share[1] if share else "", "minimumRequirement": told.get("minimum")}
    faults = [{"code": "TAKEN", "message": "Code must be unique."}] if apis.by_code(discount["code"]) else []
    faults = [{"code": "INVALID", "message": apis.refusal}] if apis.refusal else faults
    node = None
    if not faults:
        name = f"gid://shopify/DiscountCodeNode/{len(apis.codes) + 1}"
        node = {"id": apis.add(name, discount["code"], discount["title"], told=discount)["id"]}
    return 200, {"data": {"discountCodeBasicCreate": {"codeDiscountNode": node, "userErrors": faults}}}


def woocommerce(apis: TillApis, method: str, path: str, body: dict[str, Any], query: dict[str, str]) -> Answer:  # noqa: PLR0911 - one for each rule
    """wc/v3: the current currency, and coupons made, found by code, and changed."""
    if path.endswith("/data/currencies/current"):
        return 200, {"code": apis.currency}
    if method == "GET":
        one = apis.by_code(query["code"])
        return 200, [{"id": int(one["id"]), "description": one["mark"]}] if one else []
    if apis.refusal:
        return 400, {"code": "rest_invalid_param", "message": apis.refusal}
    if method == "PUT":
        one = apis.codes.get(path.rpartition("/")[2])
        if one is None:
            return 404, {"code": "woocommerce_rest_shop_coupon_invalid_id", "message": "Invalid ID."}
        one["active"] = False
        return 200, {"id": int(one["id"])}
    if apis.by_code(body["code"]):
        return 400, {"code": "woocommerce_rest_coupon_code_already_exists", "message": "The coupon code already exists"}
    return 201, {"id": int(apis.add(str(len(apis.codes) + 1), body["code"].lower(), body["description"], told=body)["id"])}


def stripe(apis: TillApis, method: str, path: str, form: dict[str, str]) -> Answer:  # noqa: PLR0911 - one for each rule
    """Coupons and promotion codes; a promotion code needs its coupon, and no other active one may have its spelling."""
    name = path.removeprefix("/v1/promotion_codes").strip("/")
    if method == "GET":
        one = apis.by_code(form["code"])
        return 200, {"data": [{"id": one["id"], "metadata": {"tillhand": one["mark"]}}] if one else []}
    if apis.refusal:
        return 400, {"error": {"message": apis.refusal}}
    if path == "/v1/coupons":
        if apis.no_coupons:
            return 400, {"error": {"message": apis.no_coupons}}
        if form["id"] in apis.coupons:
            return 400, {"error": {"code": "resource_already_exists", "message": "Coupon already exists."}}
        apis.coupons[form["id"]] = form
        return 200, {"id": form["id"]}
    if name:
        if name not in apis.codes:
            return 404, {"error": {"code": "resource_missing", "message": "No such promotion code"}}
        apis.codes[name]["active"] = False
        return 200, {"id": name}
    if form["promotion[coupon]"] not in apis.coupons:
        return 400, {"error": {"code": "resource_missing", "message": "No such coupon"}}
    known = apis.by_code(form["code"])
    if known and known["active"]:
        return 400, {"error": {"message": f"An active promotion code with `code: {form['code']}` already exists."}}
    return 200, {"id": apis.add(f"promo_{len(apis.codes) + 1}", form["code"], form["metadata[tillhand]"], told=form)["id"]}


def answer(apis: TillApis, method: str, path: str, headers: Any, body: bytes) -> Answer:
    """(status, document) of one request."""
    parts = urlsplit(path)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.path.startswith("/admin/"):
        if headers.get("X-Shopify-Access-Token") != TOKEN:
            return 401, {"errors": "[API] Invalid API key or access token"}
        return shopify(apis, json.loads(body))
    if parts.path.startswith("/wp-json/"):
        if headers.get("Authorization") != "Basic " + base64.b64encode(WOO_TOKEN.encode()).decode():
            return 401, {"code": "woocommerce_rest_cannot_create"}
        return woocommerce(apis, method, parts.path, json.loads(body or b"{}"), query)
    if headers.get("Authorization") != f"Bearer {TOKEN}":
        return 401, {"error": {"message": "Invalid API Key provided"}}
    form = {name: value for name, _, value in (pair.partition("=") for pair in body.decode().split("&"))}
    return stripe(apis, method, parts.path, query or {unquote_plus(name): unquote_plus(value) for name, value in form.items()})


@contextmanager
def till_apis() -> Iterator[TillApis]:
    """The program on a loopback port, for as long as it is needed."""
    apis, lock = TillApis(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with lock:
                apis.asked.append(f"{self.command} {urlsplit(self.path).path}")
                fault = apis.faults.pop(0) if apis.faults else None
                status, document = (200, {}) if fault and fault != LOST else answer(apis, self.command, self.path, self.headers, body)
            if fault == LOST:
                return  # it was done, and the connection breaks before anybody hears of it
            if fault == THROTTLED:
                document = {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}
            elif isinstance(fault, int):
                status, document = fault, {"error": {"message": "told to fail"}}
            sent = json.dumps(document).encode()
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "7")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def do_PUT(self) -> None:
            self._serve()

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    apis.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield apis
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
