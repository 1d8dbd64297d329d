"""Reckons the orders whose missing exchange rate has been published. The worker calls it now and then; an import calls it at once."""

import logging
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from billing.errors import BillingError
from billing.exchange.waiting import forget, ready_orders, ready_tenants
from billing.ledger.writer import Cause
from billing.orders.locks import hold_contracts
from billing.orders.reckon import Trigger, lock_and_reckon
from billing.record_income import reckon_income
from tenants.database import Database

ORDERS_PER_TRANSACTION: Final = 500

log = logging.getLogger(__name__)


def reckon_waiting(database: Database, *, now: datetime) -> int:
    """Reckon every waiting order whose rate is known; return how many notes were settled.

    Each tenant has transactions of its own. One whose orders cannot be reckoned is logged and keeps waiting; the others go on.
    """
    with database.intake_session() as session:
        tenants = ready_tenants(session)
    settled = 0
    for tenant_id in tenants:
        try:
            while done := _reckon_some(database, tenant_id, now):
                settled += done
        except (BillingError, SQLAlchemyError) as error:
            log.warning("orders could not be reckoned", extra={"tenant_id": str(tenant_id), "error_class": type(error).__name__})
    return settled


def _reckon_some(database: Database, tenant_id: UUID, now: datetime) -> int:
    with database.tenant_session(tenant_id) as session:
        return _settle(session, now)


def _settle(session: Session, now: datetime) -> int:
    hold_contracts(session)  # before the lock of the rates, which whoever signs a contract may want too
    ready = ready_orders(session)[:ORDERS_PER_TRANSACTION]
    rates = ", ".join(sorted({f"{one.wanted.base} to {one.wanted.quote} of {one.wanted.day}" for one in ready})[:3])
    trigger = Trigger(Cause("exchange_rate", None, f"An exchange rate it waited for was published: {rates}."), None)
    waiting = sorted({one.order_id for one in ready})
    incomes = reckon_income(session, waiting, now=now)  # a work's income waits in the same place as an order
    if not incomes:
        lock_and_reckon(session, waiting, trigger, now=now)
    done = [one for one in ready if not incomes or one.order_id in incomes]  # orders have their own turn, and their own locks
    forget(session, done)
    return len(done)
