"""Inviting somebody to a shop by mail: for seven days, for one address and one role, and withdrawn at any time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants.audit import note, person_actor
from tenants.database import tenant_of
from tenants.directory import list_key, remove_key
from tenants.email_address import normal_email
from tenants.errors import InvitationsTooMany, MemberAlreadyThere, MemberUnknown, RoleNotYours
from tenants.identifiers import new_id, to_public
from tenants.members import members
from tenants.roles_of_members import may_give
from tenants.sign_in import SignedIn
from tenants.tables import Invitation
from tenants.tokens import new_token, token_hash

INVITATION_DAYS: Final = 7
OPEN_INVITATIONS_MAX: Final = 50
"""A shop is no mailing machine: at the limit, withdraw an open invitation before sending another."""


@dataclass(frozen=True)
class Invited:
    """An invitation and the token for its letter; the token is shown this once."""

    invitation_id: UUID
    email: str
    role: str
    token: str
    expires_at: datetime


@dataclass(frozen=True)
class InvitationView:
    """An invitation that is neither accepted nor withdrawn. `is_expired`: its link opens nothing any more; it can be sent again."""

    invitation_id: UUID
    email: str
    role: str
    invited_at: datetime
    expires_at: datetime
    is_expired: bool


def invite_member(session: Session, *, by: SignedIn, email: str, role: str, now: datetime) -> Invited:
    """Write an invitation. Raises EmailUnreadable, RoleNotYours, MemberAlreadyThere or InvitationsTooMany."""
    address = normal_email(email)
    if not may_give(by.role, role):
        raise RoleNotYours("You can give only a role that may do no more than yours.")
    if any(member.email == address for member in members(session)):
        raise MemberAlreadyThere(f"{address} is a member of this shop already.")
    for earlier in _open(session):
        if earlier.email == address:
            _withdraw(session, earlier, now)
    if len(_open(session)) >= OPEN_INVITATIONS_MAX:
        raise InvitationsTooMany(f"{OPEN_INVITATIONS_MAX} invitations are open; withdraw one first.")
    row = Invitation(tenant_id=tenant_of(session), invitation_id=new_id(now), email=address, role=role, invited_by=by.person_id)
    session.add(row)
    subject = to_public("inv", row.invitation_id)
    note(session, person_actor(by.person_id), "member.invited", subject, {"role": role}, now=now)
    return _send(session, row, now)


def resend_invitation(session: Session, *, by: SignedIn, invitation_id: UUID, now: datetime) -> Invited:
    """Give an open invitation a new link and seven new days; the old link ends. Raises MemberUnknown or RoleNotYours."""
    row = _row(session, by, invitation_id)
    remove_key(session, kind="invitation", key=row.token_sha256, now=now)
    note(session, person_actor(by.person_id), "member.invited_again", to_public("inv", invitation_id), {"role": row.role}, now=now)
    return _send(session, row, now)


def revoke_invitation(session: Session, *, by: SignedIn, invitation_id: UUID, now: datetime) -> None:
    """Withdraw an open invitation; its link ends. Raises MemberUnknown or RoleNotYours."""
    row = _row(session, by, invitation_id)
    _withdraw(session, row, now)
    note(session, person_actor(by.person_id), "member.invitation_withdrawn", to_public("inv", invitation_id), {"role": row.role}, now=now)


def open_invitations(session: Session, *, now: datetime) -> list[InvitationView]:
    """Invitations that wait for an answer, the newest first."""
    return [
        InvitationView(row.invitation_id, row.email, row.role, row.invited_at, row.expires_at, row.expires_at <= now)
        for row in _open(session)
    ]


def _open(session: Session) -> list[Invitation]:
    mine = Invitation.tenant_id == tenant_of(session)
    waiting = select(Invitation).where(mine, Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None))
    return list(session.scalars(waiting.order_by(Invitation.invited_at.desc())))


def _row(session: Session, by: SignedIn, invitation_id: UUID) -> Invitation:
    row = session.get(Invitation, (tenant_of(session), invitation_id), with_for_update=True)
    if row is None or row.accepted_at is not None or row.revoked_at is not None:
        raise MemberUnknown("This invitation was answered or withdrawn already.")
    if not may_give(by.role, row.role):
        raise RoleNotYours("This invitation is for somebody who may do more than you; ask an owner.")
    return row


def _withdraw(session: Session, row: Invitation, now: datetime) -> None:
    row.revoked_at = now
    remove_key(session, kind="invitation", key=row.token_sha256, now=now)
    session.flush()


def _send(session: Session, row: Invitation, now: datetime) -> Invited:
    token = new_token()
    row.token_sha256, row.invited_at, row.expires_at = token_hash(token), now, now + timedelta(days=INVITATION_DAYS)
    list_key(session, kind="invitation", key=row.token_sha256, subject_id=row.invitation_id, now=now)
    return Invited(row.invitation_id, row.email, row.role, token, row.expires_at)
