"""What was sent to an address: its messages, the newest first, and each with its tries; and the hand that sends one once more."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.outgoing.errors import EndpointRefused, EndpointUnknown
from app.outgoing.tables import OutgoingAttempt, OutgoingMessage
from tenants.audit import note
from tenants.database import tenant_of
from tenants.identifiers import to_public

ROWS_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message; `last_why` is what went wrong at its latest try."""

    message_id: UUID
    endpoint_id: UUID
    topic: str
    state: str
    attempts: int
    written_at: datetime
    next_try_at: datetime
    last_status: int | None
    last_why: str | None


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One try with the first bytes of both sides."""

    tried_at: datetime
    status: int | None
    why: str | None
    request_head: str
    answer_head: str


def messages_of(session: Session, *, endpoint_id: UUID, limit: int = ROWS_MAX) -> list[MessageLine]:
    """The newest messages of an address."""
    mine = OutgoingMessage.tenant_id == tenant_of(session), OutgoingMessage.endpoint_id == endpoint_id
    query = select(OutgoingMessage).where(*mine).order_by(OutgoingMessage.written_at.desc(), OutgoingMessage.message_id.desc())
    rows = session.scalars(query.limit(limit)).all()
    latest = _latest(session, [row.message_id for row in rows])
    return [_line(row, latest.get(row.message_id)) for row in rows]


def message_view(session: Session, *, message_id: UUID) -> tuple[MessageLine, list[AttemptView], str]:
    """One message, its tries with the newest first, and its body. Raises EndpointUnknown."""
    row = session.get(OutgoingMessage, (tenant_of(session), message_id))
    if row is None:
        raise EndpointUnknown("There is no such message.")
    mine = OutgoingAttempt.tenant_id == row.tenant_id, OutgoingAttempt.message_id == message_id
    tries = session.scalars(select(OutgoingAttempt).where(*mine).order_by(OutgoingAttempt.tried_at.desc())).all()
    views = [AttemptView(one.tried_at, one.status, one.why, _text(one.request_head), _text(one.answer_head)) for one in tries]
    return _line(row, tries[0] if tries else None), views, _text(row.body)


def send_again(session: Session, *, message_id: UUID, now: datetime, by: str) -> None:
    """Send a message once more, under its own id, by which a receiver knows it. Raises EndpointUnknown, EndpointRefused while it waits."""
    row = session.get(OutgoingMessage, (tenant_of(session), message_id), with_for_update=True, populate_existing=True)
    if row is None:
        raise EndpointUnknown("There is no such message.")
    if row.state not in ("delivered", "given_up"):
        raise EndpointRefused("The message waits to be sent already.")
    row.state, row.attempts, row.next_try_at = "waiting", 0, now
    note(session, by, "webhook.sent_again", to_public("msg", message_id), {"topic": row.topic}, now=now)


def waiting_counts(session: Session) -> dict[UUID, int]:
    """How many messages wait or are held, for each address that has some."""
    mine = OutgoingMessage.tenant_id == tenant_of(session), OutgoingMessage.state.in_(("waiting", "held"))
    query = select(OutgoingMessage.endpoint_id, func.count()).where(*mine).group_by(OutgoingMessage.endpoint_id)
    return {row[0]: row[1] for row in session.execute(query)}


def _latest(session: Session, message_ids: list[UUID]) -> dict[UUID, OutgoingAttempt]:
    mine = OutgoingAttempt.tenant_id == tenant_of(session), OutgoingAttempt.message_id.in_(message_ids)
    query = select(OutgoingAttempt).ext(distinct_on(OutgoingAttempt.message_id)).where(*mine)
    rows = session.scalars(query.order_by(OutgoingAttempt.message_id, OutgoingAttempt.tried_at.desc()))
    return {row.message_id: row for row in rows}


def _line(row: OutgoingMessage, last: OutgoingAttempt | None) -> MessageLine:
    return MessageLine(
        row.message_id, row.endpoint_id, row.topic, row.state, row.attempts, row.written_at, row.next_try_at, last.status if last else None,
        last.why if last else None,
    )  # fmt: skip


def _text(head: bytes) -> str:
    """Bytes for reading; what is no text is shown as signs that stand for it."""
    return head.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
