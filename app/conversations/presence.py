"""Whether somebody of the shop is at the desk: a member who may take over has the conversations open. Shoppers are told the truth by it."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.conversations.handover_tables import DeskWatch
from tenants.database import tenant_of

THERE_SECONDS: Final = 90
"""An open page asks every two seconds; browsers slow a page behind others down to once a minute."""
WRITTEN_SECONDS: Final = 15
"""How exact the kept moment is: a page that asks every two seconds need not write every time."""
ABSENT_MINUTES: Final = 5
"""A holder who has not been seen for so long does not answer: the next question goes to the employee again."""


def be_at_desk(session: Session, *, person_id: UUID, now: datetime) -> None:
    """Note that a member is looking; written at most every WRITTEN_SECONDS."""
    row = insert(DeskWatch).values(tenant_id=tenant_of(session), person_id=person_id, seen_at=now)
    is_old = DeskWatch.seen_at < now - timedelta(seconds=WRITTEN_SECONDS)
    session.execute(row.on_conflict_do_update(index_elements=["tenant_id", "person_id"], set_={"seen_at": now}, where=is_old))


def somebody_is_there(session: Session, *, now: datetime) -> bool:
    """Whether any member looks at the conversations now."""
    since = now - timedelta(seconds=THERE_SECONDS)
    return session.scalar(select(DeskWatch.person_id).where(DeskWatch.seen_at >= since).limit(1)) is not None


def is_absent(session: Session, *, person_id: UUID, since: datetime, now: datetime) -> bool:
    """Whether a holder has left: not seen, and holding, for longer than ABSENT_MINUTES. `since` is when they took the conversation."""
    limit = now - timedelta(minutes=ABSENT_MINUTES)
    seen_at = session.scalar(select(DeskWatch.seen_at).where(DeskWatch.person_id == person_id))
    return max(since, seen_at or since) < limit
