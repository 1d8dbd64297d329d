"""A small server that speaks the usual chat protocol: it says the words it was given, or misbehaves as told."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class LanguageModelServer(ThreadingHTTPServer):
    """`words` are sent one an event; `fault` is "", "refuse", "break", "nonsense", "error", "overloaded" or "drip"
    (an empty line now and then, and nothing else); `asked` keeps what came.

    `firsts` are the logarithms told for the first word when no stream is asked for; without them no chances are told.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.words, self.fault = ["We ", "open ", "at ", "nine."], ""
        self.usage: dict[str, int] = {}
        self.firsts: dict[str, float] = {}
        self.asked: list[dict] = []
        self.keys: list[str | None] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Answer(BaseHTTPRequestHandler):
    server: LanguageModelServer

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(asked)
        self.server.keys.append(self.headers["Authorization"])
        if self.server.fault == "overloaded":
            self.send_error(503)
            return
        if self.server.fault == "drip":
            self._drip()
            return
        self.send_response(401 if self.server.fault == "refuse" or self.path != "/v1/chat/completions" else 200)
        if not asked["stream"]:
            self._whole(asked)
            return
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        if self.server.fault == "refuse":
            return
        self._event({"choices": [{"delta": {"role": "assistant"}}]})
        for word in self.server.words[: asked["max_tokens"]]:
            self._event({"choices": [{"delta": {"content": word}}]})
        if self.server.fault in ("nonsense", "error"):
            self._event({"nonsense": {"choices": "?"}, "error": {"error": {"message": "out of memory"}}}[self.server.fault])
        if self.server.fault != "break":
            self._event({"choices": [], "usage": self.server.usage})
            self.wfile.write(b"data: [DONE]\n\n")

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        with suppress(OSError):  # until the client has enough
            for _ in range(100):
                self.wfile.write(b"\n")
                time.sleep(0.1)

    def _whole(self, asked: dict) -> None:
        likely = [{"token": word, "logprob": chance} for word, chance in self.server.firsts.items()]
        choice = {"message": {"content": "".join(self.server.words[: asked["max_tokens"]])}}
        choice |= {"logprobs": {"content": [{"top_logprobs": likely}]}} if likely else {}
        body = json.dumps("?" if self.server.fault == "nonsense" else {"choices": [choice], "usage": self.server.usage})
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        if self.server.fault != "refuse":
            self.wfile.write(body.encode())

    def _event(self, event: dict) -> None:
        self.wfile.write(f": a comment\ndata: {json.dumps(event)}\n\n".encode())

    def log_message(self, *_: object) -> None:
        """Say nothing on the terminal."""


@contextmanager
def language_model_server() -> Iterator[LanguageModelServer]:
    server = LanguageModelServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
