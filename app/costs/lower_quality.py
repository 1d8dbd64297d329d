"""The rule that lowers an employee's pictures when they lose money: from the graphics card to the shopper's own browser.

It looks once a day at the thirty days before. It never touches what they say, hear or earn, only who draws their mouth; the shop is told by
letter, finds it in its audit log, and may choose again; that choice is left alone for the next thirty days.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from app.costs.margins import Margin, margins_of_shop
from app.costs.prices import Prices
from tenants.audit import AuditFilter, audit_entries, note
from tenants.database import Database
from tenants.employee import change_picture_quality
from tenants.every_shop import every_shop, shops_with
from tenants.identifiers import to_public
from tenants.mail import Letter, write_letter
from tenants.members import members
from tenants.roles_of_members import Permission, may
from tenants.tables import Employee

WINDOW: Final = timedelta(days=30)
COST_MINOR_MIN: Final = 500
"""Below so many of the currency's smallest units nothing is lowered: a new employee has had no time to earn."""
ACTOR: Final = "rule"
LOWERED: Final = "employee.picture_quality"
LOWERED_READ_MAX: Final = 1000
"""Lines of a month's log in which a shop's lowered employees are looked for."""


def lower_losing(database: Database, clock: Callable[[], datetime], prices: Prices, compose: Callable[..., Letter]) -> int:
    """Lower everyone who is drawn by a card and lost money; return how many. `compose` writes the letter `quality_lowered`."""
    lowered = 0
    with database.operator_session() as session:
        concerned = set(shops_with(session, Employee, Employee.picture_quality == "neural"))
    for shop in [one for one in every_shop(database) if one.tenant_id in concerned]:
        now = clock()
        with database.tenant_session(shop.tenant_id) as session:
            found = margins_of_shop(session, shop.tenant_id, shop.name, prices, month=(now - WINDOW, now, now))
            told = AuditFilter(actor=ACTOR, action=LOWERED, start=now - WINDOW)
            chose_again = {entry.subject for entry in audit_entries(session, told, limit=LOWERED_READ_MAX)}
            for one in [one for one in found if must_be_lowered(one) and to_public("emp", one.employee_id) not in chose_again]:
                lowered += _lower(session, one, compose, now)
    return lowered


def must_be_lowered(one: Margin) -> bool:
    """Drawn by a card, at a cost that counts, and more than was earned. Without a margin nobody is judged."""
    return one.picture_quality == "neural" and one.is_losing and one.cost.amount_minor >= COST_MINOR_MIN


def _lower(session: Session, one: Margin, compose: Callable[..., Letter], now: datetime) -> int:
    if not change_picture_quality(session, one.employee_id, "browser"):
        return 0
    note(session, ACTOR, LOWERED, to_public("emp", one.employee_id), {"quality": "browser", "why": "cost"}, now=now)
    facts: dict[str, Any] = {"shop_name": one.shop_name, "employee_name": one.name}
    for member in members(session):
        if may(member.role, Permission.HIRE):
            write_letter(session, compose("quality_lowered", member.email, reads=member.language, **facts), now=now)
    return 1
