"""A shop's own system that answers its skills: it checks each question's signature itself, and can be slow, wrong, large or rude."""

import base64
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, bytes]


def orders(values: dict[str, Any]) -> Answer:
    """One order is known, to one address."""
    if (values.get("order_number"), values.get("email")) != ("KC-1042", "ada@example.com"):
        return 404, b"{}"
    return 200, json.dumps({"status": "on its way", "arrives_on": "2026-11-24", "carrier": "<b>Postbote</b>"}).encode()


@dataclass
class SkillSystem:
    """Where it answers, what it was asked, and how it answers: `answer` gets the values of a question."""

    url: str = ""
    secret: str = ""
    answer: Callable[[dict[str, Any]], Answer] = orders
    seconds: float = 0.0
    asked: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    forged: int = 0

    def is_signed(self, headers: dict[str, str], body: bytes) -> bool:
        """Standard Webhooks, written out here once more."""
        told = f"{headers.get('webhook-id')}.{headers.get('webhook-timestamp')}.".encode() + body
        digest = hmac.digest(base64.b64decode(self.secret.removeprefix("whsec_")), told, "sha256")
        return f"v1,{base64.b64encode(digest).decode()}" in headers.get("webhook-signature", "").split(" ")


@contextmanager
def skill_system() -> Iterator[SkillSystem]:
    """The program on a loopback port, for as long as it is needed."""
    system = SkillSystem()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            if not system.is_signed(headers, body):
                system.forged += 1
                self._say(401, b"{}")
                return
            told = json.loads(body)
            system.asked.append(told)
            system.ids.append(headers["webhook-id"])
            time.sleep(system.seconds)
            self._say(*system.answer(told["data"]["values"]))

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    system.url = f"http://127.0.0.1:{server.server_address[1]}/skill"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield system
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
