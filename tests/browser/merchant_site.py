"""A small shop of its own: one page with Tillhand's snippet and something to buy, and a back office that signs what was bought."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from journeys.merchant import Merchant

PRICE, CURRENCY = Decimal("12.60"), "USD"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Wren Teas</title>
<link rel="icon" href="data:,">
<main><h1>Morning blend, 250 g</h1><p>$12.60</p>
<form><label>Coupon code <input name="code" autocomplete="off"></label> <button>Buy it</button></form><p role="status"></p></main>
<script>
document.forms[0].onsubmit = async (event) => {
  event.preventDefault();
  const body = JSON.stringify({code: document.forms[0].code.value, attribution: Tillhand.attribution()});
  const answer = await fetch("/buy", {method: "POST", body});
  document.querySelector("[role=status]").textContent = await answer.text();
};
</script>%s</html>"""


@dataclass
class MerchantSite:
    """Where the shop answers. Its owner pastes the snippet into it, and what the back office needs to tell Tillhand."""

    host: str
    snippet: str = ""
    office: Merchant | None = None
    answers: list[int] = field(default_factory=list)
    origin: str = ""

    def page(self) -> bytes:
        return (PAGE % self.snippet).encode()

    def sell(self, bought: dict[str, Any]) -> str:
        """Take the order, at a tenth less with a code, and tell Tillhand in a signed message; returns what the buyer reads."""
        assert self.office is not None
        number, now = f"W-{1001 + len(self.answers)}", datetime.now(UTC).isoformat()
        codes = [bought["code"].strip()] if bought["code"] else []
        total = str((PRICE * 9 / 10 if codes else PRICE).quantize(Decimal("0.01")))
        line = {"id": "1", "product": "Morning blend, 250 g", "quantity": 1, "total": total}
        order = {"id": number, "number": number, "currency": CURRENCY, "lines": [line], "total": total, "codes": codes}
        order |= {"created_at": now, "updated_at": now, "attribution": bought["attribution"]}
        answer = self.office.send_until_taken(f"msg_{number}", {"type": "order.paid", "timestamp": now, "data": order})
        self.answers.append(answer.status_code)
        return f"Thank you. Your order is {number}, {total}."


@contextmanager
def merchant_site(host: str) -> Iterator[MerchantSite]:
    """Serve the shop on an address of its own until the block ends."""
    site = MerchantSite(host)

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(site.page() if self.path == "/" else b"", "text/html; charset=utf-8", 200 if self.path == "/" else 404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(site.sell(json.loads(body)).encode(), "text/plain; charset=utf-8", 200)

        def _answer(self, body: bytes, media_type: str, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((host, 0), Door)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    site.origin = f"http://{host}:{server.server_port}"
    yield site
    server.shutdown()
    thread.join()
    server.server_close()
