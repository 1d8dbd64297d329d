"""Signing in to the dashboard: argon2 for passwords, random tokens whose hashes alone are stored, sessions that end."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tenants.database import Database, tenant_of
from tenants.directory import list_key, look_up, remove_key
from tenants.errors import PasswordTooWeak, SignInRefused
from tenants.identifiers import new_id
from tenants.tables import Membership, SignIn

SESSION_HOURS: Final = 12
PASSWORD_LENGTH_MIN: Final = 10
PASSWORD_LENGTH_MAX: Final = 256  # argon2 works for as long as its input is; nobody needs more

_hasher = PasswordHasher()  # the library's defaults follow RFC 9106's second recommendation


@dataclass(frozen=True)
class SignedIn:
    """Who is looking at the dashboard. Every form carries `csrf_token`."""

    tenant_id: UUID
    person_id: UUID
    display_name: str
    role: str
    csrf_token: str


def add_member(session: Session, *, email: str, password: str, display_name: str, role: str, now: datetime) -> UUID:
    """Add a person with a password to the session's tenant; raises PasswordTooWeak, or IntegrityError for a known address."""
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        raise PasswordTooWeak(f"A password has {PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX} characters.")
    person_id = new_id(now)
    statement = text("SELECT add_person(:person, :email, :hash, :now)")
    session.execute(statement, {"person": person_id, "email": email.strip(), "hash": _hasher.hash(password), "now": now})
    session.add(Membership(tenant_id=tenant_of(session), person_id=person_id, display_name=display_name, role=role, joined_at=now))
    list_key(session, kind="member", key=str(person_id), subject_id=person_id, now=now)
    return person_id


def sign_in(database: Database, email: str, password: str, now: datetime) -> str:
    """Check the password and open a session; return its token for the cookie. Raises SignInRefused after the same work either way."""
    with database.directory_session() as session:
        found = session.execute(text("SELECT person_id, password_hash FROM find_person(:email)"), {"email": email.strip()[:320]}).first()
    if not _password_fits(found.password_hash if found else _nobodys_hash(), password) or found is None:
        raise SignInRefused("The e-mail address or the password is wrong.")
    member = look_up(database, "member", str(found.person_id))
    if member is None:
        raise SignInRefused("This person belongs to no shop any more.")
    token = secrets.token_urlsafe(32)
    with database.tenant_session(member.tenant_id) as session:
        _open_session(session, person_id=found.person_id, token=token, now=now)
    return token


def session_of(database: Database, token: str, now: datetime) -> SignedIn | None:
    """Find who a cookie's token belongs to; None when it is unknown, ended or older than SESSION_HOURS."""
    hit = look_up(database, "sign_in", _hash(token))
    if hit is None:
        return None
    with database.tenant_session(hit.tenant_id) as session:
        row = session.get_one(SignIn, (hit.tenant_id, hit.subject_id))
        if row.ended_at is not None or row.expires_at <= now:
            return None
        member = session.get_one(Membership, (hit.tenant_id, row.person_id))
        return SignedIn(hit.tenant_id, row.person_id, member.display_name, member.role, row.csrf_token)


def sign_out(database: Database, token: str, now: datetime) -> None:
    """End a session. Harmless for an unknown token."""
    hit = look_up(database, "sign_in", _hash(token))
    if hit is None:
        return
    with database.tenant_session(hit.tenant_id) as session:
        row = session.scalars(select(SignIn).where(SignIn.tenant_id == hit.tenant_id, SignIn.sign_in_id == hit.subject_id)).one()
        row.ended_at = now
        remove_key(session, kind="sign_in", key=_hash(token), now=now)


def _open_session(session: Session, *, person_id: UUID, token: str, now: datetime) -> None:
    sign_in_id, hashed = new_id(now), _hash(token)
    session.add(
        SignIn(
            tenant_id=tenant_of(session),
            sign_in_id=sign_in_id,
            person_id=person_id,
            token_sha256=hashed,
            csrf_token=secrets.token_urlsafe(24),
            created_at=now,
            expires_at=now + timedelta(hours=SESSION_HOURS),
        )
    )
    list_key(session, kind="sign_in", key=hashed, subject_id=sign_in_id, now=now)


def _password_fits(stored_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(stored_hash, password[:PASSWORD_LENGTH_MAX])
    except Argon2Error:
        return False


@cache
def _nobodys_hash() -> str:
    """A hash to check against when the address is unknown, so that the time taken does not tell who exists."""
    return _hasher.hash(secrets.token_urlsafe(16))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
