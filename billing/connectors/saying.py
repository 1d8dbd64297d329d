"""Tells merchants' systems to make or change something: one request with a body, and its answer with whatever status it has.

What means the same everywhere is decided here: the access is refused, slow down, it is broken there. The rest is for whoever asked.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlencode

import httpx

from billing.connectors.asking import reach, read_answer, why_refused
from billing.errors import FetchFailed, SlowDownAsked
from tenants.calls_outside import Call

WAIT_SECONDS: Final = 10
WAIT_SECONDS_MAX: Final = 600
SERVER_ERROR: Final = 500


@dataclass(frozen=True, slots=True)
class Said:
    """The answer to a request: its status, and its JSON read without a float anywhere."""

    status: int
    document: Any

    def is_done(self) -> bool:
        """Whether it was done."""
        return httpx.codes.is_success(self.status)


class Say(Protocol):
    """Anything that carries a request out; raises FetchFailed with a sentence a merchant can act on, and SlowDownAsked."""

    def __call__(self, call: Call) -> Said:
        """Send and wait."""


class SayOverHttps:
    """The real one. `is_loopback_allowed` is for tests against programs on this machine."""

    def __init__(self, *, is_loopback_allowed: bool = False) -> None:
        self._is_loopback_allowed = is_loopback_allowed

    def __call__(self, call: Call) -> Said:
        """Send one request and read its answer's JSON."""
        answered = reach(call, is_loopback_allowed=self._is_loopback_allowed)
        if answered.status == httpx.codes.TOO_MANY_REQUESTS:
            raise SlowDownAsked(wait_of(answered.headers.get("retry-after", "")))
        if answered.status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN) or answered.status >= SERVER_ERROR:
            raise FetchFailed(why_refused(answered.status))
        return Said(answered.status, read_answer(answered.body))


def wait_of(header: str) -> int:
    """Seconds to wait by a Retry-After header; a date in it, or nothing, is a few seconds."""
    seconds = int(header) if header.isascii() and header.isdigit() and len(header) <= 6 else WAIT_SECONDS
    return max(1, min(seconds, WAIT_SECONDS_MAX))


def json_call(method: str, url: str, headers: Mapping[str, str], document: Mapping[str, Any]) -> Call:
    """A request whose body is JSON."""
    return Call(method, url, {**headers, "Content-Type": "application/json"}, json.dumps(document).encode())


def form_call(url: str, headers: Mapping[str, str], fields: Mapping[str, str]) -> Call:
    """A POST of a form, as Stripe wants it."""
    return Call("POST", url, {**headers, "Content-Type": "application/x-www-form-urlencoded"}, urlencode(fields).encode())


def text_at(document: Any, *path: str | int) -> str:
    """The text or whole number somewhere in an answer as a text; "" where there is none."""
    found = document
    for step in path:
        if isinstance(found, dict) and isinstance(step, str):
            found = found.get(step)
        elif isinstance(found, list) and isinstance(step, int) and step < len(found):
            found = found[step]
        else:
            return ""
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
