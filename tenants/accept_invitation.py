"""Answering an invitation: a new person chooses a name and a password; a known one proves who they are with the password they have."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tenants.audit import note, person_actor
from tenants.database import Database
from tenants.directory import DirectoryHit, look_up, remove_key
from tenants.errors import EmailAlreadyKnown, LinkNotValid
from tenants.members import keep_language
from tenants.sign_in import Opened, add_member, join_shop, open_session, person_with_password
from tenants.tables import Invitation, Membership
from tenants.tenant import tenant_view
from tenants.tokens import token_hash


@dataclass(frozen=True)
class InvitationOpened:
    """What the holder of the link is shown. `is_known`: a person with this address exists already."""

    email: str
    role: str
    shop_name: str
    inviter_name: str
    is_known: bool


@dataclass(frozen=True)
class Answer:
    """The form's answer. A known person needs no name: they bring theirs."""

    display_name: str
    password: str
    device: str
    language: str = ""
    """What they read here, kept for letters."""


def invitation_of(database: Database, token: str, now: datetime) -> InvitationOpened:
    """Read the invitation behind a link; raises LinkNotValid."""
    hit = _hit(database, token)
    with database.tenant_session(hit.tenant_id) as session:
        row = _valid(session, hit, now)
        inviter = session.get_one(Membership, (hit.tenant_id, row.invited_by))
        is_known = session.execute(text("SELECT 1 FROM find_person(:email)"), {"email": row.email}).first() is not None
        return InvitationOpened(row.email, row.role, tenant_view(session).name, inviter.display_name, is_known)


def accept_invitation(database: Database, token: str, answer: Answer, now: datetime) -> Opened:
    """Join the shop and open a session there. Raises LinkNotValid, PasswordTooWeak, SignInRefused or EmailAlreadyKnown."""
    opened, hit = invitation_of(database, token, now), _hit(database, token)
    person_id = person_with_password(database, opened.email, answer.password) if opened.is_known else None
    try:
        with database.tenant_session(hit.tenant_id) as session:
            row = _valid(session, hit, now)
            row.accepted_at = now
            remove_key(session, kind="invitation", key=row.token_sha256, now=now)
            joined = _join(session, person_id, row, answer, now)
            keep_language(session, joined, answer.language)
            note(session, person_actor(joined), "member.joined", person_actor(joined), {"role": row.role}, now=now)
            return open_session(session, person_id=joined, now=now, device=answer.device)
    except IntegrityError:
        raise EmailAlreadyKnown("This address has joined in the meantime. Open the link again.") from None


def _join(session: Session, person_id: UUID | None, row: Invitation, answer: Answer, now: datetime) -> UUID:
    if person_id is None:
        return add_member(session, email=row.email, password=answer.password, display_name=answer.display_name, role=row.role, now=now)
    name = answer.display_name or row.email.partition("@")[0]
    join_shop(session, person_id=person_id, display_name=name, role=row.role, now=now)
    return person_id


def _hit(database: Database, token: str) -> DirectoryHit:
    hit = look_up(database, "invitation", token_hash(token))
    if hit is None:
        raise LinkNotValid("This invitation was used, withdrawn or replaced by a newer one.")
    return hit


def _valid(session: Session, hit: DirectoryHit, now: datetime) -> Invitation:
    row = session.get_one(Invitation, (hit.tenant_id, hit.subject_id), with_for_update=True)
    if row.accepted_at is not None or row.revoked_at is not None or row.expires_at <= now:
        raise LinkNotValid("This invitation has expired. Ask for a new one.")
    return row
