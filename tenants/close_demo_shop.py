"""Removes the demo shop, and brings it back within UNDO_DAYS. What it booked stays locked either way: nothing is deleted from a book.

A closed shop's employees serve nobody, and their widget keys say that the shop is closed. Their faces, voices and names stay theirs until
nobody can bring the shop back any more; then other shops may have them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants.audit import note, person_actor
from tenants.database import Database, tenant_of
from tenants.directory import DirectoryHit, list_key, look_up, remove_key
from tenants.errors import ShopNotClosed
from tenants.identifiers import to_public
from tenants.members import end_memberships, take_up_memberships
from tenants.reservation import release_likeness
from tenants.sign_in import SignedIn
from tenants.tables import Employee, Tenant
from tenants.tokens import new_token, token_hash

UNDO_DAYS: Final = 14
DIRECTORY_KIND: Final = "closed_shop"


@dataclass(frozen=True)
class Closed:
    """A shop that was closed; the token brings it back until `until`, and is known here only by its hash."""

    token: str
    until: datetime


def close_demo_shop(session: Session, *, by: SignedIn, now: datetime) -> Closed | None:
    """Close this shop for everybody, if it is an open demo; None when it is a real one, and nothing is changed then."""
    shop = session.get_one(Tenant, tenant_of(session), with_for_update=True)
    if not shop.is_demo or shop.closed_at is not None:
        return None
    shop.closed_at, token = now, new_token()
    note(session, person_actor(by.person_id), "demo_shop.removed", to_public("shp", shop.tenant_id), {}, now=now)
    end_memberships(session, now=now)
    list_key(session, kind=DIRECTORY_KIND, key=token_hash(token), subject_id=shop.tenant_id, now=now)
    return Closed(token, now + timedelta(days=UNDO_DAYS))


def closed_shop_of(database: Database, token: str) -> DirectoryHit | None:
    """Which closed shop a token brings back; None for one that is used or was never made."""
    return look_up(database, DIRECTORY_KIND, token_hash(token))


def bring_back_demo_shop(session: Session, token: str, *, now: datetime) -> datetime:
    """Open the session's closed shop again with everybody who was in it; return when it had been closed. Raises ShopNotClosed."""
    shop = session.get_one(Tenant, tenant_of(session), with_for_update=True)
    closed_at = shop.closed_at
    if closed_at is None or now > closed_at + timedelta(days=UNDO_DAYS):
        raise ShopNotClosed(f"A removed demo shop can be brought back for {UNDO_DAYS} days; this one cannot any more.")
    shop.closed_at = None
    take_up_memberships(session, left_at=closed_at, now=now)
    remove_key(session, kind=DIRECTORY_KIND, key=token_hash(token), now=now)
    note(session, "operator", "demo_shop.brought_back", to_public("shp", shop.tenant_id), {}, now=now)
    return closed_at


def free_closed_shops(database: Database, now: datetime) -> int:
    """Let the faces, voices and names of shops go that nobody can bring back any more; return how many employees that were."""
    with database.operator_session() as session:
        over = now - timedelta(days=UNDO_DAYS)
        held = select(Employee.tenant_id).join(Tenant, Tenant.tenant_id == Employee.tenant_id)
        shops = session.scalars(held.where(Tenant.closed_at < over, Employee.retired_at.is_(None)).distinct()).all()
    return sum(_free(database, tenant_id, now) for tenant_id in shops)


def _free(database: Database, tenant_id: UUID, now: datetime) -> int:
    """The widget keys stay listed, so that a page which still has one is told that the shop is closed."""
    with database.tenant_session(tenant_id) as session:
        present = session.scalars(select(Employee).where(Employee.tenant_id == tenant_id, Employee.retired_at.is_(None))).all()
        for employee in present:
            employee.retired_at = now
            release_likeness(session, employee_id=employee.employee_id, now=now)
        return len(present)
