"""Asks merchants' systems for orders over HTTPS: with little patience, without redirects, and never an address inside our network."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import httpx

from billing.errors import FetchFailed, PayloadRefused
from billing.inbox.strict_json import read_document
from tenants.calls_outside import Answered, Call, call_outside
from tenants.errors import AddressRefused, NoAnswer

ANSWER_BYTES_MAX: Final = 20_000_000


@dataclass(frozen=True, slots=True)
class Question:
    """One request: its address, headers that say who we are, and the query."""

    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the JSON read without a float anywhere, and where the next page is, if the answer's headers say."""

    document: Any
    next_url: str | None


class Ask(Protocol):
    """Anything that answers a question; raises FetchFailed with a sentence a merchant can act on."""

    def __call__(self, question: Question) -> Answer:
        """Ask and wait."""


class AskOverHttps:
    """The real one. `is_loopback_allowed` is for tests against programs on this machine."""

    def __init__(self, *, is_loopback_allowed: bool = False) -> None:
        self._is_loopback_allowed = is_loopback_allowed

    def __call__(self, question: Question) -> Answer:
        """Send one GET and read its JSON."""
        answered = reach(Call("GET", _with_query(question), question.headers), is_loopback_allowed=self._is_loopback_allowed)
        if answered.status != httpx.codes.OK:
            raise FetchFailed(why_refused(answered.status))
        return Answer(read_answer(answered.body), httpx.Response(httpx.codes.OK, headers=answered.headers).links.get("next", {}).get("url"))


def reach(call: Call, *, is_loopback_allowed: bool) -> Answered:
    """Send one request to a merchant's system; raises FetchFailed where it cannot be reached."""
    try:
        return call_outside(call, body_bytes_max=ANSWER_BYTES_MAX, is_loopback_allowed=is_loopback_allowed)
    except (AddressRefused, NoAnswer) as error:
        raise FetchFailed(str(error)) from error


def read_answer(body: bytes) -> Any:
    """An answer's JSON; raises FetchFailed where it is none."""
    try:
        return read_document(body)
    except PayloadRefused as error:
        raise FetchFailed(f"The other system's answer cannot be read. {error}") from error


def _with_query(question: Question) -> str:
    return f"{question.url}?{httpx.QueryParams(question.query)}" if question.query else question.url


def why_refused(status: int) -> str:
    """What a status that is no success means, and what to do."""
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return f"The other system refused the access that is kept here ({status}). Give the connection a new one."
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return "The other system asks us to slow down (429); it is asked again later."
    return f"The other system answered {status}; it is asked again later."
