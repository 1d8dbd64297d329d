"""Signing in to the dashboard: a password, a code where the person has an authenticator, and sessions that end.

The token lives in the browser's cookie; the database keeps only its hash. A session is replaced by a new one, with a new token,
whenever it comes to mean more than before: after the code, a change of password, another shop.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from tenants.database import Database, tenant_of
from tenants.directory import list_key, look_up, remove_key
from tenants.errors import SignInRefused
from tenants.identifiers import new_id
from tenants.passwords import hash_password, judge_password, password_fits
from tenants.tables import Membership, SignIn
from tenants.tokens import new_token, token_hash

SESSION_HOURS: Final = 12
CODE_MINUTES: Final = 10
"""How long a right password waits for its code."""
SEEN_MINUTES: Final = 5
"""A session's last use is written down at most this often, so that reading a page stays reading."""
DEVICE_LENGTH_MAX: Final = 80
NO_STEP, STEP_AWAITED, STEP_DONE = "none", "awaited", "done"


@dataclass(frozen=True)
class SignedIn:
    """Who is looking at the dashboard. Every form carries `csrf_token`. `used_code`: the session began with an authenticator's code."""

    tenant_id: UUID
    person_id: UUID
    display_name: str
    role: str
    csrf_token: str
    sign_in_id: UUID
    used_code: bool
    language: str = ""
    """What the person reads here, once they chose."""


@dataclass(frozen=True)
class Opened:
    """A session just opened: the cookie's token, and whether a code must follow before it is worth anything."""

    token: str
    awaits_code: bool


@dataclass(frozen=True)
class AwaitingCode:
    """A person whose password was right and whose code is still to come."""

    tenant_id: UUID
    person_id: UUID
    sign_in_id: UUID


def add_member(session: Session, *, email: str, password: str, display_name: str, role: str, now: datetime) -> UUID:
    """Add a new person with a password to the session's tenant; raises PasswordTooWeak, or IntegrityError for a known address."""
    judge_password(password, (email, display_name))
    person_id = new_id(now)
    statement = text("SELECT add_person(:person, :email, :hash, :now)")
    session.execute(statement, {"person": person_id, "email": email.strip(), "hash": hash_password(password), "now": now})
    join_shop(session, person_id=person_id, display_name=display_name, role=role, now=now)
    return person_id


def join_shop(session: Session, *, person_id: UUID, display_name: str, role: str, now: datetime) -> None:
    """Make a known person a member of the session's tenant, or one who had left a member again."""
    row = session.get(Membership, (tenant_of(session), person_id), with_for_update=True)
    if row is None:
        row = Membership(tenant_id=tenant_of(session), person_id=person_id, joined_at=now)
        session.add(row)
    row.display_name, row.role, row.left_at, row.joined_at = display_name, role, None, now
    list_key(session, kind="member", key=member_key(person_id, tenant_of(session), now), subject_id=person_id, now=now)


def member_key(person_id: UUID, tenant_id: UUID, joined_at: datetime) -> str:
    """A membership's key in the directory. It names its beginning too, for a person may leave and come back."""
    return f"{person_id}/{tenant_id}/{joined_at.isoformat()}"


def sign_in(database: Database, email: str, password: str, now: datetime, *, device: str = "") -> Opened:
    """Check the password and open a session in the person's first shop. Raises SignInRefused after the same work either way."""
    person_id = person_with_password(database, email, password)
    with database.directory_session() as session:
        tenant_id = session.scalar(text("SELECT tenant_id FROM shops_of(:person) LIMIT 1"), {"person": person_id})
    if tenant_id is None:
        raise SignInRefused("This person belongs to no shop any more.")
    with database.tenant_session(tenant_id) as session:
        return open_session(session, person_id=person_id, now=now, device=device)


def person_with_password(database: Database, email: str, password: str) -> UUID:
    """Find whose password this is; raises SignInRefused, after the same work for known and unknown addresses."""
    with database.directory_session() as session:
        found = session.execute(text("SELECT person_id, password_hash FROM find_person(:email)"), {"email": email.strip()[:320]}).first()
    if not password_fits(found.password_hash if found else None, password) or found is None:
        raise SignInRefused("The e-mail address or the password is wrong.")
    person_id: UUID = found.person_id
    return person_id


def session_of(database: Database, token: str, now: datetime) -> SignedIn | None:
    """Find who a cookie's token belongs to; None when it is unknown, ended, too old, still awaits its code, or the member has left."""
    hit = look_up(database, "sign_in", token_hash(token))
    if hit is None:
        return None
    with database.tenant_session(hit.tenant_id) as session:
        row = session.get_one(SignIn, (hit.tenant_id, hit.subject_id))
        member = session.get_one(Membership, (hit.tenant_id, row.person_id))
        if row.ended_at is not None or row.expires_at <= now or row.second_step == STEP_AWAITED or member.left_at is not None:
            return None
        if row.last_seen_at is None or now - row.last_seen_at >= timedelta(minutes=SEEN_MINUTES):
            row.last_seen_at = now
        used_code = row.second_step == STEP_DONE
        name, role, language = member.display_name, member.role, member.language or ""
        return SignedIn(hit.tenant_id, row.person_id, name, role, row.csrf_token, row.sign_in_id, used_code, language)


def person_awaiting_code(database: Database, token: str, now: datetime) -> AwaitingCode | None:
    """Find whose code is awaited behind a cookie's token; None when nobody's is, or the wait was too long."""
    hit = look_up(database, "sign_in", token_hash(token))
    if hit is None:
        return None
    with database.tenant_session(hit.tenant_id) as session:
        row = session.get_one(SignIn, (hit.tenant_id, hit.subject_id))
        is_open = row.ended_at is None and row.expires_at > now and row.second_step == STEP_AWAITED
        return AwaitingCode(hit.tenant_id, row.person_id, row.sign_in_id) if is_open else None


def open_session(session: Session, *, person_id: UUID, now: datetime, device: str, code_was_given: bool = False) -> Opened:
    """Open a session in the session's tenant. It awaits a code where the person has an authenticator, unless one was just given."""
    enrolled = session.scalar(text("SELECT enrolled_at FROM second_factor_of(:person)"), {"person": person_id})
    awaits = enrolled is not None and not code_was_given
    token, sign_in_id = new_token(), new_id(now)
    session.add(
        SignIn(
            tenant_id=tenant_of(session),
            sign_in_id=sign_in_id,
            person_id=person_id,
            token_sha256=token_hash(token),
            csrf_token=secrets.token_urlsafe(24),
            created_at=now,
            expires_at=now + (timedelta(minutes=CODE_MINUTES) if awaits else timedelta(hours=SESSION_HOURS)),
            device=device[:DEVICE_LENGTH_MAX],
            last_seen_at=now,
            second_step=STEP_AWAITED if awaits else STEP_DONE if code_was_given else NO_STEP,
        )
    )
    list_key(session, kind="sign_in", key=token_hash(token), subject_id=sign_in_id, now=now)
    return Opened(token, awaits)


def replace_session(session: Session, *, sign_in_id: UUID, now: datetime, code_was_given: bool) -> Opened:
    """End a session and open its successor for the same person and device, with a new token."""
    row = session.get_one(SignIn, (tenant_of(session), sign_in_id), with_for_update=True)
    row.ended_at = now
    remove_key(session, kind="sign_in", key=row.token_sha256, now=now)
    return open_session(session, person_id=row.person_id, now=now, device=row.device, code_was_given=code_was_given)


def sign_out(database: Database, token: str, now: datetime) -> None:
    """End a session. Harmless for an unknown token."""
    hit = look_up(database, "sign_in", token_hash(token))
    if hit is None:
        return
    with database.tenant_session(hit.tenant_id) as session:
        session.get_one(SignIn, (hit.tenant_id, hit.subject_id)).ended_at = now
        remove_key(session, kind="sign_in", key=token_hash(token), now=now)
