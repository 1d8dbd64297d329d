"""Rounds of what employees learn: what first words have brought, and forgetting what visitors agreed to for a time that is over."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conversations.choose_offers import employees_who_chose, keep_offer_tallies
from app.conversations.remember import forget_expired
from app.conversations.speak_first import employees_with_openings, keep_tallies
from billing.visitor_worth import visitor_worth
from tenants.database import Database
from tenants.tables import Tenant


def tally_openings(database: Database, clock: Callable[[], datetime]) -> int:
    """Keep the tallies of every employee with rules; return 0, for there is nothing more to do at once."""
    for tenant_id in _shops(database):
        with database.tenant_session(tenant_id) as session:
            for employee_id in employees_with_openings(session):
                _tally(session, employee_id, clock())
    return 0


def tally_offers(database: Database, clock: Callable[[], datetime]) -> int:
    """Keep what the offers brought that were chosen among several; return 0, for there is nothing more to do at once."""
    for tenant_id in _shops(database):
        with database.tenant_session(tenant_id) as session:
            for employee_id in employees_who_chose(session):
                keep_offer_tallies(session, employee_id=employee_id, worths=visitor_worth, now=clock())
    return 0


def forget_visitors(database: Database, clock: Callable[[], datetime]) -> int:
    """Erase in every shop what visitors let it remember and whose time is over; return how many facts."""
    forgotten = 0
    for tenant_id in _shops(database):
        with database.tenant_session(tenant_id) as session:
            forgotten += forget_expired(session, now=clock())
    return forgotten


def _shops(database: Database) -> list[UUID]:
    with database.operator_session() as session:
        return list(session.scalars(select(Tenant.tenant_id)))


def _tally(session: Session, employee_id: UUID, now: datetime) -> None:
    keep_tallies(session, employee_id=employee_id, worths=visitor_worth, now=now)
