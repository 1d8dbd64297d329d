"""The shop systems' own APIs as one small program: it holds orders, asks for the right key, answers in pages, fails when told to."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "token-1"
PAGE = 2


@dataclass
class ShopApis:
    """What the systems hold, and how they are to behave. `failures` are statuses (or raw bodies) answered first, one for each request."""

    url: str = ""
    shopify: list[dict[str, Any]] = field(default_factory=list)
    woocommerce: list[dict[str, Any]] = field(default_factory=list)
    stripe: list[dict[str, Any]] = field(default_factory=list)
    payments: list[dict[str, Any]] = field(default_factory=list)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: list[int | bytes] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str, query: dict[str, str], headers: Any) -> tuple[int, Any, str | None]:  # noqa: PLR0911 - one for each API
        """(status, document, address of the next page)"""
        at = int(query.get("page_info") or query.get("cursor") or 0)
        if path.startswith("/admin/"):
            if headers.get("X-Shopify-Access-Token") != TOKEN:
                return 401, {"errors": "[API] Invalid API key or access token"}, None
            more = f"{self.url}{path}?page_info={at + PAGE}" if at + PAGE < len(self.shopify) else None
            return 200, {"orders": self.shopify[at : at + PAGE]}, more
        if path.startswith("/wp-json/"):
            if headers.get("Authorization") != "Basic " + base64.b64encode(b"ck_1:cs_1").decode():
                return 401, {"code": "woocommerce_rest_cannot_view"}, None
            size, page = int(query["per_page"]), int(query["page"])
            return 200, self.woocommerce[(page - 1) * size : page * size], None
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return 403, {"error": {"message": "no"}}, None
        if path == "/v1/events":
            ids = [event["id"] for event in self.stripe]
            start = ids.index(query["starting_after"]) + 1 if "starting_after" in query else 0
            return 200, {"data": self.stripe[start : start + PAGE], "has_more": start + PAGE < len(ids)}, None
        if path.startswith("/v2/orders/"):
            found = self.orders.get(path.rpartition("/")[2])
            return (200, found, None) if found else (404, {"errors": [{"code": "NOT_FOUND"}]}, None)
        name = path.rpartition("/")[2]
        rows = self.payments if name == "payments" else self.refunds
        cursor = {"cursor": str(at + PAGE)} if at + PAGE < len(rows) else {}
        return 200, ({name: rows[at : at + PAGE], **cursor} if rows else {}), None


@contextmanager
def shop_apis() -> Iterator[ShopApis]:
    """The program on a loopback port, for as long as it is needed."""
    apis = ShopApis()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            apis.asked.append(parts.path)
            failure = apis.failures.pop(0) if apis.failures else None
            status, document, more = apis.answer(parts.path, {k: v[-1] for k, v in parse_qs(parts.query).items()}, self.headers)
            if isinstance(failure, int):
                status, document, more = failure, {"error": "told to fail"}, None
            body = failure if isinstance(failure, bytes) else json.dumps(document).encode()
            self.send_response(status)
            if more:
                self.send_header("Link", f'<{more}>; rel="next"')
            if status == 302:
                self.send_header("Location", f"{apis.url}/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

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
