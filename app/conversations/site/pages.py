"""A page of a site: its address in one spelling, the addresses on the same host that it leads to, and whether it wants to be left alone."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urldefrag, urljoin, urlsplit, urlunsplit

from selectolax.lexbor import LexborHTMLParser

from app.conversations.errors import FieldNotFit

URL_LENGTH_MAX: Final = 500
LINKS_MAX: Final = 300
_FILES: Final = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|ico|css|js|mjs|json|xml|pdf|zip|gz|mp[34]|webm|woff2?|ttf|docx?|xlsx?|csv)$", re.IGNORECASE
)


@dataclass(frozen=True)
class PageRead:
    """What a page says of itself. `links` are addresses on its own host, in order, once each."""

    links: tuple[str, ...]
    is_indexed: bool


def start_address(typed: str) -> str:
    """The address a reading begins at; raises FieldNotFit unless it is one of a public web page."""
    text = typed.strip()
    parts = urlsplit(text if "://" in text else f"https://{text}")
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username is not None or len(text) > URL_LENGTH_MAX:
        raise FieldNotFit("start_url", "Give the address of your site, such as https://shop.example/.")
    return address_of(parts.geturl(), parts.geturl()) or parts.geturl()


def address_of(href: str, base: str) -> str | None:
    """A link in one spelling, None where it leads to another host, to a file, or nowhere."""
    try:
        parts = urlsplit(urldefrag(urljoin(base, href.strip()))[0])
        here = urlsplit(base)
        is_same = (parts.scheme, parts.hostname, parts.port) == (here.scheme, here.hostname, here.port)
    except ValueError:
        return None
    if not is_same or _FILES.search(parts.path) or parts.username is not None:
        return None
    address = urlunsplit((parts.scheme, parts.netloc.lower(), parts.path or "/", parts.query, ""))
    return address if len(address) <= URL_LENGTH_MAX and address.isascii() and address.isprintable() else None


def read_page(body: bytes, url: str) -> PageRead:
    """Find the links; a page that says noindex is not taught, and none of one that says nofollow is followed."""
    tree = LexborHTMLParser(body)
    wishes = " ".join(
        (node.attributes.get("content") or "").casefold()
        for node in tree.css("meta[name]")
        if (node.attributes.get("name") or "").casefold() in ("robots", "tillhand")
    )
    links: dict[str, None] = {}
    if "nofollow" not in wishes and "none" not in wishes:
        for node in tree.css("a[href]"):
            address = address_of(node.attributes.get("href") or "", url)
            if address and "nofollow" not in (node.attributes.get("rel") or "").casefold():
                links.setdefault(address)
    return PageRead(tuple(links)[:LINKS_MAX], "noindex" not in wishes and "none" not in wishes)
