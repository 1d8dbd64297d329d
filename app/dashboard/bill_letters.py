"""Letters about bills: to be paid, paid, not collected, given back; and about the limit a shop set on its own bill.

They go to the address the shop gave for its bills; where it gave none, to everyone who settles payslips, each in the language they chose.
"""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.dashboard.letters import compose
from billing.bill_details import bill_details
from billing.events import BillChanged, SpendingReached
from billing.money import Money
from billing.read_bills import bill
from tenants.mail import write_letter
from tenants.members import members
from tenants.roles_of_members import Permission, may
from tenants.tenant import tenant_view

TOLD: Final = frozenset({"open", "failing", "overdue", "uncollectible", "charged_back", "paid", "credited"})


def write_bill_letters(session: Session, changed: BillChanged, *, now: datetime) -> int:
    """Write the letters of one change; return how many. A state that has passed by now is not told any more."""
    if changed.state not in TOLD or bill(session, statement_id=changed.statement_id, now=now).state != changed.state:
        return 0
    found = bill(session, statement_id=changed.statement_id, now=now)
    readers = _readers(session)
    for address, language in readers:
        letter = compose(
            "bill_changed", address, reads=language, shop_name=tenant_view(session).name, number=changed.number, state=changed.state,
            period=changed.period_name, amount=str(Money(changed.amount_minor, changed.currency)), page_url=found.page_url or "",
            due=found.due_at.date().isoformat() if found.due_at else "", is_charged=found.is_charged,
        )  # fmt: skip
        write_letter(session, letter, now=now)
    return len(readers)


def write_spending_letters(session: Session, reached: SpendingReached, *, now: datetime) -> int:
    """Write the letters about a share of the limit; return how many."""
    readers = _readers(session)
    for address, language in readers:
        letter = compose(
            "spending_reached", address, reads=language, shop_name=tenant_view(session).name, period=reached.period_name,
            percent=reached.percent, spent=str(Money(reached.spent_minor, reached.currency)), stops_offers=reached.stops_offers,
            limit=str(Money(reached.limit_minor, reached.currency)),
        )  # fmt: skip
        write_letter(session, letter, now=now)
    return len(readers)


def _readers(session: Session) -> list[tuple[str, str]]:
    """(address, language) of whoever reads letters about bills."""
    given = bill_details(session).email
    settling = [(one.email, one.language) for one in members(session) if may(one.role, Permission.SETTLE)]
    return [(given, next((language for address, language in settling if address == given), ""))] if given else settling
