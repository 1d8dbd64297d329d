"""Asks merchants' systems for orders over HTTPS: with little patience, without redirects, and never an address inside our network."""

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import httpx

from billing.errors import FetchFailed, PayloadRefused
from billing.inbox.strict_json import read_document

PATIENCE_SECONDS: Final = 10
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
        self._check_address(question.url)
        try:
            with (
                httpx.Client(timeout=PATIENCE_SECONDS, follow_redirects=False, trust_env=False) as client,
                client.stream("GET", question.url, headers=dict(question.headers), params=dict(question.query) or None) as response,
            ):
                body = _read_body(response)
                next_url = response.links.get("next", {}).get("url")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FetchFailed(f"The other system did not answer ({type(error).__name__}).") from error
        if response.status_code != httpx.codes.OK:
            raise FetchFailed(_why(response.status_code))
        try:
            return Answer(read_document(body), next_url)
        except PayloadRefused as error:
            raise FetchFailed(f"The other system's answer cannot be read. {error}") from error

    def _check_address(self, url: str) -> None:
        """Whoever names an address for us to call must not reach what only we can reach."""
        parts = urlsplit(url)
        if self._is_loopback_allowed and parts.hostname == "127.0.0.1":
            return
        if parts.scheme != "https" or not parts.hostname:
            raise FetchFailed("The other system's address must begin with https://.")
        try:
            found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
        except OSError as error:
            raise FetchFailed("The other system's address is not known on the internet.") from error
        if not all(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]).is_global for entry in found):
            raise FetchFailed("The other system's address is not one on the public internet.")


def _read_body(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > ANSWER_BYTES_MAX:
            raise FetchFailed("The other system's answer is larger than we read.")
    return bytes(body)


def _why(status: int) -> str:
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return f"The other system refused the access that is kept here ({status}). Give the connection a new one."
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return "The other system asks us to slow down (429); it is asked again later."
    return f"The other system answered {status}; it is asked again later."
