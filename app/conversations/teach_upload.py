"""Hand in a document to be taught. It is kept and announced at once; reading and learning happen in the background."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.conversations.errors import EmployeeUnknown, UploadsTooMany, UploadUnknown
from app.conversations.events import DocumentHandedIn
from app.conversations.knowledge.tables import Upload, UploadBody
from app.conversations.readers import kinds
from app.conversations.teach import document_name
from tenants.database import tenant_of
from tenants.identifiers import new_id
from tenants.outbox import announce
from tenants.tables import Employee

WAITING_MAX: Final = 20
"""Documents of one shop that may wait at once; another one is refused until some are read."""
IN_HAND: Final = ("waiting", "reading", "learning")
SHOWN_DAYS: Final = 2
BYTES_MAX: Final = kinds.PACKED_BYTES_MAX
ENDINGS: Final = kinds.ENDINGS
kind_by_ending = kinds.kind_by_ending


@dataclass(frozen=True)
class UploadView:
    """A document on its way. `state` and counts are as in knowledge/tables.Upload; `problem` says why one was refused."""

    upload_id: UUID
    name: str
    kind: str
    byte_count: int
    sent_by: str
    sent_at: datetime
    state: str
    done_count: int
    whole_count: int
    document_id: UUID | None
    problem: str | None

    @property
    def is_in_hand(self) -> bool:
        """Whether it still waits, is read or is learned."""
        return self.state in IN_HAND


def hand_in(session: Session, *, employee_id: UUID, name: str, media_type: str, body: bytes, sent_by: str, now: datetime) -> UUID:
    """Keep a document for reading and announce it; return the upload's id.

    What cannot be taught whatever it says is refused here: an unknown type or too many bytes (the Document... errors). Raises
    EmployeeUnknown, and UploadsTooMany while WAITING_MAX wait.
    """
    name = document_name(name)
    kind = kinds.kind_of(name, media_type, body)
    tenant_id = tenant_of(session)
    if session.get(Employee, (tenant_id, employee_id), with_for_update=True) is None:
        raise EmployeeUnknown(f"No employee {employee_id} works here.")
    waiting = session.scalar(select(func.count()).select_from(Upload).where(Upload.state.in_(IN_HAND))) or 0
    if waiting >= WAITING_MAX:
        raise UploadsTooMany(f"{waiting} documents are waiting to be read. Please wait until some of them are.")
    upload_id = new_id(now)
    session.add(
        Upload(
            tenant_id=tenant_id,
            upload_id=upload_id,
            employee_id=employee_id,
            name=name,
            media_type=kind,
            body_sha256=hashlib.sha256(body).hexdigest(),
            byte_count=len(body),
            sent_by=sent_by,
            sent_at=now,
            state="waiting",
            done_count=0,
            whole_count=0,
            tries=0,
            touched_at=now,
        )
    )
    session.flush()
    session.add(UploadBody(tenant_id=tenant_id, upload_id=upload_id, body=body))
    announce(session, DocumentHandedIn(upload_id, employee_id, kind, len(body)), now=now)
    return upload_id


def uploads(session: Session, *, employee_id: UUID, now: datetime) -> list[UploadView]:
    """What is on its way and what was refused of late, newest first; what was taught is among the documents."""
    wanted = (
        select(Upload)
        .where(Upload.employee_id == employee_id, Upload.state.in_((*IN_HAND, "refused")))
        .where((Upload.state != "refused") | (Upload.sent_at > now - timedelta(days=SHOWN_DAYS)))
        .order_by(Upload.sent_at.desc(), Upload.upload_id.desc())
        .limit(2 * WAITING_MAX)
    )
    return [_view(row) for row in session.scalars(wanted)]


def dismiss_upload(session: Session, *, upload_id: UUID) -> UploadView:
    """Put a refusal away once it was read, or call back a document that still waits. Raises UploadUnknown."""
    row = session.get(Upload, (tenant_of(session), upload_id), with_for_update=True)
    if row is None or row.state not in ("refused", "waiting"):
        raise UploadUnknown("This document is being read at the moment, or is not waiting any more.")
    body = session.get(UploadBody, (tenant_of(session), upload_id))
    if body is not None:
        session.delete(body)
    row.state = "dismissed"
    return _view(row)


def _view(row: Upload) -> UploadView:
    return UploadView(
        upload_id=row.upload_id,
        name=row.name,
        kind=row.media_type,
        byte_count=row.byte_count,
        sent_by=row.sent_by,
        sent_at=row.sent_at,
        state=row.state,
        done_count=row.done_count,
        whole_count=row.whole_count,
        document_id=row.document_id,
        problem=row.problem,
    )
