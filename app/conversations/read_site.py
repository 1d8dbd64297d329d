"""The worker reads a shop's site: pages of one host, as its robots.txt allows, within a budget, and teaches only what has changed.

Each page is its own short transaction, so what was taught before a stop stays, and a reading that was called off ends at the next page.
No transaction is open while a page is fetched, read or learned.
"""

import hashlib
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.robotparser import RobotFileParser
from uuid import UUID

from sqlalchemy.orm import Session

from app.conversations.claim import SITE_READINGS
from app.conversations.errors import ConversationsError, DocumentUnknown, SiteNotReadable
from app.conversations.events import KnowledgeChanged
from app.conversations.language_models.embeddings import Embedder
from app.conversations.learning_tables import SitePage, SiteReading
from app.conversations.site.pages import address_of, read_page
from app.conversations.site.robots import AGENT, BYTES_MAX, delay_seconds, may_fetch, robots_address, robots_of
from app.conversations.teach import Learned, document_name, read_document, store_document, vectors_of
from app.conversations.teach_change import remove_document
from tenants.calls_outside import LOOPBACK, Answered, Call, call_outside, find_place
from tenants.database import Database
from tenants.errors import AddressRefused, NoAnswer, WorkLost
from tenants.outbox import announce
from tenants.work_line import Claimed

PAGE_BYTES_MAX: Final = 1_500_000
SITE_BYTES_MAX: Final = 30_000_000
SECONDS_MAX: Final = 600
HTML: Final = ("text/html", "application/xhtml+xml")
GONE: Final = frozenset({404, 410})
NO_WEB_PAGE: Final = "It is no web page, so nothing of it is taught."
GAVE_UP: Final = "It could not be read: three tries ended before their time. Please try again later."


@dataclass
class _Visit:
    """One reading on its way."""

    database: Database
    embed: Embedder
    clock: Callable[[], datetime]
    claimed: Claimed
    row: SiteReading
    is_loopback_allowed: bool
    byte_count: int = 0
    waiting: deque[str] = field(default_factory=deque)
    seen: set[str] = field(default_factory=set)


def read_site_waiting(
    database: Database, embed: Embedder, *, clock: Callable[[], datetime], is_loopback_allowed: bool = False,
    pause: Callable[[float], None] = time.sleep,
) -> int:  # fmt: skip
    """Read the site that has waited longest; return 1, or 0 when none waits."""
    claimed = SITE_READINGS.claim(database, clock())
    if claimed is None:
        return 0
    with database.tenant_session(claimed.tenant_id) as session:
        row = session.get_one(SiteReading, (claimed.tenant_id, claimed.key))
        session.expunge(row)
    visit = _Visit(database, embed, clock, claimed, row, is_loopback_allowed)
    try:
        if claimed.is_last_straw:
            raise SiteNotReadable(GAVE_UP)
        _read(visit, pause)
        _finish(visit, "done", None)
    except WorkLost:
        return 1  # somebody stopped it, or another worker has it now
    except (ConversationsError, AddressRefused, NoAnswer) as error:
        _finish(visit, "refused", str(error)[:500])
    return 1


def _read(visit: _Visit, pause: Callable[[float], None]) -> None:
    robots = _fetch(visit, robots_address(visit.row.start_url), {}, BYTES_MAX)
    rules = robots_of(robots.status, robots.body)
    until, visit.waiting, read = time.monotonic() + SECONDS_MAX, deque([visit.row.start_url]), 0
    visit.seen = set(visit.waiting)
    if not may_fetch(rules, visit.row.start_url):
        raise SiteNotReadable(
            "The site's robots.txt asks programs like ours not to read this page. Allow Tillhand there, or start elsewhere."
        )
    while visit.waiting and read < visit.row.pages_max and visit.byte_count < SITE_BYTES_MAX and time.monotonic() < until:
        url = visit.waiting.popleft()
        read += 1
        _page(visit, rules, url)
        if visit.waiting:
            pause(delay_seconds(rules))


def _page(visit: _Visit, rules: RobotFileParser, url: str) -> None:
    if not may_fetch(rules, url):
        _keep(visit, refused=1)
        return
    known = _known(visit, url)
    marks = {"if-none-match": known.etag} if known and known.etag else {}
    marks |= {"if-modified-since": known.last_modified} if known and known.last_modified else {}
    try:
        answered = _fetch(visit, url, marks, PAGE_BYTES_MAX)
    except NoAnswer as error:
        if url == visit.row.start_url:
            raise
        _note_page(visit, url, None, str(error))
        return
    visit.byte_count += len(answered.body)
    if answered.status == 304 and known is not None:
        _follow(visit, known.links["links"])
        _keep(visit, unchanged=1)
    elif 300 <= answered.status < 400:
        target = address_of(answered.headers.get("location", ""), url)
        _follow(visit, [target] if target else [])
        _keep(visit, refused=0 if target else 1)
    elif answered.status in GONE:
        _forget(visit, url)
    elif answered.status != 200 or answered.headers.get("content-type", "").split(";")[0].strip().lower() not in HTML:
        _note_page(visit, url, answered, NO_WEB_PAGE if answered.status == 200 else f"It answered {answered.status}.")
    else:
        _teach(visit, url, answered, known)


def _teach(visit: _Visit, url: str, answered: Answered, known: SitePage | None) -> None:
    """Teach a page that has changed; one whose bytes are the same is left as it is."""
    page = read_page(answered.body, url)
    _follow(visit, page.links)
    digest = hashlib.sha256(answered.body).hexdigest()
    if known is not None and known.body_sha256 == digest and (known.document_id or known.problem):
        _keep(visit, unchanged=1)
        return
    if not page.is_indexed:
        _forget(visit, url)
        return
    name = document_name("Page " + url.partition("://")[2])
    try:
        read = read_document(name, "text/html", answered.body)
    except ConversationsError as error:
        _note_page(visit, url, answered, str(error), links=page.links)
        return
    learned = Learned(
        name, "web_page", digest, len(answered.body), read, [vectors_of(piece, visit.embed) for piece in read.pieces], visit.row.asked_by
    )
    with visit.database.tenant_session(visit.claimed.tenant_id) as session:
        SITE_READINGS.own_row(session, visit.claimed)
        taught = store_document(session, employee_id=visit.row.employee_id, learned=learned, now=visit.clock())
        _store_page(visit, session, url, answered, links=page.links, document_id=taught.document_id)
        announce(session, KnowledgeChanged(taught.document_id, visit.row.employee_id, "taught"), now=visit.clock())
    _keep(visit, taught=1)


def _fetch(visit: _Visit, url: str, marks: dict[str, str], bytes_max: int) -> Answered:
    is_loopback = visit.is_loopback_allowed and find_place(url, is_loopback_allowed=True).name == LOOPBACK
    headers = {"user-agent": AGENT, "accept": "text/html,application/xhtml+xml;q=0.9,text/plain;q=0.5", **marks}
    return call_outside(Call("GET", url, headers), body_bytes_max=bytes_max, is_loopback_allowed=is_loopback)


def _follow(visit: _Visit, links: object) -> None:
    for link in links if isinstance(links, list | tuple) else ():
        if link not in visit.seen and len(visit.seen) < 20 * visit.row.pages_max:
            visit.seen.add(link)
            visit.waiting.append(link)


def _known(visit: _Visit, url: str) -> SitePage | None:
    with visit.database.tenant_session(visit.claimed.tenant_id) as session:
        row = session.get(SitePage, (visit.claimed.tenant_id, visit.row.employee_id, url))
        if row is not None:
            session.expunge(row)
        return row


def _note_page(visit: _Visit, url: str, answered: Answered | None, problem: str, links: tuple[str, ...] = ()) -> None:
    with visit.database.tenant_session(visit.claimed.tenant_id) as session:
        _store_page(visit, session, url, answered, links=links, problem=problem[:300])
    _keep(visit, refused=1)


def _store_page(
    visit: _Visit, session: Session, url: str, answered: Answered | None, *, links: tuple[str, ...], document_id: UUID | None = None,
    problem: str | None = None,
) -> None:  # fmt: skip
    place = (visit.claimed.tenant_id, visit.row.employee_id, url)
    row = session.get(SitePage, place)
    if row is None:
        row = SitePage(tenant_id=place[0], employee_id=place[1], url=url)
        session.add(row)
    headers, body = (answered.headers, answered.body) if answered else ({}, b"")
    row.body_sha256, row.byte_count = hashlib.sha256(body).hexdigest(), len(body)
    row.etag, row.last_modified = headers.get("etag", "")[:200], headers.get("last-modified", "")[:60]
    row.links, row.document_id, row.problem, row.read_at = {"links": list(links)}, document_id or row.document_id, problem, visit.clock()
    session.flush()


def _forget(visit: _Visit, url: str) -> None:
    """A page that is gone, or asks not to be kept, is known no more."""
    with visit.database.tenant_session(visit.claimed.tenant_id) as session:
        row = session.get(SitePage, (visit.claimed.tenant_id, visit.row.employee_id, url))
        if row is not None:
            if row.document_id is not None:
                _remove(session, row.document_id, visit.clock())
            session.delete(row)
    _keep(visit, refused=1)


def _remove(session: Session, document_id: UUID, now: datetime) -> None:
    try:
        remove_document(session, document_id=document_id, now=now)
    except DocumentUnknown:
        return  # it was never taught


def _keep(visit: _Visit, *, taught: int = 0, unchanged: int = 0, refused: int = 0) -> None:
    """Write how far the reading is; raises WorkLost when nobody wants it any more."""
    with visit.database.tenant_session(visit.claimed.tenant_id) as session:
        row = SITE_READINGS.own_row(session, visit.claimed)
        row.read_count, row.touched_at = row.read_count + 1, visit.clock()
        row.taught_count, row.unchanged_count = row.taught_count + taught, row.unchanged_count + unchanged
        row.refused_count += refused


def _finish(visit: _Visit, state: str, problem: str | None) -> None:
    with suppress(WorkLost), visit.database.tenant_session(visit.claimed.tenant_id) as session:
        row = SITE_READINGS.own_row(session, visit.claimed)
        row.state, row.problem, row.finished_at = state, problem, visit.clock()
