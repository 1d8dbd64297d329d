"""The rounds of getting paid: bills are collected, held against the gateway's invoices, and shops' own limits are watched."""

from collections.abc import Callable, Mapping
from datetime import datetime

from app.worker.rounds import Round
from billing.collect_fee import collect_due
from billing.gateways import Gateway
from billing.reconcile_payments import reconcile_payments
from billing.spending_limit import shops_with_limits, watch_spending
from tenants.database import Database


def payment_rounds(gateways: Mapping[bool, Gateway]) -> tuple[Round, ...]:
    """The rounds with the gateways they work with, by whether a shop's money is invented."""

    def reconcile_once(database: Database, clock: Callable[[], datetime]) -> int:
        reconcile_payments(database, gateways[False], clock=clock)
        return 0  # what it found the next collecting does; asking again at once would find the same

    return (
        Round("tillhand.collect_fees", 5, lambda database, clock: collect_due(database, gateways, clock=clock)),
        Round("tillhand.reconcile_payments", 3600, reconcile_once),
        Round("tillhand.watch_spending", 60, watch_every_limit),
    )


def watch_every_limit(database: Database, clock: Callable[[], datetime]) -> int:
    """Look at every shop's own limit; return how many shares of limits were newly told."""
    told = 0
    for tenant_id in shops_with_limits(database):
        with database.tenant_session(tenant_id) as session:
            told += watch_spending(session, now=clock())
    return told
