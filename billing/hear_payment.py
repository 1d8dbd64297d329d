"""Hears the gateway's messages about our bills: verified, kept once, and answered by looking how the invoice stands."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.payments.accounts import held_account, want_work
from billing.payments.making import PAYMENT_KEY
from billing.payments.stripe_events import Heard, read_event
from billing.payments.tables import Bill, BillAccount, PaymentEvent
from tenants.database import Database, tenant_of
from tenants.directory import look_up


def hear_payment(database: Database, *, body: bytes, signature: str, secret: str, now: datetime) -> bool:
    """Take one message; whether it made us do anything. Raises PaymentEventRefused when the gateway did not sign it.

    A message about nothing of ours is heard and forgotten: the same account may send other invoices too.
    """
    heard = read_event(body, signature, secret, now)
    tenant_id, statement_id = heard.tenant_id, heard.statement_id
    if heard.payment_ref is not None:
        hit = look_up(database, PAYMENT_KEY, heard.payment_ref)
        tenant_id, statement_id = (hit.tenant_id, hit.subject_id) if hit else (None, None)
    if tenant_id is None:
        return False
    with database.tenant_session(tenant_id) as session:
        if statement_id is not None:
            bill = session.get(Bill, (tenant_id, statement_id))
            return bill is not None and _nudge(session, bill, heard, now)
        return _ask_method(session, heard, now)


def _nudge(session: Session, bill: Bill, heard: Heard, now: datetime) -> bool:
    account = held_account(session)
    values = {"event_ref": heard.event_ref[:200], "statement_id": bill.statement_id, "kind": heard.kind[:100], "received_at": now}
    kept = insert(PaymentEvent).values(tenant_id=tenant_of(session), **values).on_conflict_do_nothing()
    if session.scalar(kept.returning(PaymentEvent.event_ref)) is None:
        return False
    session.refresh(bill, with_for_update=True)
    bill.looks_wanted += 1
    want_work(account, now)
    return True


def _ask_method(session: Session, heard: Heard, now: datetime) -> bool:
    if heard.setup_ref is None and not heard.kind.startswith("customer."):
        return False
    if session.get(BillAccount, tenant_of(session)) is None:
        return False
    account = held_account(session)
    account.setup_ref, account.is_method_asked = heard.setup_ref or account.setup_ref, True
    want_work(account, now)
    return True
