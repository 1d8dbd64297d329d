"""Collects what closed statements pay: makes each bill's invoice at the gateway, and asks how those stand that something happened to.

Shops are claimed one by one and leased, so one shop's bills are made one after another, and a worker that dies gives its shop back when
the lease is over. A shop whose calls fail waits; the others go on.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from billing.payment_errors import GatewayRefused, GatewayUnavailable
from billing.payments.accounts import held_account
from billing.payments.gateway import Gateway
from billing.payments.making import look_at, make
from billing.payments.tables import Bill, BillAccount
from tenants.database import Database, tenant_of
from tenants.tenant import tenant_view

LEASE: Final = timedelta(minutes=10)
MARGIN: Final = timedelta(minutes=2)
"""A step is begun only while its call can still end within the lease."""
RETRY_METHOD: Final = timedelta(minutes=5)
Gateways = Mapping[bool, Gateway]
"""By whether a shop's money is invented: the demo shop's bills never leave the house."""


def collect_due(database: Database, gateways: Gateways, *, clock: Callable[[], datetime], limit: int = 50) -> int:
    """Look after every shop whose bills want work; return how many steps and looks were done. Any number of workers may run it."""
    done = 0
    for tenant_id in _claim(database, clock(), limit):
        done += _serve(database, tenant_id, gateways, clock)
    return done


def _claim(database: Database, now: datetime, limit: int) -> list[UUID]:
    due = (
        select(BillAccount)
        .where(BillAccount.wanted_at <= now, or_(BillAccount.lease_until.is_(None), BillAccount.lease_until <= now))
        .order_by(BillAccount.wanted_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    with database.intake_session() as session:
        found = []
        for account in session.scalars(due):
            account.lease_until = now + LEASE
            found.append(account.tenant_id)
    return found


def _serve(database: Database, tenant_id: UUID, gateways: Gateways, clock: Callable[[], datetime]) -> int:
    with database.tenant_session(tenant_id) as session:
        gateway, lease_until = gateways[tenant_view(session).is_demo], held_account(session).lease_until or clock()
        work = _bills(session, clock())
    done = _ask_method(database, tenant_id, gateway)
    for statement_id, wants_look in work:
        done += make(database, tenant_id, statement_id, gateway, clock=clock, lease_until=lease_until - MARGIN)
        done += wants_look and look_at(database, tenant_id, statement_id, gateway, clock)
    with database.tenant_session(tenant_id) as session:
        account = held_account(session)
        account.lease_until, account.wanted_at = None, _next_work(session, account, gateway, clock())
    return done


def _bills(session: Session, now: datetime) -> list[tuple[UUID, bool]]:
    """Bills with something to do by now: (id, whether the gateway is to be asked how the invoice stands)."""
    wants_look = Bill.looks_wanted > Bill.looks_done
    mine = Bill.tenant_id == tenant_of(session)
    is_due = or_(Bill.next_try_at.is_(None), Bill.next_try_at <= now)
    query = select(Bill.statement_id, wants_look).where(mine, is_due, or_(Bill.state == "drawn", Bill.next_try_at.is_not(None), wants_look))
    return [(statement_id, bool(is_wanted)) for statement_id, is_wanted in session.execute(query.order_by(Bill.number))]


def _next_work(session: Session, account: BillAccount, gateway: Gateway, now: datetime) -> datetime | None:
    """When this shop's bills want work again: what fails waits for its time, and what came meanwhile is due at once."""
    mine = Bill.tenant_id == account.tenant_id, or_(Bill.gateway.is_(None), Bill.gateway == gateway.name)
    left = or_(Bill.state == "drawn", Bill.next_try_at.is_not(None), (Bill.looks_wanted > Bill.looks_done) & Bill.invoice_ref.is_not(None))
    times = [at or now for at in session.scalars(select(Bill.next_try_at).where(*mine, left))]
    if account.is_method_asked:
        times.append(now + RETRY_METHOD)
    return min(times, default=None)


def _ask_method(database: Database, tenant_id: UUID, gateway: Gateway) -> int:
    """Ask what the payment method on file is called, where something may have changed it."""
    with database.tenant_session(tenant_id) as session:
        account = held_account(session)
        customer, setup, is_asked = account.customer_ref, account.setup_ref, account.is_method_asked
    if not is_asked or customer is None:
        return 0
    try:
        label = gateway.method_label(customer, setup)
    except (GatewayUnavailable, GatewayRefused):
        return 0
    with database.tenant_session(tenant_id) as session:
        account = held_account(session)
        account.method_label = label
        if account.setup_ref == setup:
            account.setup_ref, account.is_method_asked = None, False
    return 1
