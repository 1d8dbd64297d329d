"""Sends what is due: one message for each address at a time, several addresses at once, and writes down what came of each try.

No transaction is open while an address is called. A try is counted before it is made, so one that takes the process with it counts.
"""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import httpx
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.outgoing.endpoints import locked, switch_off
from app.outgoing.errors import EndpointUnknown
from app.outgoing.schedule import DISABLED_AFTER, wait_after
from app.outgoing.signing import signed_headers
from app.outgoing.tables import OutgoingAttempt, OutgoingEndpoint, OutgoingMessage
from tenants.calls_outside import Answered, Call, call_outside
from tenants.database import Database
from tenants.errors import AddressRefused, NoAnswer
from tenants.identifiers import new_id, to_public

AT_ONCE: Final = 8
LEASE: Final = timedelta(seconds=60)
HEAD_BYTES: Final = 4096
PATIENCE_SECONDS: Final = 15
MESSAGES_KEPT_MAX: Final = 1000
"""Messages of one address that are kept with their tries; older ones that wait for nothing are forgotten."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of one try: the call, the answer if there was one, and what went wrong if something did."""

    call: Call
    answered: Answered | None
    why: str | None

    @property
    def is_taken(self) -> bool:
        """Whether the address has the message."""
        return self.why is None


def send_due(database: Database, *, clock: Callable[[], datetime], limit: int = AT_ONCE) -> int:
    """Send the oldest due message of each of at most `limit` addresses; return how many were tried. Any number of workers may run it."""
    due = _claim(database, clock(), limit)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(lambda key: _send(database, key, clock), due))


def _claim(database: Database, now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    waiting = OutgoingMessage.state == "waiting", OutgoingMessage.next_try_at <= now
    first = select(OutgoingMessage.message_id).ext(distinct_on(OutgoingMessage.tenant_id, OutgoingMessage.endpoint_id)).where(*waiting)
    first = first.order_by(OutgoingMessage.tenant_id, OutgoingMessage.endpoint_id, OutgoingMessage.next_try_at, OutgoingMessage.message_id)
    with database.intake_session() as session:
        ids = session.scalars(first.limit(limit)).all()
        query = select(OutgoingMessage.tenant_id, OutgoingMessage.message_id).where(OutgoingMessage.message_id.in_(ids), *waiting)
        rows = [(row[0], row[1]) for row in session.execute(query.with_for_update(skip_locked=True))]
        for tenant_id, message_id in rows:
            this = OutgoingMessage.tenant_id == tenant_id, OutgoingMessage.message_id == message_id
            tried = {"attempts": OutgoingMessage.attempts + 1, "next_try_at": now + LEASE}
            session.execute(update(OutgoingMessage).where(*this).values(tried))
    return rows


def _send(database: Database, key: tuple[UUID, UUID], clock: Callable[[], datetime]) -> bool:
    with database.tenant_session(key[0]) as session:
        message = session.get_one(OutgoingMessage, key)
        try:
            row = locked(session, message.endpoint_id)
        except EndpointUnknown:
            message.state = "given_up"  # taken away while it was claimed
            return True
        call, is_loopback = _call(row, message, clock()), row.is_loopback
    outcome = _try(call, is_loopback_allowed=is_loopback)
    with database.tenant_session(key[0]) as session:
        _write_down(session, key, outcome, clock())
    return True


def _call(row: OutgoingEndpoint, message: OutgoingMessage, now: datetime) -> Call:
    is_old_good = row.previous_secret_until is not None and now < row.previous_secret_until
    keys = [row.secret, *([row.previous_secret] if row.previous_secret and is_old_good else [])]
    signed = signed_headers(to_public("msg", message.message_id), int(now.timestamp()), message.body, keys)
    return Call("POST", row.url, {"content-type": "application/json", "user-agent": "Tillhand-Webhooks/1", **signed}, message.body)


def _try(call: Call, *, is_loopback_allowed: bool) -> _Outcome:
    try:
        answered = call_outside(
            call, body_bytes_max=HEAD_BYTES, seconds_max=PATIENCE_SECONDS, is_loopback_allowed=is_loopback_allowed, is_cut_allowed=True
        )
    except (AddressRefused, NoAnswer) as error:
        return _Outcome(call, None, str(error))
    return _Outcome(call, answered, _why(answered.status))


def _why(status: int) -> str | None:
    if httpx.codes.is_success(status):
        return None
    if httpx.codes.is_redirect(status):
        return f"It answered with a redirect ({status}), which is not followed; give the final address."
    return f"It answered {status}."


def _write_down(session: Session, key: tuple[UUID, UUID], outcome: _Outcome, now: datetime) -> None:
    message = session.get_one(OutgoingMessage, key, with_for_update=True, populate_existing=True)
    endpoint = session.get_one(OutgoingEndpoint, (key[0], message.endpoint_id), with_for_update=True, populate_existing=True)
    status = outcome.answered.status if outcome.answered else None
    session.add(
        OutgoingAttempt(
            tenant_id=key[0], attempt_id=new_id(now), message_id=key[1], tried_at=now, status=status, why=outcome.why,
            request_head=_head(outcome.call), answer_head=outcome.answered.body[:HEAD_BYTES] if outcome.answered else b"",
        )
    )  # fmt: skip
    if outcome.is_taken:
        message.state, message.delivered_at, endpoint.failing_since = "delivered", now, None
        _forget_old(session, message)
        return
    asked = (outcome.answered.headers.get("retry-after", "") if outcome.answered else "")[:9]
    wait = wait_after(message.attempts, chance_percent=secrets.randbelow(100), asked_seconds=int(asked) if asked.isdecimal() else 0)
    message.state, message.next_try_at = ("given_up", now) if wait is None else ("waiting", now + wait)
    endpoint.failing_since = endpoint.failing_since or now
    if status == httpx.codes.GONE:
        switch_off(session, endpoint, why="It answered 410 Gone: it wants no more messages.", now=now)
    elif now - endpoint.failing_since >= DISABLED_AFTER:
        switch_off(session, endpoint, why=f"It has taken nothing for {DISABLED_AFTER.days} days. {outcome.why}", now=now)


def _head(call: Call) -> bytes:
    """The request as it went out: its headers and its body, as far as is kept."""
    lines = [f"{call.method} {call.url}", *(f"{name}: {value}" for name, value in call.headers.items()), "", ""]
    return ("\n".join(lines).encode() + call.body)[:HEAD_BYTES]


def _forget_old(session: Session, message: OutgoingMessage) -> None:
    own = OutgoingMessage.tenant_id == message.tenant_id, OutgoingMessage.endpoint_id == message.endpoint_id
    if (session.scalar(select(func.count()).select_from(OutgoingMessage).where(*own)) or 0) <= MESSAGES_KEPT_MAX:
        return
    edge = select(OutgoingMessage.written_at).where(*own).order_by(OutgoingMessage.written_at.desc()).offset(MESSAGES_KEPT_MAX).limit(1)
    old = OutgoingMessage.written_at <= edge.scalar_subquery(), OutgoingMessage.state.in_(("delivered", "given_up"))
    session.execute(delete(OutgoingMessage).where(*own, *old))
