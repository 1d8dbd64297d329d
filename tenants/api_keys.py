"""Keys for the merchant's own programs: `sk_...`, shown once, stored as a hash."""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants.database import Database, tenant_of
from tenants.directory import DirectoryHit, list_key, look_up, remove_key
from tenants.identifiers import new_id
from tenants.tables import ApiKey


def issue_api_key(session: Session, *, name: str, now: datetime) -> str:
    """Make a key for the session's tenant; return the secret, which cannot be shown again."""
    secret, key_id = f"sk_{secrets.token_urlsafe(32)}", new_id(now)
    session.add(ApiKey(tenant_id=tenant_of(session), api_key_id=key_id, name=name, last_characters=secret[-4:], created_at=now))
    list_key(session, kind="api_key", key=_hash(secret), subject_id=key_id, now=now)
    return secret


def tenant_of_api_key(database: Database, secret: str) -> DirectoryHit | None:
    """Find whose key this is; None when it is unknown or was withdrawn."""
    return look_up(database, "api_key", _hash(secret))


def withdraw_api_key(session: Session, *, secret: str, now: datetime) -> None:
    """Take a key out of use. Harmless for an unknown one."""
    remove_key(session, kind="api_key", key=_hash(secret), now=now)


def api_key_names(session: Session) -> list[tuple[UUID, str, str]]:
    """List (id, name, last four characters) of the tenant's keys."""
    rows = session.scalars(select(ApiKey).where(ApiKey.tenant_id == tenant_of(session)).order_by(ApiKey.api_key_id))
    return [(row.api_key_id, row.name, row.last_characters) for row in rows]


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
