"""The members of a shop: who they are, and changing or ending what they are here.

A changed or removed member's sessions in this shop end with it. The rows of the shop's owners are locked before any of them changes,
so two owners who remove each other at once cannot leave the shop with none.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from tenants.audit import note, person_actor
from tenants.database import tenant_of
from tenants.directory import remove_key, take_up_key
from tenants.errors import LastOwnerMustStay, MemberUnknown, RoleNotYours
from tenants.roles_of_members import may_give
from tenants.sign_in import SignedIn, member_key
from tenants.tables import Membership, SignIn


@dataclass(frozen=True)
class MemberView:
    """A member as the shop's other members may see them."""

    person_id: UUID
    display_name: str
    email: str
    role: str
    joined_at: datetime
    has_second_factor: bool
    language: str = ""
    """What they read letters in, once they chose."""


def members(session: Session) -> list[MemberView]:
    """The shop's present members in the order they joined."""
    people = {row.person_id: row for row in session.execute(text("SELECT * FROM people_of_shop()"))}
    mine = Membership.tenant_id == tenant_of(session)
    rows = session.scalars(select(Membership).where(mine, Membership.left_at.is_(None)).order_by(Membership.joined_at))
    return [
        MemberView(row.person_id, row.display_name, person.email, row.role, row.joined_at, person.has_second_factor, row.language or "")
        for row in rows
        if (person := people.get(row.person_id)) is not None
    ]


def names_of_people(session: Session) -> dict[str, str]:
    """Names for the audit log's actors and subjects: `per_...` -> display name, of all who are or were members."""
    rows = session.scalars(select(Membership).where(Membership.tenant_id == tenant_of(session)))
    return {person_actor(row.person_id): row.display_name for row in rows}


def change_role(session: Session, *, by: SignedIn, person_id: UUID, role: str, now: datetime) -> None:
    """Give a member another role. Raises MemberUnknown, RoleNotYours or LastOwnerMustStay."""
    row = _member_for_change(session, by, person_id)
    if not may_give(by.role, role):
        raise RoleNotYours("You can give only a role that may do no more than yours.")
    if row.role == role:
        return
    _keep_an_owner(session, row, role)
    note(session, person_actor(by.person_id), "member.role_changed", person_actor(person_id), {"from": row.role, "to": role}, now=now)
    row.role = role
    if person_id != by.person_id:
        end_sessions_here(session, person_id, now=now)


def keep_language(session: Session, person_id: UUID, language: str) -> None:
    """Keep what a member reads pages and letters in; "" forgets it. Their own affair, so it stands in no log."""
    mine = (Membership.tenant_id == tenant_of(session), Membership.person_id == person_id)
    session.execute(update(Membership).where(*mine).values(language=language or None))


def remove_member(session: Session, *, by: SignedIn, person_id: UUID, now: datetime) -> None:
    """End a membership and the member's sessions here; their name stays on what they did. Raises like `change_role`."""
    row = _member_for_change(session, by, person_id)
    _keep_an_owner(session, row, None)
    note(session, person_actor(by.person_id), "member.removed", person_actor(person_id), {"role": row.role}, now=now)
    _end(session, row, now)


def leave_shop(session: Session, *, by: SignedIn, now: datetime) -> None:
    """End one's own membership; anybody may, but the last owner. Raises LastOwnerMustStay."""
    row = _present(session, by.person_id)
    _keep_an_owner(session, row, None)
    note(session, person_actor(by.person_id), "member.left", person_actor(by.person_id), {"role": row.role}, now=now)
    _end(session, row, now)


def end_memberships(session: Session, *, now: datetime) -> None:
    """End every membership and session of this shop, its owners' too: the shop is closed."""
    _lock_owners(session)
    present = select(Membership).where(Membership.tenant_id == tenant_of(session), Membership.left_at.is_(None))
    for row in session.scalars(present.order_by(Membership.person_id).with_for_update()).all():
        _end(session, row, now)


def take_up_memberships(session: Session, *, left_at: datetime, now: datetime) -> None:
    """Bring back everybody who left at one moment, as what they were; they sign in again. It undoes `end_memberships`."""
    gone = select(Membership).where(Membership.tenant_id == tenant_of(session), Membership.left_at == left_at)
    for row in session.scalars(gone.order_by(Membership.person_id).with_for_update()).all():
        row.left_at = None
        take_up_key(session, kind="member", key=member_key(row.person_id, row.tenant_id, row.joined_at), now=now)


def end_sessions_here(session: Session, person_id: UUID, *, now: datetime, except_id: UUID | None = None) -> int:
    """End a person's sessions in this shop, all or all but one; return how many ended."""
    theirs = (SignIn.tenant_id == tenant_of(session), SignIn.person_id == person_id, SignIn.ended_at.is_(None), SignIn.expires_at > now)
    ending = update(SignIn).where(*theirs).values(ended_at=now).returning(SignIn.sign_in_id)
    if except_id is not None:
        ending = ending.where(SignIn.sign_in_id != except_id)
    return len(session.scalars(ending).all())


def _member_for_change(session: Session, by: SignedIn, person_id: UUID) -> Membership:
    row = _present(session, person_id)
    if not may_give(by.role, row.role):
        raise RoleNotYours("This member may do more than you; ask an owner.")
    return row


def _present(session: Session, person_id: UUID) -> Membership:
    _lock_owners(session)
    row = session.get(Membership, (tenant_of(session), person_id), with_for_update=True)
    if row is None or row.left_at is not None:
        raise MemberUnknown("There is no such member in this shop.")
    return row


def _lock_owners(session: Session) -> None:
    owners = select(Membership.person_id).where(Membership.tenant_id == tenant_of(session), Membership.role == "owner")
    session.execute(owners.order_by(Membership.person_id).with_for_update())


def _keep_an_owner(session: Session, row: Membership, new_role: str | None) -> None:
    others = select(Membership.person_id).where(
        Membership.tenant_id == row.tenant_id,
        Membership.role == "owner",
        Membership.left_at.is_(None),
        Membership.person_id != row.person_id,
    )
    if row.role == "owner" and new_role != "owner" and session.scalars(others).first() is None:
        raise LastOwnerMustStay("A shop needs an owner. Make somebody else an owner first.")


def _end(session: Session, row: Membership, now: datetime) -> None:
    row.left_at = now
    keys = (member_key(row.person_id, row.tenant_id, row.joined_at), str(row.person_id))  # the second is of shops opened earlier
    for key in keys:
        remove_key(session, kind="member", key=key, now=now)
    end_sessions_here(session, row.person_id, now=now)
