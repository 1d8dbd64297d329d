"""The round of the desk: where a shopper left a message or has waited too long for a person, the shop's people get a letter."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.conversations.handover_calls import calls_due, note_called, shops_with_people_owed
from app.conversations.handover_setting import Calls, calls_of
from app.dashboard.letters import compose
from app.worker.rounds import Round
from tenants.database import Database
from tenants.employee import employee_view
from tenants.identifiers import to_public
from tenants.mail import write_letter
from tenants.members import MemberView, members
from tenants.roles_of_members import Permission, may
from tenants.tenant import tenant_view


def desk_rounds(public_url: str) -> tuple[Round, ...]:
    """The round, with the address under which the dashboard stands, for the links in the letters."""
    return (Round("tillhand.call_staff", 15, lambda database, clock: call_staff(database, clock, public_url)),)


def call_staff(database: Database, clock: Callable[[], datetime], public_url: str) -> int:
    """Write every letter that is due, shop by shop; return of how many conversations somebody was told."""
    told = 0
    for tenant_id in shops_with_people_owed(database):
        with database.tenant_session(tenant_id) as session:
            told += _call(session, clock(), public_url)
    return told


def _call(session: Session, now: datetime, public_url: str) -> int:
    calls, shop = calls_of(session), tenant_view(session)
    due = calls_due(session, calls, now=now, zone=ZoneInfo(shop.time_zone))
    readers = [member.email for member in members(session) if is_called(member, calls)] if due else []
    for call in due:
        name = employee_view(session, call.employee_id).name
        facts: dict[str, Any] = {"shop_name": shop.name, "employee_name": name, "message_count": call.message_count}
        minutes = max(1, int((now - call.waiting_since).total_seconds() // 60))
        link = f"{public_url.rstrip('/')}/dashboard/conversations/{to_public('cnv', call.conversation_id)}"
        for reader in readers:
            write_letter(session, compose("shopper_waits", reader, minutes=minutes, address=link, **facts), now=now)
    note_called(session, due, now=now)
    return len(due)


def is_called(member: MemberView, calls: Calls) -> bool:
    """Whether a member gets the letters: those who were chosen, or everybody, as long as they may take a conversation over."""
    return may(member.role, Permission.TAKE_OVER) and (not calls.people or member.person_id in calls.people)
