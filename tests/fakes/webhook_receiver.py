"""A shop's own program that takes webhooks: it checks signatures as Standard Webhooks says, and answers as it is told."""

import base64
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OK = (204, {}, b"")


@dataclass
class Receiver:
    """What it got: (headers, body) of each request; `answers` are given first, one for each request, then 204."""

    url: str = ""
    got: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    def types(self) -> list[str]:
        return [body["type"] for _, body in self.got]

    def signers(self, number: int, *secrets: str) -> list[str]:
        """Which of the secrets signed a request, written out here once more."""
        headers, raw = self.got[number][0], self.raw[number]
        told = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + raw
        given = headers["webhook-signature"].split(" ")
        return [
            one
            for one in secrets
            if "v1," + base64.b64encode(hmac.digest(base64.b64decode(one.removeprefix("whsec_")), told, "sha256")).decode() in given
        ]


@contextmanager
def webhook_receiver() -> Iterator[Receiver]:
    """The program on a loopback port, for as long as it is needed."""
    receiver, lock = Receiver(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with lock:
                receiver.raw.append(body)
                receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, json.loads(body)))
                status, headers, answer = receiver.answers.pop(0) if receiver.answers else OK
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
