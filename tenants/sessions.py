"""The places a person is signed in at, the shops they work for, and moving from one shop to another."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tenants.audit import note, person_actor
from tenants.database import Database, tenant_of
from tenants.errors import MemberUnknown
from tenants.sign_in import STEP_AWAITED, Opened, SignedIn, open_session, sign_out
from tenants.tables import Membership, SignIn
from tenants.tenant import tenant_view


@dataclass(frozen=True)
class SessionView:
    """A signed-in browser of a person, in one shop."""

    sign_in_id: UUID
    device: str
    created_at: datetime
    last_seen_at: datetime
    used_code: bool


@dataclass(frozen=True)
class ShopOfPerson:
    """A shop somebody works for, and as what."""

    tenant_id: UUID
    name: str
    role: str
    is_demo: bool


def sessions_of(session: Session, person_id: UUID, *, now: datetime) -> list[SessionView]:
    """A person's open sessions in this shop, the last used first."""
    theirs = select(SignIn).where(
        SignIn.tenant_id == tenant_of(session),
        SignIn.person_id == person_id,
        SignIn.ended_at.is_(None),
        SignIn.expires_at > now,
        SignIn.second_step != STEP_AWAITED,
    )
    rows = [
        SessionView(row.sign_in_id, row.device, row.created_at, row.last_seen_at or row.created_at, row.second_step == "done")
        for row in session.scalars(theirs)
    ]
    return sorted(rows, key=lambda row: row.last_seen_at, reverse=True)


def end_session(session: Session, *, by: SignedIn, sign_in_id: UUID, now: datetime) -> None:
    """End one of one's own sessions in this shop. Raises MemberUnknown for one that is not one's own."""
    row = session.get(SignIn, (tenant_of(session), sign_in_id), with_for_update=True)
    if row is None or row.person_id != by.person_id:
        raise MemberUnknown("There is no such session of yours.")
    row.ended_at = row.ended_at or now
    note(session, person_actor(by.person_id), "member.session_ended", person_actor(by.person_id), {}, now=now)


def shops_of_person(database: Database, person_id: UUID) -> list[ShopOfPerson]:
    """Every shop a person works for, in the order they joined."""
    with database.directory_session() as session:
        tenants = list(session.scalars(text("SELECT tenant_id FROM shops_of(:person)"), {"person": person_id}))
    found = []
    for tenant_id in tenants:
        with database.tenant_session(tenant_id) as session:
            shop, member = tenant_view(session), session.get_one(Membership, (tenant_id, person_id))
            found.append(ShopOfPerson(tenant_id, shop.name, member.role, shop.is_demo))
    return found


def switch_shop(database: Database, *, by: SignedIn, token: str, tenant_id: UUID, now: datetime) -> Opened:
    """Leave this session for one in another shop of the same person. Raises MemberUnknown for a shop they do not work for."""
    if tenant_id not in {shop.tenant_id for shop in shops_of_person(database, by.person_id)}:
        raise MemberUnknown("There is no such shop of yours.")
    with database.tenant_session(by.tenant_id) as session:
        device = session.get_one(SignIn, (by.tenant_id, by.sign_in_id)).device
    with database.tenant_session(tenant_id) as session:
        opened = open_session(session, person_id=by.person_id, now=now, device=device, code_was_given=by.used_code)
    sign_out(database, token, now)
    return opened
