"""Removes the demo shop: nobody sees it any more and its widget stops. What it booked stays locked, for nothing is deleted from a book."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants.audit import note, person_actor
from tenants.database import tenant_of
from tenants.identifiers import to_public
from tenants.members import end_memberships
from tenants.retire_employee import retire_employee
from tenants.sign_in import SignedIn
from tenants.tables import Employee, Tenant


def close_demo_shop(session: Session, *, by: SignedIn, now: datetime) -> bool:
    """Close this shop for everybody, if it is a demo; False when it is a real one, and nothing is changed then."""
    shop = session.get_one(Tenant, tenant_of(session), with_for_update=True)
    if not shop.is_demo:
        return False
    for employee_id in session.scalars(select(Employee.employee_id).where(Employee.tenant_id == shop.tenant_id)).all():
        retire_employee(session, employee_id=employee_id, now=now)
    note(session, person_actor(by.person_id), "demo_shop.removed", to_public("shp", shop.tenant_id), {}, now=now)
    end_memberships(session, now=now)
    return True
