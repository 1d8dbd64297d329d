"""Records orders that are told for the first time, of any number of shops, in one transaction and with one statement per table.

That is what nearly every message of a busy hour is, and a shop alone sells too slowly to fill a set. Whatever needs more than its own
telling (an order, a payment or a refund that is known already; a month that is over, capped or has tiers; a contract that pays for repeat
purchases; an exchange rate) is left to `record_facts`, shop by shop. Both ways share the deciding and the writing, so they come to the
same: a test tells the same history both ways and compares the books row by row.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from billing.attribution.evidence import Evidence
from billing.attribution.gather import codes_of
from billing.ledger.writer import post_across
from billing.orders.documents import text_of_facts
from billing.orders.facts import OrderFacts
from billing.orders.fresh_evidence import ShopTold, gather_across, known_already
from billing.orders.keeping import SNAPSHOT, about_order, text_and_hash
from billing.orders.locks import LockedOrder, hold_across, share_periods_across
from billing.orders.movements import Due, Unplaced, movements_of
from billing.orders.reckoning import rates_wanted, reckon
from billing.orders.tables import OrderCode, OrderSnapshot, ShopOrder
from billing.orders.telling import ORDER
from billing.orders.writing import Revised, write_revisions_across
from billing.revenue_share.settle import settles_at_once
from billing.revenue_share.versions import Contracts, contracts_across
from billing.rows import insert_rows
from tenants.identifiers import new_id

__all__ = ["ShopTold", "record_fresh"]

_CODE: Final = ("tenant_id", "code", "order_id")


@dataclass(frozen=True, slots=True)
class _Fresh:
    """One new order, decided and ready to be written."""

    one: ShopTold
    neutral_text: str
    neutral_sha256: str
    revised: Revised
    unplaced: tuple[Unplaced, ...]


def record_fresh(session: Session, told: Sequence[ShopTold], *, now: datetime) -> set[UUID]:
    """Record what is new among orders that order books tell; return the deliveries recorded. The others are untouched.

    The session is `intake`'s, which may write for any shop. Every telling has its delivery's id.
    """
    alone = _alone_in_set(told)
    if not alone:
        return set()
    _hold(session, alone)
    contracts = contracts_across(session, {one.tenant_id for one in alone})
    known = known_already(session, alone)
    plain = [one for number, one in enumerate(alone) if number not in known and not contracts[one.tenant_id].has_repeat]
    decided = [
        _decide(one, evidence, contracts[one.tenant_id], now)
        for one, evidence in zip(plain, gather_across(session, plain, contracts), strict=True)
    ]
    fresh = [one for one in decided if one is not None]
    _write(session, fresh, now)
    return {one.revised.event_id for one in fresh if one.revised.event_id is not None}


def _alone_in_set(told: Sequence[ShopTold]) -> list[ShopTold]:
    """Those that share neither their order nor their payment with another of the set."""
    orders = Counter((one.tenant_id, *one.told.order_key) for one in told)
    payments = Counter((one.tenant_id, one.told.payment_reference) for one in told)
    return [
        one
        for one in told
        if orders[(one.tenant_id, *one.told.order_key)] == 1
        and (one.told.payment_reference is None or payments[one.tenant_id, one.told.payment_reference] == 1)
    ]


def _hold(session: Session, told: Sequence[ShopTold]) -> None:
    """Every lock that `record_facts` would take for these orders, in the same sequence."""
    orders = [(one.tenant_id, "order", f"{one.told.source.channel}/{one.told.order.external_id}") for one in told]
    subjects: list[tuple[UUID, str, object]] = []
    for one in told:
        tenant_id, order = one.tenant_id, one.told.order
        subjects += [
            (tenant_id, "payment", order.payment_reference), (tenant_id, "visitor", order.visitor_id), (tenant_id, "click", order.click_id)
        ]  # fmt: skip
        subjects += [(tenant_id, "code", code) for code in codes_of(order)]
    customers = [(one.tenant_id, "customer", one.told.order.customer) for one in told]
    hold_across(session, {one.tenant_id for one in told}, orders, subjects, customers)


def _decide(one: ShopTold, evidence: Evidence, contracts: Contracts, now: datetime) -> _Fresh | None:
    """What follows from an order that nothing else is known about; None where that is not simple. Pure, but for the new order's id."""
    told, order = one.told, one.told.order
    facts = OrderFacts(order, (), (), None)
    if rates_wanted(facts, evidence, may_come_back=False):
        return None
    reckoning = reckon(facts, evidence, {})
    neutral_text, neutral_sha256 = text_and_hash(order)
    facts_text = text_of_facts(facts, evidence, {}, contracts, neutral_text)
    trigger = about_order(told)
    row = LockedOrder(
        new_id(now), told.source.connection_id, told.source.channel, order.external_id, 1, order.number, order.occurred_at, order.currency,
        order.captured_minor, order.visitor_id, order.click_id, order.payment_reference, order.customer, reckoning.won_by is not None,
    )  # fmt: skip
    revised = Revised(
        row, facts, reckoning, facts_text, hashlib.sha256(facts_text.encode()).hexdigest(), trigger.cause, trigger.event_id
    )  # fmt: skip
    due = Due(row.order_id, 1, row.occurred_at, reckoning.targets, None, trigger.cause, revised.facts_sha256)
    unplaced = tuple(movements_of(one.tenant_id, due, contracts))
    if any(now >= part.period.end or settles_at_once(part.terms, part.period, now) for part in unplaced):
        return None
    return _Fresh(one, neutral_text, neutral_sha256, revised, unplaced)


def _write(session: Session, fresh: Sequence[_Fresh], now: datetime) -> None:
    """The rows that `record_facts` would have left, months locked before the book is written."""
    orders, snapshots, codes = [], [], []
    for new in fresh:
        tenant_id, row, order = new.one.tenant_id, new.revised.row, new.one.told.order
        orders.append((
            tenant_id, row.order_id, row.connection_id, row.channel, row.external_id, row.revision, row.number, row.occurred_at,
            row.currency, row.captured_minor, row.visitor_id, row.click_id, row.payment_reference, row.customer, row.is_own_win, now,
        ))  # fmt: skip
        snapshots.append((
            tenant_id, row.order_id, order.source_updated_at, new.neutral_sha256, new.neutral_text, new.revised.event_id, now
        ))  # fmt: skip
        codes += [(tenant_id, code, row.order_id) for code in codes_of(order)]
    insert_rows(session, ShopOrder, ORDER, orders)
    insert_rows(session, OrderSnapshot, SNAPSHOT, snapshots)
    insert_rows(session, OrderCode, _CODE, codes)
    write_revisions_across(session, [(new.one.tenant_id, new.revised) for new in fresh], now=now)
    months = {(new.one.tenant_id, part.movement.employee_id, part.period.start) for new in fresh for part in new.unplaced}
    share_periods_across(session, months)
    post_across(session, [(new.one.tenant_id, part.movement) for new in fresh for part in new.unplaced], now=now)
