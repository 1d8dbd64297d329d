"""Makes one bill's invoice, step after step: note that the step begins, call, note what came of it; no transaction is open meanwhile.

Whatever ends the process between two lines of this file, the next worker goes on where the notes end, and the gateway makes sure that a
repeated step makes nothing twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.payment_errors import GatewayRefused, GatewayUnavailable
from billing.payments.accounts import held_account
from billing.payments.credits import CREDIT, finish_credit
from billing.payments.gateway import Gateway, InvoiceOrder, Made, OrderLine, Outcome, Party, RemoteInvoice, StepToDo
from billing.payments.history import move_to, tell
from billing.payments.standing import SETTLED, state_of
from billing.payments.tables import Bill, BillLine, BillStep
from tenants.database import Database, tenant_of
from tenants.directory import list_key
from tenants.outbox import retry_delay

REFUSED_WAIT: Final = timedelta(hours=1)
PAYMENT_KEY: Final = "stripe_payment"
"""The directory's kind for payments, by which a dispute finds its shop."""
ERROR_LENGTH_MAX: Final = 300
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Next:
    """The step that is to be done now, with all that its call needs."""

    position: int
    todo: StepToDo
    order: InvoiceOrder
    made: Made


def make(database: Database, tenant_id: UUID, statement_id: UUID, gateway: Gateway, *, clock: Clock, lease_until: datetime) -> int:
    """Do every step that is left, as long as the lease lasts; return how many were done. A step that fails waits, and is noted."""
    done = 0
    while clock() < lease_until:
        step = None
        try:
            with database.tenant_session(tenant_id) as session:
                step = _next(session, statement_id, gateway, clock())
            if step is None:
                return done
            outcome = gateway.do(step.todo, step.order, step.made)
        except (GatewayUnavailable, GatewayRefused) as error:
            with database.tenant_session(tenant_id) as session:
                _note_failure(session, statement_id, step, error, clock())
            return done
        with database.tenant_session(tenant_id) as session:
            _note_done(session, statement_id, step.position, outcome, clock())
        done += 1
    return done


def look_at(database: Database, tenant_id: UUID, statement_id: UUID, gateway: Gateway, clock: Clock) -> bool:
    """Ask how the invoice stands and write it down; whether there was anything to ask. What asks while we look is asked again."""
    with database.tenant_session(tenant_id) as session:
        bill = session.get_one(Bill, (tenant_id, statement_id))
        wanted, ref = bill.looks_wanted, bill.invoice_ref
    if ref is None:
        return False
    try:
        found = gateway.look(ref)
    except (GatewayUnavailable, GatewayRefused) as error:
        with database.tenant_session(tenant_id) as session:
            _wait(session.get_one(Bill, (tenant_id, statement_id), with_for_update=True), error, clock())
        return False
    with database.tenant_session(tenant_id) as session:
        bill = session.get_one(Bill, (tenant_id, statement_id), with_for_update=True)
        bill.looks_done, bill.looked_at = max(wanted, bill.looks_done), clock()
        bill.failures, bill.last_error = 0, None
        if found is not None:
            apply(session, bill, found, now=clock())
    return True


def apply(session: Session, bill: Bill, invoice: RemoteInvoice, *, now: datetime) -> None:
    """Write down how the invoice stands, and move the bill to the state that follows."""
    if invoice.payment_ref is not None and bill.payment_ref != invoice.payment_ref:
        list_key(session, kind=PAYMENT_KEY, key=invoice.payment_ref, subject_id=bill.statement_id, now=now)
        bill.payment_ref = invoice.payment_ref
    bill.page_url, bill.attempt_count, bill.next_attempt_at = invoice.page_url, invoice.attempt_count, invoice.next_attempt_at
    bill.due_at, bill.paid_at = invoice.due_at, invoice.paid_at
    if bill.state != "credited":
        move_to(session, bill, state_of(invoice, is_charged=bill.is_charged, now=now), actor="gateway", now=now)


def order_of(session: Session, bill: Bill) -> InvoiceOrder:
    """What the invoice is made from, as it was drawn."""
    mine = BillLine.tenant_id == bill.tenant_id, BillLine.statement_id == bill.statement_id
    rows = session.scalars(select(BillLine).where(*mine).order_by(BillLine.position))
    lines = tuple(OrderLine(one.position, one.employee_id, one.kind, one.title, one.amount_minor) for one in rows)
    return InvoiceOrder(
        tenant_id=bill.tenant_id, statement_id=bill.statement_id, number=bill.number, period_name=bill.period_name, root=bill.root,
        currency=bill.currency, amount_minor=bill.amount_minor, lines=lines, buyer=Party(**bill.buyer), issued_at=bill.drawn_at,
        is_charged=bill.is_charged,
    )  # fmt: skip


def _next(session: Session, statement_id: UUID, gateway: Gateway, now: datetime) -> _Next | None:
    """Note that the next step begins; None when nothing is left, or nothing may be tried yet, or another gateway began this bill."""
    account = held_account(session)  # always before a bill's own row
    bill = session.get_one(Bill, (tenant_of(session), statement_id), with_for_update=True)
    if bill.gateway not in (None, gateway.name) or (bill.next_try_at is not None and bill.next_try_at > now):
        return None
    if bill.gateway is None:
        bill.is_charged = account.method_label is not None
        _plan(session, bill, gateway)
    steps = _steps(session, bill)
    step = next((one for one in steps if one.done_at is None), None)
    if step is None:
        bill.next_try_at = None
        return None
    if step.name == CREDIT and step.tries == 0:
        step.about = step.about | {"is_paid": bill.state in SETTLED}  # fixed now: a repeated call has to say the same
    step.tries += 1
    todo = StepToDo(step.name, step.about, step.tries > 1, step.generation)
    return _Next(step.position, todo, order_of(session, bill), Made(account.customer_ref, bill.invoice_ref))


def _plan(session: Session, bill: Bill, gateway: Gateway) -> None:
    bill.gateway, bill.seller = gateway.name, gateway.seller.document()
    session.add_all(
        BillStep(tenant_id=bill.tenant_id, statement_id=bill.statement_id, position=position, name=name, about=about, tries=0, generation=0)
        for position, (name, about) in enumerate(gateway.steps_for(order_of(session, bill)), 1)
    )
    session.flush()


def _steps(session: Session, bill: Bill) -> list[BillStep]:
    mine = BillStep.tenant_id == bill.tenant_id, BillStep.statement_id == bill.statement_id
    return list(session.scalars(select(BillStep).where(*mine).order_by(BillStep.position)))


def _note_done(session: Session, statement_id: UUID, position: int, outcome: Outcome, now: datetime) -> None:
    account = held_account(session)
    bill = session.get_one(Bill, (tenant_of(session), statement_id), with_for_update=True)
    step = session.get_one(BillStep, (bill.tenant_id, statement_id, position))
    step.done_at, step.result_ref = now, outcome.ref
    bill.failures, bill.last_error, bill.next_try_at = 0, None, None
    if step.name == "customer":
        account.customer_ref = outcome.ref
    elif step.name == "invoice":
        bill.invoice_ref = outcome.ref
    elif step.name == CREDIT:
        finish_credit(session, bill, step, outcome.ref, now=now)
    if outcome.invoice is not None:
        bill.issued_at, bill.invoice_ref = now, outcome.ref
        apply(session, bill, outcome.invoice, now=now)


def _note_failure(session: Session, statement_id: UUID, failed: _Next | None, error: Exception, now: datetime) -> None:
    """Note what failed: a step's call, or, without a step, the planning of all of them."""
    bill = session.get_one(Bill, (tenant_of(session), statement_id), with_for_update=True)
    if failed is not None and isinstance(error, GatewayUnavailable) and error.has_answered:
        session.get_one(BillStep, (bill.tenant_id, statement_id, failed.position)).generation += 1
    if bill.last_error is None and isinstance(error, GatewayRefused):
        tell(session, bill, "refused", {"why": str(error)[:ERROR_LENGTH_MAX]}, actor="gateway", now=now)
    _wait(bill, error, now)


def _wait(bill: Bill, error: Exception, now: datetime) -> None:
    bill.failures, bill.last_error = bill.failures + 1, str(error)[:ERROR_LENGTH_MAX]
    bill.next_try_at = now + (REFUSED_WAIT if isinstance(error, GatewayRefused) else retry_delay(bill.failures))
