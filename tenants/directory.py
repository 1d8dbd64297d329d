"""The directory: from a public key, a connection id or a token to its tenant, before any tenant is known."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from tenants.database import Database, tenant_of


@dataclass(frozen=True)
class DirectoryHit:
    """Whose key it was, and what it names there (an employee, a connection, a person)."""

    tenant_id: UUID
    subject_id: UUID


def look_up(database: Database, kind: str, key: str) -> DirectoryHit | None:
    """Find who a key belongs to. `kind` is one of widget_key, connection, sign_in, api_key. None when nobody has it."""
    if "\x00" in key:
        return None  # PostgreSQL text cannot hold it, so nobody can have it
    with database.directory_session() as session:
        row = session.execute(text("SELECT tenant_id, subject_id FROM look_up(:kind, :key)"), {"kind": kind, "key": key}).first()
    return None if row is None else DirectoryHit(row.tenant_id, row.subject_id)


def list_key(session: Session, *, kind: str, key: str, subject_id: UUID, now: datetime) -> None:
    """Enter a key of this session's tenant. A key that is taken raises sqlalchemy.exc.IntegrityError."""
    tenant_of(session)
    statement = text("SELECT list_in_directory(:kind, :key, :subject, :now)")
    session.execute(statement, {"kind": kind, "key": key, "subject": subject_id, "now": now})


def remove_key(session: Session, *, kind: str, key: str, now: datetime) -> None:
    """Take a key of this session's tenant out of use."""
    session.execute(text("SELECT remove_from_directory(:kind, :key, :now)"), {"kind": kind, "key": key, "now": now})


def take_up_key(session: Session, *, kind: str, key: str, now: datetime) -> None:
    """Bring a key of this session's tenant back into use; nothing happens when it is in use."""
    session.execute(text("SELECT take_up_in_directory(:kind, :key, :now)"), {"kind": kind, "key": key, "now": now})
