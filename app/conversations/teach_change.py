"""Take a document away from an employee, or give an older version back. Nothing is lost: transcripts go on citing every version."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.conversations.errors import DocumentUnknown
from app.conversations.events import KnowledgeChanged
from app.conversations.tables import Document
from app.conversations.teach import current_document
from tenants.database import tenant_of
from tenants.outbox import announce
from tenants.tables import Employee


def remove_document(session: Session, *, document_id: UUID, now: datetime) -> None:
    """They no longer answer from it, from the next question on. Repeating changes nothing. Raises DocumentUnknown."""
    row = _locked(session, document_id)
    if row.replaced_at is None:
        row.replaced_at = row.removed_at = now
        announce(session, KnowledgeChanged(document_id, row.employee_id, "removed"), now=now)


def bring_back_document(session: Session, *, document_id: UUID, now: datetime) -> None:
    """Make this version the one they know, in place of the one taught now, if any. Raises DocumentUnknown."""
    row = _locked(session, document_id)
    if row.replaced_at is None:
        return
    known = current_document(session, row.employee_id, row.name)
    if known is not None:
        known.replaced_at = now
        session.flush()
    row.replaced_at = row.removed_at = None
    announce(session, KnowledgeChanged(document_id, row.employee_id, "brought_back"), now=now)


def _locked(session: Session, document_id: UUID) -> Document:
    """The document, with its employee locked first as `store_document` does: one teacher at a time."""
    tenant_id = tenant_of(session)
    row = session.get(Document, (tenant_id, document_id))
    if row is None:
        raise DocumentUnknown("No such document was taught here.")
    session.get_one(Employee, (tenant_id, row.employee_id), with_for_update=True)
    session.refresh(row)
    return row
