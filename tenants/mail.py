"""Letters: written in the transaction that gives the reason, and sent afterwards by the worker.

A letter that cannot be sent is tried again after 30 s, 1 min, 2 min ... and given up after TRIES_MAX. Once it is sent or given up its
text is emptied, for the links in it are keys. Where no mail server is set, letters stay here and the mail page shows them.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from tenants.database import Database
from tenants.errors import MailNotSent
from tenants.identifiers import new_id
from tenants.tables import MailOutbox

TRIES_MAX: Final = 12
BATCH_MAX: Final = 20
REASON_LENGTH_MAX: Final = 300

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Letter:
    """A plain-text letter to one address."""

    recipient: str
    subject: str
    body: str


@dataclass(frozen=True)
class KeptLetter(Letter):
    """A letter as the mail page shows it. `state` is waiting, sent or given_up."""

    mail_id: UUID
    written_at: datetime
    state: str


PostOffice = Callable[[Letter], None]
"""Sends one letter, or raises MailNotSent."""


def write_letter(session: Session, letter: Letter, *, now: datetime) -> None:
    """Write a letter in the caller's transaction (of a tenant or of none); it leaves when that is committed."""
    statement = text("SELECT write_mail(:id, :recipient, :subject, :body, :now)")
    subject = " ".join(letter.subject.split())  # a line break here would begin a new mail header
    session.execute(statement, {"id": new_id(now), "recipient": letter.recipient, "subject": subject, "body": letter.body, "now": now})


def send_letters(database: Database, post_office: PostOffice, *, clock: Callable[[], datetime]) -> int:
    """Send what is due (at most BATCH_MAX letters); return how many left. Several workers never send one letter at once."""
    with database.intake_session() as session:
        claimed = session.execute(text("SELECT * FROM claim_mail(:now, :count)"), {"now": clock(), "count": BATCH_MAX}).all()
    return sum(_send(database, post_office, row, clock) for row in claimed)


def kept_letters(database: Database, *, limit: int) -> list[KeptLetter]:
    """The newest letters, read as the operator: they belong to no one tenant."""
    with database.operator_session() as session:
        rows = session.scalars(select(MailOutbox).order_by(MailOutbox.mail_id.desc()).limit(limit))
        return [KeptLetter(row.recipient, row.subject, row.body, row.mail_id, row.written_at, row.state) for row in rows]


def _send(database: Database, post_office: PostOffice, claimed: Row[Any], clock: Callable[[], datetime]) -> bool:
    try:
        post_office(Letter(claimed.recipient, claimed.subject, claimed.body))
    except MailNotSent as error:
        log.warning("a letter was not sent", extra={"mail_id": str(claimed.mail_id), "attempts": claimed.attempts})
        state = "given_up" if claimed.attempts >= TRIES_MAX else "waiting"
        _settle(database, claimed.mail_id, state, str(error)[:REASON_LENGTH_MAX], clock())
        return False
    _settle(database, claimed.mail_id, "sent", None, clock())
    return True


def _settle(database: Database, mail_id: UUID, state: str, why: str | None, now: datetime) -> None:
    with database.intake_session() as session:
        statement = text("SELECT settle_mail(:id, :state, :why, :now)")
        session.execute(statement, {"id": mail_id, "state": state, "why": why, "now": now})
