"""Work that one worker takes at a time, across shops: claimed by a row's own marks, so that a worker that dies loses nothing but a try."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from app.conversations.knowledge.tables import GoldenRun, Upload
from tenants.database import Database

TRIES_MAX: Final = 3
SILENT_SECONDS: Final = 90
"""Work that has not been touched for so long has lost its worker. Whoever works touches the row every few seconds."""


@dataclass(frozen=True)
class Claimed:
    """One piece of work: whose, which, and the how many-th try this is."""

    tenant_id: UUID
    key: UUID
    tries: int

    @property
    def is_last_straw(self) -> bool:
        """Whether it was tried often enough: it kills its workers and is given up instead."""
        return self.tries > TRIES_MAX


def claim_upload(database: Database, now: datetime) -> Claimed | None:
    """Take the document that has waited longest."""
    return _claim(database, _Queue(Upload, Upload.upload_id, Upload.sent_at, ("reading", "learning")), now)


def claim_run(database: Database, now: datetime) -> Claimed | None:
    """Take the examination that has waited longest."""
    return _claim(database, _Queue(GoldenRun, GoldenRun.run_id, GoldenRun.asked_at, ("running",)), now)


@dataclass(frozen=True)
class _Queue:
    table: type[Upload] | type[GoldenRun]
    key: InstrumentedAttribute[UUID]
    since: InstrumentedAttribute[datetime]
    in_work: tuple[str, ...]


def _claim(database: Database, queue: _Queue, now: datetime) -> Claimed | None:
    table, key = queue.table, queue.key
    is_orphaned = table.state.in_(queue.in_work) & (table.touched_at < now - timedelta(seconds=SILENT_SECONDS))
    due = (
        select(table.tenant_id, key.label("key"), table.tries)
        .where(or_(table.state == "waiting", is_orphaned))
        .order_by(queue.since)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    with database.intake_session() as session:
        row = session.execute(due).first()
        if row is None:
            return None
        this = table.tenant_id == row.tenant_id, key == row.key
        session.execute(update(table).where(*this).values(state=queue.in_work[0], tries=row.tries + 1, touched_at=now))
        return Claimed(row.tenant_id, row.key, row.tries + 1)
