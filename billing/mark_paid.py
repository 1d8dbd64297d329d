"""Marks a bill as paid that was paid by transfer, and takes the mark back. Bills that a gateway collects are marked by it alone."""

from datetime import date, datetime, time
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from billing.payment_errors import BillRefused, BillUnknown
from billing.payments.history import move_to, tell
from billing.payments.payouts import paid_out_of
from billing.payments.standing import is_past
from billing.payments.tables import Bill
from tenants.audit import note
from tenants.database import tenant_of
from tenants.identifiers import to_public
from tenants.tenant import tenant_view

REFERENCE_LENGTH_MAX: Final = 140
_PAYABLE: Final = ("open", "overdue")


def mark_paid(session: Session, *, statement_id: UUID, paid_on: date, reference: str, actor: str, now: datetime) -> None:
    """Say on which day the money came and how the transfer was called. Telling the same again changes nothing.

    Raises BillUnknown, or BillRefused: the gateway collects this bill, it is not open, or the day has not come.
    """
    bill, zone = _bill(session, statement_id), ZoneInfo(tenant_view(session).time_zone)
    told, paid_at = reference.strip()[:REFERENCE_LENGTH_MAX], datetime.combine(paid_on, time(12), zone)
    if bill.state == "paid" and (bill.paid_at, bill.paid_reference) == (paid_at, told):
        return
    if bill.state not in _PAYABLE:
        raise BillRefused("Only a bill that is open can be marked as paid.")
    if paid_on > now.astimezone(zone).date():
        raise BillRefused("That day has not come yet.")
    if paid_on < bill.drawn_at.astimezone(zone).date():
        raise BillRefused("The bill was not written yet on that day.")
    bill.paid_at, bill.paid_reference = paid_at, told
    move_to(session, bill, "paid", actor=actor, now=now)
    note(session, actor, "bill.marked_paid", to_public("stm", statement_id), {"number": bill.number, "on": paid_on.isoformat()}, now=now)


def take_back_payment(session: Session, *, statement_id: UUID, actor: str, now: datetime) -> None:
    """The mark was a mistake: the bill is open again. Raises BillRefused once somebody was paid out of it."""
    bill = _bill(session, statement_id)
    if bill.state != "paid":
        raise BillRefused("Only a bill that is marked as paid can be opened again.")
    if paid_out_of(session, statement_id):
        raise BillRefused("A payee was already paid out of this bill, so it stays paid.")
    tell(session, bill, "payment_taken_back", {"reference": bill.paid_reference or ""}, actor=actor, now=now)
    bill.paid_at = bill.paid_reference = None
    move_to(session, bill, "overdue" if is_past(bill.due_at, now) else "open", actor=actor, now=now)
    note(session, actor, "bill.payment_taken_back", to_public("stm", statement_id), {"number": bill.number}, now=now)


def _bill(session: Session, statement_id: UUID) -> Bill:
    bill = session.get(Bill, (tenant_of(session), statement_id), with_for_update=True)
    if bill is None:
        raise BillUnknown("There is no such bill.")
    if bill.gateway not in (None, "manual"):
        raise BillRefused("This bill is collected by the payment service, which says itself when it is paid.")
    return bill
