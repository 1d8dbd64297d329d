"""Holds our bills against the gateway's invoices, both ways: what we think, what it says, and invoices of ours that nobody knows.

Only invoices that name a statement in their metadata are ours. What differs is asked for as it stands and written down; an invoice that
belongs to no bill is shown to the operator, and nothing is done to it by itself. Bills whose day has passed become overdue here too.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.payment_errors import GatewayRefused, GatewayUnavailable
from billing.payments.accounts import held_account, want_work
from billing.payments.gateway import Gateway, RemoteInvoice
from billing.payments.history import move_to
from billing.payments.standing import UNPAID, is_past, state_of
from billing.payments.tables import Bill, GatewayOrphan
from tenants.database import Database, tenant_of
from tenants.every_shop import shops_with

log = logging.getLogger(__name__)
LOOK_BACK: Final = timedelta(days=120)
LONG_OPEN: Final = timedelta(hours=1)
"""A bill that was not looked at for so long although it is unpaid is asked for, also when the gateway's list says nothing new."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one shop's reconciliation found: bills to be asked for, bills overdue, invoices that no bill knows."""

    asked: int
    overdue: int
    orphans: int


def reconcile_payments(database: Database, gateway: Gateway, *, clock: Callable[[], datetime]) -> int:
    """Go through every shop; return how many things were found. When the gateway does not answer, only our own side is looked at."""
    now, by_shop = clock(), defaultdict[UUID, list[RemoteInvoice]](list)
    try:
        for invoice in gateway.invoices_since(now - LOOK_BACK):
            if invoice.tenant_id is not None:
                by_shop[invoice.tenant_id].append(invoice)
    except (GatewayUnavailable, GatewayRefused) as error:
        log.warning("the gateway's invoices could not be listed", extra={"why": str(error)})
        by_shop.clear()
    count = 0
    with database.operator_session() as session:
        concerned = {*by_shop, *shops_with(session, Bill)}
    for tenant_id in sorted(concerned):
        with database.tenant_session(tenant_id) as session:
            found = reconcile_shop(session, gateway.name, by_shop[tenant_id], now=clock())
        count += found.asked + found.overdue + found.orphans
    return count


def reconcile_shop(session: Session, gateway_name: str, invoices: Sequence[RemoteInvoice], *, now: datetime) -> Found:
    """Compare one shop's bills with its invoices."""
    account = held_account(session)
    rows = session.scalars(select(Bill).where(Bill.tenant_id == tenant_of(session)).with_for_update())
    bills = {bill.statement_id: bill for bill in rows}
    overdue = [bill for bill in bills.values() if bill.state == "open" and is_past(bill.due_at, now)]
    for bill in overdue:
        move_to(session, bill, "overdue", actor="worker", now=now)
    differing = {bill.statement_id for bill in bills.values() if bill.gateway == gateway_name and _is_stale(bill, now)}
    orphans = 0
    for invoice in invoices:
        own = bills.get(invoice.statement_id) if invoice.statement_id else None
        why = _why_orphan(own, invoice)
        if why:
            orphans += _keep_orphan(session, invoice, why, now)
        elif own is not None and own.invoice_ref == invoice.invoice_ref and own.state not in (_state(own, invoice, now), "credited"):
            differing.add(own.statement_id)
    _forget_orphans(session, invoices, now)
    for statement_id in differing:
        bills[statement_id].looks_wanted += 1
        want_work(account, now)
    return Found(len(differing), len(overdue), orphans)


def _is_stale(bill: Bill, now: datetime) -> bool:
    """Unpaid, made, and not looked at for long. The manual gateway knows no more than the bill, so it is not asked."""
    seen = bill.looked_at or bill.issued_at
    return bill.gateway != "manual" and bill.state in UNPAID and seen is not None and now - seen >= LONG_OPEN


def _state(bill: Bill, invoice: RemoteInvoice, now: datetime) -> str:
    return state_of(invoice, is_charged=bill.is_charged, now=now)


def _why_orphan(bill: Bill | None, invoice: RemoteInvoice) -> str:
    """Why an invoice belongs to no bill; "" where it belongs to one, or may still come to."""
    if invoice.status == "void":
        return ""
    if bill is None:
        return "It names a statement that has no bill."
    if bill.invoice_ref is not None and bill.invoice_ref != invoice.invoice_ref:
        return f"The bill {bill.number} has another invoice, {bill.invoice_ref}."
    if bill.invoice_ref is not None and invoice.status != "draft" and invoice.total_minor != bill.amount_minor:
        return f"It comes to another amount than the bill {bill.number}."
    return ""


def _keep_orphan(session: Session, invoice: RemoteInvoice, why: str, now: datetime) -> int:
    row = session.get(GatewayOrphan, (tenant_of(session), invoice.invoice_ref))
    if row is None:
        made = GatewayOrphan(tenant_id=tenant_of(session), invoice_ref=invoice.invoice_ref, why=why, status=invoice.status, found_at=now)
        session.add(made)
        return 1
    row.why, row.status, row.gone_at = why, invoice.status, None
    return 0


def _forget_orphans(session: Session, invoices: Sequence[RemoteInvoice], now: datetime) -> None:
    """An orphan that was cancelled or deleted at the gateway is one no more."""
    alive = {one.invoice_ref for one in invoices if one.status != "void"}
    query = select(GatewayOrphan).where(GatewayOrphan.tenant_id == tenant_of(session), GatewayOrphan.gone_at.is_(None))
    for row in session.scalars(query):
        if invoices and row.invoice_ref not in alive:
            row.gone_at = now


def orphans(session: Session) -> list[tuple[str, str, str, datetime]]:
    """Invoices that no bill knows: (invoice, its status, why, since when)."""
    query = select(GatewayOrphan).where(GatewayOrphan.tenant_id == tenant_of(session), GatewayOrphan.gone_at.is_(None))
    return [(row.invoice_ref, row.status, row.why, row.found_at) for row in session.scalars(query.order_by(GatewayOrphan.found_at))]
