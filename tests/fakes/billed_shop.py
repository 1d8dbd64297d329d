"""A shop whose August and September are closed and billed by hand."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from fakes.shop_history import Shop, open_shop

from app.flows import VERBS
from billing.close_period import close_due
from billing.collect_fee import collect_due
from billing.gateways import Manual, Seller
from tenants.database import Database
from tenants.outbox import deliver_due

AUGUST = datetime(2026, 8, 3, 15, tzinfo=UTC)
CLOSED_AT = datetime(2026, 11, 10, 8, tzinfo=UTC)
SELLER = Seller("Tillhand Ltd", "1 Till Street\nDublin", "IE", "IE6388047V", "bills@tillhand.example", "IBAN IE29 AIBK 9311 5212 3456 78")
BY_HAND = Manual(SELLER, 7)


def billed_shop(database: Database, tenant_id: UUID) -> Shop:
    """A sale in August and one in September; both months are closed, billed and sent on 10 November, to be paid in a week."""
    shop = open_shop(database, tenant_id, now=AUGUST, email="robin@kestrel.example")
    for number, at in (("K-1", AUGUST + timedelta(days=2)), ("K-2", AUGUST + timedelta(days=35))):
        talk = shop.talk("Are you open on Sunday?", ["On Sundays we roast."], now=at, cited=0)
        shop.sell(number, "300.00", now=at + timedelta(minutes=9), talk=talk)
    close_due(database, clock=lambda: CLOSED_AT)
    work(database, CLOSED_AT)
    return shop


def work(database: Database, now: datetime) -> None:
    """The worker's turns: what was announced is heard, bills are made, and what that announced is heard."""
    deliver_due(database, VERBS, clock=lambda: now)
    collect_due(database, {False: BY_HAND, True: BY_HAND}, clock=lambda: now)
    deliver_due(database, VERBS, clock=lambda: now + timedelta(seconds=1))
