"""The operator's side of bills: what stands still or is owed, invoices that no bill knows, who is to be paid out, and that they were."""

import sys
from argparse import Namespace
from collections.abc import Callable
from datetime import datetime
from typing import Final

from billing.mark_paid import mark_paid, take_back_payment
from billing.money import Money
from billing.pay_payees import mark_paid_out, payout_file, payouts_of, take_back_payout
from billing.read_bills import UNPAID, bills
from billing.reconcile_payments import orphans
from tenants.database import Database
from tenants.every_shop import every_shop
from tenants.identifiers import from_public, to_public

ACTOR: Final = "operator"


def _bills(database: Database, _parsed: Namespace, now: datetime) -> int:
    count = 0
    for shop in every_shop(database):
        with database.tenant_session(shop.tenant_id) as session:
            waiting = [one for one in bills(session, now=now) if one.state in (*UNPAID, "drawn")]
            strays = orphans(session)
        for one in waiting:
            ids = f"{to_public('shp', shop.tenant_id)} {to_public('stm', one.statement_id)}"
            print(f"{ids}  {one.number} {one.state}, {Money(one.left_minor, one.currency)}, {shop.name}{f': {one.why}' if one.why else ''}")
        for invoice, status, why, found_at in strays:
            print(f"{to_public('shp', shop.tenant_id)}  {invoice} ({status}) at the gateway since {found_at:%Y-%m-%d}: {why}")
        count += len(waiting) + len(strays)
    print(f"{count} want a look.")
    return 0


def _bill_paid(database: Database, parsed: Namespace, now: datetime) -> int:
    statement_id = from_public("stm", parsed.bill)
    with database.tenant_session(from_public("shp", parsed.shop)) as session:
        if parsed.undo:
            take_back_payment(session, statement_id=statement_id, actor=ACTOR, now=now)
        else:
            mark_paid(session, statement_id=statement_id, paid_on=parsed.paid_on, reference=parsed.reference, actor=ACTOR, now=now)
    print("The bill is open again." if parsed.undo else "The bill is marked as paid.")
    return 0


def _payouts(database: Database, _parsed: Namespace, _now: datetime) -> int:
    due = []
    for shop in every_shop(database):
        with database.tenant_session(shop.tenant_id) as session:
            due += [(shop.tenant_id, one) for one in payouts_of(session) if one.is_due]
    sys.stdout.write(payout_file(due).decode())
    return 0


def _paid_out(database: Database, parsed: Namespace, now: datetime) -> int:
    with database.tenant_session(from_public("shp", parsed.shop)) as session:
        found = [one for one in payouts_of(session) if (one.bill_number, one.payee) == (parsed.number, parsed.payee)]
        if not found:
            raise ValueError("No such part: give the bill's number and the payee as the list of payouts has them.")
        about = {"statement_id": found[0].statement_id, "payee": parsed.payee, "actor": ACTOR, "now": now}
        if parsed.undo:
            take_back_payout(session, **about)
        else:
            mark_paid_out(session, reference=parsed.reference, **about)
    print("The part is due again." if parsed.undo else "The part is marked as paid out.")
    return 0


BILL_ACTIONS: Final[dict[str, Callable[[Database, Namespace, datetime], int]]] = {
    "bills": _bills,
    "bill-paid": _bill_paid,
    "payouts": _payouts,
    "paid-out": _paid_out,
}
