"""`python -m app operator ...`: what we do for shops by hand, each with the same verb the worker or a page would use.

Every action prints what it did in a sentence, and leaves its mark in the audit log where it changes a shop's money.
"""

from argparse import Namespace
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from app.commands.operator_bills import BILL_ACTIONS
from app.commands.operator_contracts import CONTRACT_ACTIONS
from app.commands.operator_models import list_models
from app.commands.operator_voice import give_voice
from app.commands.running import ready_database
from app.settings import Settings
from app.wiring import system_clock
from billing.close_period import close_due
from billing.decide_dispute import decide_dispute
from billing.errors import BillingError
from billing.import_rates import import_rates
from billing.index_codes import index_codes
from billing.money import parse_amount
from billing.read_disputes import dispute, disputes
from billing.record_outage import record_outage
from billing.seal_ledger import head_from, verify_chain
from tenants.database import Database
from tenants.every_shop import every_shop
from tenants.identifiers import from_public, to_public

ACTOR: Final = "operator"
Action = Callable[[Database, Namespace, datetime], int]


def operator(settings: Settings, parsed: Namespace) -> int:
    """Run one action on the configured database; return the exit status."""
    with ready_database(settings) as database:
        try:
            if parsed.action == "voice":
                return give_voice(database, parsed, settings, system_clock())
            return ACTIONS[parsed.action](database, parsed, system_clock())
        except (BillingError, ValueError) as error:
            print(error)
            return 1


def _shops(database: Database, _parsed: Namespace, _now: datetime) -> int:
    for shop in every_shop(database):
        print(f"{to_public('shp', shop.tenant_id)}  {shop.name}")
    return 0


def _index_codes(database: Database, _parsed: Namespace, _now: datetime) -> int:
    entered = 0
    for shop in every_shop(database):
        with database.tenant_session(shop.tenant_id) as session:
            entered += index_codes(session)
    print(f"{entered} codes entered.")
    return 0


def _disputes(database: Database, _parsed: Namespace, now: datetime) -> int:
    found = []
    for shop in every_shop(database):
        with database.tenant_session(shop.tenant_id) as session:
            found += [(one, shop) for one in disputes(session, is_open=True)]
    for one, shop in sorted(found, key=lambda pair: pair[0].decide_by):
        days = (one.decide_by - now).days
        ids = f"{to_public('shp', shop.tenant_id)} {to_public('dsp', one.dispute_id)}"
        print(f"{ids}  {days} days left, order {one.order_number}, {one.held_minor} {one.currency} minor held: {one.reason}")
    print(f"{len(found)} open.")
    return 0


def _decide(database: Database, parsed: Namespace, now: datetime) -> int:
    dispute_id = from_public("dsp", parsed.dispute)
    with database.tenant_session(from_public("shp", parsed.shop)) as session:
        currency = dispute(session, dispute_id=dispute_id).currency
        granted = parse_amount(parsed.granted, currency) if parsed.granted else None
        decide_dispute(
            session, dispute_id=dispute_id, outcome=parsed.outcome, why=parsed.why, decided_by=ACTOR, now=now, granted_minor=granted
        )
        after = dispute(session, dispute_id=dispute_id)
    print(f"The dispute is {parsed.outcome}; {after.given_back_minor} {currency} minor went back to the shop.")
    return 0


def _rates(database: Database, parsed: Namespace, now: datetime) -> int:
    try:
        table = parsed.file.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(f"{parsed.file} cannot be read: {error.strerror}.") from None
    done = import_rates(database, table, now=now, are_jumps_confirmed=parsed.confirm_jumps)
    print(f"{done.new_count} rates imported, {done.repeated_count} stood already, {done.orders_reckoned} waiting orders reckoned.")
    return 0


def _outage(database: Database, parsed: Namespace, now: datetime) -> int:
    if parsed.starts_at.tzinfo is None or parsed.ends_at.tzinfo is None:
        raise ValueError("An outage's moments need their offset, such as 2026-11-21T10:00:00+00:00.")
    shops: list[UUID] = [from_public("shp", parsed.shop)] if parsed.shop else [shop.tenant_id for shop in every_shop(database)]
    for tenant_id in shops:
        with database.tenant_session(tenant_id) as session:
            record_outage(
                session, parsed.key, starts_at=parsed.starts_at, ends_at=parsed.ends_at, reason=parsed.reason, now=now,
                is_withdrawn=parsed.withdraw,
            )  # fmt: skip
    print(f"{'Withdrawn' if parsed.withdraw else 'Recorded'} for {len(shops)} shops.")
    return 0


def _close(database: Database, _parsed: Namespace, _now: datetime) -> int:
    print(f"{close_due(database, clock=system_clock)} months closed.")
    return 0


def _verify(database: Database, parsed: Namespace, _now: datetime) -> int:
    if parsed.seal and not parsed.shop:
        raise ValueError("Whose seal it is must be said: give --shop.")
    known = head_from(parsed.seal) if parsed.seal else None
    is_sound = True
    for tenant_id in [from_public("shp", parsed.shop)] if parsed.shop else [shop.tenant_id for shop in every_shop(database)]:
        with database.tenant_session(tenant_id) as session:
            verdict = verify_chain(session, known=known)
        is_sound &= verdict.is_intact
        print(f"{to_public('shp', tenant_id)}  {verdict.sentence} {verdict.unsealed} wait for their seal.")
    return 0 if is_sound else 1


ACTIONS: Final[dict[str, Action]] = {
    "shops": _shops,
    "models": list_models,
    "disputes": _disputes,
    "decide": _decide,
    "rates": _rates,
    "outage": _outage,
    "close": _close,
    "verify": _verify,
    "index-codes": _index_codes,
    **CONTRACT_ACTIONS,
    **BILL_ACTIONS,
}
