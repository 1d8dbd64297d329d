"""Stripe as a small program: the endpoints our bills use, with its real manners, that Stripe's own library talks to over HTTP.

Manners: bearer keys; form bodies with brackets; Idempotency-Key for a day (a replay of the first answer, also of a broken one; 400 when
the parameters differ; 409 while the first is in flight); lists in pages; ids that say what they are; errors as Stripe words them. On
demand a call is answered late, not at all, twice broken, or too soon. What it holds is in stripe_fake_books.py.
"""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from fakes.stripe_fake_books import Books, Refusal

KEY = "sk_test_fake"
DAY_SECONDS = 24 * 3600
LATE_SECONDS = 1.0
Row = dict[str, Any]


@dataclass
class Kept:
    """What was answered under one Idempotency-Key; `status` 0 while the first request is in flight."""

    fingerprint: tuple[str, str, str]
    at: int
    status: int = 0
    body: bytes = b""


@dataclass
class StripeFake:
    """The program. `faults` says what happens to the call of that number, counting from 0: lost, late, broken, broken_after, busy."""

    books: Books = field(default_factory=Books)
    kept: dict[str, Kept] = field(default_factory=dict)
    faults: dict[int, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    url: str = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        number, method, path = len(self.calls), scope["method"], scope["path"]
        self.calls.append(f"{method} {path}")
        status, answer, more = await self._answer(number, method, path, scope["query_string"].decode() or body.decode(), headers)
        if self.faults.get(number) == "lost":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100000")]})
            raise ConnectionResetError("The line is cut.")
        if self.faults.get(number) == "late":
            await asyncio.sleep(LATE_SECONDS)
        plain = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode()), *more]
        await send({"type": "http.response.start", "status": status, "headers": plain})
        await send({"type": "http.response.body", "body": answer})

    async def _answer(self, number: int, method: str, path: str, form: str, headers: Row) -> tuple[int, bytes, list[Any]]:
        fault, key = self.faults.get(number), headers.get("idempotency-key") if method == "POST" else None
        if headers.get("authorization") != f"Bearer {KEY}":
            return *problem(401, "Invalid API Key provided", "invalid_request_error"), []
        if fault == "busy":
            return *problem(429, "Too many requests", "rate_limit_error"), []
        if fault == "broken":
            return *problem(500, "Something went wrong on Stripe's end", "api_error"), []
        if key is None:
            answer = self._do(method, path, form)
            return *(problem(500, "Something went wrong on Stripe's end", "api_error") if fault == "broken_after" else answer), []
        kept, fingerprint = self.kept.get(key), (method, path, form)
        if kept and self.books.now - kept.at < DAY_SECONDS:
            return self._replay(kept, fingerprint)
        kept = self.kept[key] = Kept(fingerprint, self.books.now)
        await asyncio.sleep(0)
        status, body = self._do(method, path, form)
        if fault == "broken_after":
            status, body = problem(500, "Something went wrong on Stripe's end", "api_error")
        if 400 <= status < 500:
            del self.kept[key]  # what was never begun is not remembered
        kept.status, kept.body = status, body
        return status, body, []

    def _replay(self, kept: Kept, fingerprint: tuple[str, str, str]) -> tuple[int, bytes, list[Any]]:
        if kept.fingerprint != fingerprint:
            text = "Keys for idempotent requests can only be used with the same parameters they were first used with."
            return *problem(400, text, "idempotency_error"), []
        if kept.status == 0:
            text = "There is currently another in-progress request using this idempotent key."
            return *problem(409, text, "idempotency_error", code="idempotency_key_in_use"), []
        return kept.status, kept.body, [(b"idempotent-replayed", b"true")]

    def _do(self, method: str, path: str, form: str) -> tuple[int, bytes]:
        try:
            return 200, json.dumps(self.books.answer(method, path.removeprefix("/v1"), nested(form))).encode()
        except Refusal as refusal:
            return problem(refusal.status, str(refusal), "invalid_request_error", code=refusal.code)


def problem(status: int, message: str, kind: str, code: str | None = None) -> tuple[int, bytes]:
    error = {"message": message, "type": kind} | ({"code": code} if code else {})
    return status, json.dumps({"error": error}).encode()


def nested(form: str) -> Row:
    """`metadata[a]=b&expand[0]=c` as documents; lists stay documents with numbers for keys."""
    found: Row = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        place, parts = found, name.replace("]", "").split("[")
        for part in parts[:-1]:
            place = place.setdefault(part, {})
        place[parts[-1]] = value
    return found


@contextmanager
def stripe_fake() -> Iterator[StripeFake]:
    """The program on a loopback port, for as long as it is needed."""
    fake = StripeFake()
    server = uvicorn.Server(uvicorn.Config(fake, host="127.0.0.1", port=0, log_level="critical", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        threading.Event().wait(0.005)
    fake.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield fake
    finally:
        server.should_exit = True
        thread.join(timeout=10)
