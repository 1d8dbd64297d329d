"""What the site's robots.txt lets us fetch, as RFC 9309 says: a missing file allows all, a refused one nothing, a broken server waits."""

from typing import Final
from urllib.parse import urlsplit, urlunsplit
from urllib.robotparser import RobotFileParser

from app.conversations.errors import SiteNotReadable

AGENT: Final = "Tillhand-Site/1"
NAME: Final = "Tillhand"
"""The name a site speaks to in its robots.txt."""
BYTES_MAX: Final = 500_000
DELAY_SECONDS, DELAY_SECONDS_MAX = 0.5, 10.0


def robots_address(start_url: str) -> str:
    """Where a site keeps it."""
    parts = urlsplit(start_url)
    return urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", ""))


def robots_of(status: int, body: bytes) -> RobotFileParser:
    """The rules of an answer; raises SiteNotReadable while the server is out of order, for then nobody knows what is allowed."""
    rules = RobotFileParser()
    if status in (401, 403):
        rules.parse(["User-agent: *", "Disallow: /"])
    elif 200 <= status < 300:
        rules.parse(body[:BYTES_MAX].decode("utf-8", errors="replace").splitlines())
    elif 400 <= status < 500:
        rules.parse([])
    else:
        raise SiteNotReadable("Its robots.txt could not be read, so nothing else was fetched. Try again later.")
    return rules


def may_fetch(rules: RobotFileParser, url: str) -> bool:
    """Whether a page may be fetched."""
    return rules.can_fetch(NAME, url)


def delay_seconds(rules: RobotFileParser) -> float:
    """How long to wait between two pages."""
    wished = rules.crawl_delay(NAME)
    return min(max(float(wished or 0), DELAY_SECONDS), DELAY_SECONDS_MAX)
