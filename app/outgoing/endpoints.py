"""The addresses a shop wants to be told at: added, changed, given another secret, switched off and on, taken away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from app.outgoing.errors import EndpointRefused, EndpointUnknown
from app.outgoing.events import EndpointDisabled
from app.outgoing.signing import new_secret
from app.outgoing.tables import OutgoingEndpoint, OutgoingMessage
from billing.read_pages import last_credit_place
from tenants.audit import note
from tenants.calls_outside import LOOPBACK, find_place
from tenants.database import tenant_of
from tenants.errors import AddressRefused
from tenants.identifiers import new_id, to_public
from tenants.outbox import announce

ENDPOINTS_MAX: Final = 20
URL_LENGTH_MAX: Final = 500
ROTATION_GRACE: Final = timedelta(hours=24)
TOPICS: Final = {
    "touch.recorded": "an employee was asked, seen or followed",
    "coupon.redeemed": "a code was used at the till",
    "credit.posted": "a line was written into the book",
    "statement.closed": "a month was closed",
    "film.ready": "a film is finished",
}
"""What may be told, and when."""


@dataclass(frozen=True, slots=True)
class EndpointView:
    """An address as a page shows it, without its secrets."""

    endpoint_id: UUID
    url: str
    topics: tuple[str, ...]
    made_at: datetime
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_why: str | None
    previous_secret_until: datetime | None


def add_endpoint(
    session: Session, *, url: str, topics: Sequence[str], now: datetime, by: str, is_loopback_allowed: bool = False
) -> tuple[UUID, str]:  # fmt: skip
    """Add an address and return its id and its secret, which is shown this once. It hears of what happens from now on.

    Raises EndpointRefused. The address is looked up here and again before each message.
    """
    address, chosen = url.strip(), _chosen(topics)
    if len(endpoints(session)) >= ENDPOINTS_MAX:
        raise EndpointRefused(f"{ENDPOINTS_MAX} addresses are told already; take one away first.")
    try:
        place = find_place(address[: URL_LENGTH_MAX + 1], is_loopback_allowed=is_loopback_allowed)
    except AddressRefused as error:
        raise EndpointRefused(str(error)) from error
    if len(address) > URL_LENGTH_MAX:
        raise EndpointRefused(f"An address has at most {URL_LENGTH_MAX} characters.")
    endpoint_id, secret, last = new_id(now), new_secret(), last_credit_place(session)
    session.add(
        OutgoingEndpoint(
            tenant_id=tenant_of(session), endpoint_id=endpoint_id, url=address, topics={"topics": chosen}, secret=secret,
            is_loopback=is_loopback_allowed and place.name == LOOPBACK, made_at=now,
            book_place={"segment": last.segment, "position": last.position, "number": last.number},
        )
    )  # fmt: skip
    session.flush()
    note(session, by, "webhook.added", to_public("end", endpoint_id), {"topics": chosen}, now=now)
    return endpoint_id, secret


def change_topics(session: Session, *, endpoint_id: UUID, topics: Sequence[str], now: datetime, by: str) -> None:
    """Tell an address of other things from now on. Raises EndpointRefused, EndpointUnknown."""
    row, chosen = locked(session, endpoint_id), _chosen(topics)
    if "credit.posted" in chosen and "credit.posted" not in row.topics["topics"]:
        last = last_credit_place(session)
        row.book_place = {"segment": last.segment, "position": last.position, "number": last.number}
    row.topics = {"topics": chosen}
    note(session, by, "webhook.changed", to_public("end", endpoint_id), {"topics": chosen}, now=now)


def rotate_endpoint_secret(session: Session, *, endpoint_id: UUID, now: datetime, by: str) -> str:
    """Sign with a new secret and return it; for a day messages carry both signatures. Raises EndpointUnknown."""
    row = locked(session, endpoint_id)
    row.previous_secret, row.previous_secret_until, row.secret = row.secret, now + ROTATION_GRACE, new_secret()
    note(session, by, "webhook.secret_rotated", to_public("end", endpoint_id), {}, now=now)
    return row.secret


def switch_on(session: Session, *, endpoint_id: UUID, now: datetime, by: str) -> None:
    """Tell an address again; what was held meanwhile is sent now. Harmless when it is on. Raises EndpointUnknown."""
    row = locked(session, endpoint_id)
    row.disabled_at = row.disabled_why = row.failing_since = None
    held = update(OutgoingMessage).where(_messages_of(row), OutgoingMessage.state == "held")
    session.execute(held.values(state="waiting", attempts=0, next_try_at=now))
    note(session, by, "webhook.switched_on", to_public("end", endpoint_id), {}, now=now)


def switch_off(session: Session, row: OutgoingEndpoint, *, why: str, now: datetime) -> None:
    """Tell an address nothing for now and keep what it misses; people are told by letter. The caller holds the row."""
    if row.disabled_at is None:
        row.disabled_at, row.disabled_why = now, why
        session.execute(update(OutgoingMessage).where(_messages_of(row), OutgoingMessage.state == "waiting").values(state="held"))
        announce(session, EndpointDisabled(row.endpoint_id, row.url, why), now=now)


def remove_endpoint(session: Session, *, endpoint_id: UUID, now: datetime, by: str) -> None:
    """Tell an address nothing any more. Raises EndpointUnknown."""
    row = locked(session, endpoint_id)
    row.removed_at = now
    session.execute(update(OutgoingMessage).where(_messages_of(row), OutgoingMessage.state == "waiting").values(state="given_up"))
    note(session, by, "webhook.removed", to_public("end", endpoint_id), {}, now=now)


def endpoints(session: Session) -> list[EndpointView]:
    """Every address, the oldest first."""
    mine = OutgoingEndpoint.tenant_id == tenant_of(session), OutgoingEndpoint.removed_at.is_(None)
    return [view_of(row) for row in session.scalars(select(OutgoingEndpoint).where(*mine).order_by(OutgoingEndpoint.endpoint_id))]


def endpoint_view(session: Session, *, endpoint_id: UUID) -> EndpointView:
    """One address; raises EndpointUnknown."""
    return view_of(locked(session, endpoint_id))


def view_of(row: OutgoingEndpoint) -> EndpointView:
    """A row without its secrets."""
    return EndpointView(
        row.endpoint_id, row.url, tuple(row.topics["topics"]), row.made_at, row.failing_since, row.disabled_at, row.disabled_why,
        row.previous_secret_until,
    )  # fmt: skip


def locked(session: Session, endpoint_id: UUID) -> OutgoingEndpoint:
    """An address, locked and read afresh; raises EndpointUnknown."""
    row = session.get(OutgoingEndpoint, (tenant_of(session), endpoint_id), with_for_update=True, populate_existing=True)
    if row is None or row.removed_at is not None:
        raise EndpointUnknown("There is no such address.")
    return row


def _messages_of(row: OutgoingEndpoint) -> ColumnElement[bool]:
    return and_(OutgoingMessage.tenant_id == row.tenant_id, OutgoingMessage.endpoint_id == row.endpoint_id)


def _chosen(topics: Sequence[str]) -> list[str]:
    chosen = [topic for topic in TOPICS if topic in topics]
    if not chosen:
        raise EndpointRefused("Choose at least one thing to be told of.")
    return chosen
