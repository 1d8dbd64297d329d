"""Calls an address that somebody else named: a public one only, found once and kept to, without redirects and with little patience.

Whoever names an address for us to call must not reach what only we can reach. So the name is resolved here, every address it has must be
on the public internet, and the call goes to the very address that was checked: a name that answers otherwise a moment later gains
nothing. The host's name still stands in the request and in the certificate that is asked for.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final
from urllib.parse import urlsplit

import httpx

from tenants.errors import AddressRefused, NoAnswer

PATIENCE_SECONDS: Final = 10
LOOPBACK: Final = "127.0.0.1"
_WRAPPED: Final = tuple(ipaddress.ip_network(one) for one in ("64:ff9b::/96", "2002::/16"))
"""Addresses of the sixth version that lead on to ones of the fourth, which nobody has looked at."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request: method, whole address, headers, and the body's bytes."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back. Header names are lower case; `is_cut` says that the body was longer than was read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """An address that was checked: where to connect, and by which name it was asked for."""

    url: str
    host: str
    name: str


def call_outside(
    call: Call, *, body_bytes_max: int, seconds_max: int = PATIENCE_SECONDS, is_loopback_allowed: bool = False, is_cut_allowed: bool = False
) -> Answered:  # fmt: skip
    """Send one request and read its answer, whatever its status.

    Raises AddressRefused where the address is not one we call, NoAnswer where nothing came within `seconds_max`, or more than
    `body_bytes_max` and the rest may not be cut off.
    """
    place = find_place(call.url, is_loopback_allowed=is_loopback_allowed)
    until = time.monotonic() + seconds_max
    try:
        with (
            httpx.Client(timeout=seconds_max, follow_redirects=False, trust_env=False, verify=_trusted()) as client,
            client.stream(
                call.method, place.url, headers={**call.headers, "Host": place.host}, content=call.body or None,
                extensions={"sni_hostname": place.name},
            ) as response,
        ):  # fmt: skip
            body, is_cut = _read(response, body_bytes_max, until)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NoAnswer(f"No answer came from there ({type(error).__name__}).") from error
    if is_cut and not is_cut_allowed:
        raise NoAnswer("The answer from there is larger than we read.")
    return Answered(response.status_code, {name.lower(): value for name, value in response.headers.items()}, body, is_cut)


def find_place(url: str, *, is_loopback_allowed: bool = False) -> Place:
    """Look an address up and refuse it unless all it leads to is public. `is_loopback_allowed` is for development and tests."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused("The address cannot be read.") from error
    if not (url.isascii() and url.isprintable()):
        raise AddressRefused("The address cannot be read.")
    name = parts.hostname or ""
    if is_loopback_allowed and name == LOOPBACK:
        return Place(url, parts.netloc, name)
    if parts.scheme != "https" or not name:
        raise AddressRefused("The address must begin with https://.")
    if parts.username is not None:
        raise AddressRefused("The address may not hold a name or a password.")
    try:
        found = socket.getaddrinfo(name, port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressRefused("The address is not known on the internet.") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not all(is_public(one) for one in addresses):
        raise AddressRefused("The address is not one on the public internet.")
    first = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
    pinned = parts._replace(netloc=first if port is None else f"{first}:{port}").geturl()
    return Place(pinned, parts.netloc, name)


def is_public(address: str) -> bool:
    """Whether an address is a single one on the public internet: not private, local, reserved, of a group, or wrapped around another."""
    found = ipaddress.ip_address(address.partition("%")[0])
    return found.is_global and not found.is_multicast and not any(found in one for one in _WRAPPED)


@cache
def _trusted() -> ssl.SSLContext:
    # Read once: the file of trusted certificates takes twenty milliseconds of processor, several times what a call takes otherwise.
    return httpx.create_ssl_context(trust_env=False)


def _read(response: httpx.Response, bytes_max: int, until: float) -> tuple[bytes, bool]:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > bytes_max:
            return bytes(body[:bytes_max]), True
        if time.monotonic() > until:
            raise NoAnswer("The answer from there took too long.")
    return bytes(body), False
