"""People for tests about members: a shop with an owner, others who join it, and who they are when signed in."""

from datetime import datetime
from uuid import UUID

from tenants.database import Database
from tenants.sign_in import SignedIn, add_member, session_of, sign_in
from tenants.tenant import open_tenant

PASSWORD = "correct horse battery"
HOUSE_KEY = b"a key of the house for tests only"


def open_empty_shop(database: Database, tenant_id: UUID, *, now: datetime, email: str, name: str = "Kestrel") -> None:
    """A shop with nothing but its owner."""
    with database.tenant_session(tenant_id) as session:
        open_tenant(session, name=name, time_zone="Europe/London", allowed_origins=(), now=now)
        add_member(session, email=email, password=PASSWORD, display_name="Olive Owner", role="owner", now=now)


def join(database: Database, tenant_id: UUID, *, now: datetime, email: str, role: str, name: str = "") -> UUID:
    """A new person with the same password, in one role."""
    with database.tenant_session(tenant_id) as session:
        return add_member(session, email=email, password=PASSWORD, display_name=name or role.title(), role=role, now=now)


def signed_in(database: Database, email: str, now: datetime) -> SignedIn:
    """Sign in and say who that is."""
    found = session_of(database, sign_in(database, email, PASSWORD, now, device="Test").token, now)
    assert found is not None
    return found
