"""Re-reads everything known about orders and brings the book to where it should stand. The one path for one order or a thousand.

The facts of an order are a set; its target is a pure function of that set; the book receives target minus what it already holds.
So any sequence of arrival, and any repetition, ends with the same totals. A batch reads and writes each table once.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from billing.attribution.evidence import Evidence, Won
from billing.attribution.gather import gather_evidence
from billing.disputes.follow import follow_orders
from billing.exchange.rates import Rate, RateWanted, rates_for
from billing.exchange.waiting import note_waiting
from billing.ledger.posted import PostedOrder, posted_orders
from billing.ledger.writer import Cause
from billing.orders.customers import Winners, later_orders, winners_besides
from billing.orders.documents import text_of_facts
from billing.orders.facts import OrderFacts, load_facts
from billing.orders.locks import LockedOrder, hold_all, hold_contracts, lock_orders
from billing.orders.movements import Due, post_due
from billing.orders.reckoning import rates_wanted, reckon
from billing.orders.tables import OrderRevision, ShopOrder
from billing.orders.writing import Revised, write_revisions
from billing.revenue_share.settle import settle_orders
from billing.revenue_share.versions import Contracts, load_contracts
from tenants.database import tenant_of


@dataclass(frozen=True, slots=True)
class Trigger:
    """The fact that asked for a reckoning: its kind, id, sentence, and the delivery it came with."""

    cause: Cause
    event_id: UUID | None


@dataclass(frozen=True, slots=True)
class LockedBatch:
    """Orders under their locks, with everyone whose reckoning they may change, and the contracts they are reckoned under."""

    rows: dict[UUID, LockedOrder]
    contracts: Contracts


@dataclass(frozen=True, slots=True)
class _Known:
    """Everything loaded for a batch."""

    facts: Mapping[UUID, OrderFacts]
    evidence: Mapping[UUID, Evidence]
    rates: Mapping[RateWanted, Rate]
    hashes: Mapping[UUID, str]
    posted: Mapping[UUID, PostedOrder]


def lock_and_reckon(session: Session, order_ids: Collection[UUID], trigger: Trigger, *, now: datetime) -> int:
    """Reckon orders afresh for one common reason; return how many changed."""
    return len(reckon_orders(session, dict.fromkeys(order_ids, trigger), now=now))


def reckon_orders(session: Session, triggers: Mapping[UUID, Trigger], *, now: datetime) -> set[UUID]:
    """Lock these orders, read them afresh and bring the book up to date; return those that changed. Unknown ids are left out."""
    if not triggers:
        return set()
    return reckon_locked(session, lock_batch(session, triggers), triggers, now=now)


def reckon_alone(session: Session, triggers: Mapping[UUID, Trigger], *, now: datetime) -> set[UUID]:
    """As `reckon_orders`, for whoever holds the contracts alone: nobody else reckons meanwhile, so no customer needs a lock of its own."""
    contracts, wanted = load_contracts(session), set(triggers)
    if contracts.has_repeat:
        wanted |= later_orders(session, session.execute(_bought(session, wanted)))
    return reckon_locked(session, LockedBatch(lock_orders(session, wanted), contracts), triggers, now=now)


def lock_batch(session: Session, order_ids: Collection[UUID], told: Iterable[tuple[str | None, datetime]] = ()) -> LockedBatch:
    """Lock orders, and where a contract pays for repeat purchases also the later orders of their customers.

    `told` are customers and moments about to be recorded for them. Call it once in a transaction, after every subject is held; who holds
    any has shared the contracts before (`hold_contracts`).
    """
    hold_contracts(session)
    contracts = load_contracts(session)
    wanted = set(order_ids)
    if not contracts.has_repeat:
        hold_all(session, (("customer", customer) for customer, _ in told))  # as mark_insider does, so that neither misses the other
    else:
        query = _bought(session, wanted)
        hold_all(session, (("customer", customer) for customer, _ in (*session.execute(query), *told)))
        wanted |= later_orders(session, (*session.execute(query), *told))
    return LockedBatch(lock_orders(session, wanted), contracts)


def _bought(session: Session, order_ids: Collection[UUID]) -> Select[str | None, datetime]:
    """Whose these orders are, and when they were placed."""
    return select(ShopOrder.customer, ShopOrder.occurred_at).where(
        ShopOrder.tenant_id == tenant_of(session), ShopOrder.order_id == func.any(list(order_ids))
    )


def reckon_locked(session: Session, batch: LockedBatch, triggers: Mapping[UUID, Trigger], *, now: datetime) -> set[UUID]:
    """Reckon a locked batch; write a revision and its movements for every order whose facts changed. Return those orders."""
    if not batch.rows:
        return set()
    known = _load(session, batch)
    revised = _reckon_all(session, batch, known, triggers)
    if not revised:
        return set()
    write_revisions(session, revised, now=now)
    changes = post_due(session, (_due(one, known) for one in revised), batch.contracts, now=now)
    _note_missing_rates(session, revised, now)
    changed = {one.row.order_id for one in revised}
    disputed = follow_orders(session, changed, now=now, contracts=batch.contracts)
    settle_orders(session, [*changes, *disputed], now=now, contracts=batch.contracts)
    return changed


def _load(session: Session, batch: LockedBatch) -> _Known:
    facts = load_facts(session, batch.rows)
    evidence = gather_evidence(session, {order_id: one.order for order_id, one in facts.items()}, batch.contracts)
    repeat = batch.contracts.has_repeat
    wanted = {rate for order_id, one in facts.items() for rate in rates_wanted(one, evidence[order_id], may_come_back=repeat)}
    rates = rates_for(session, wanted) if wanted else {}
    known_before = [order_id for order_id, row in batch.rows.items() if row.revision]
    return _Known(facts, evidence, rates, _hashes(session, known_before), posted_orders(session, known_before) if known_before else {})


def _hashes(session: Session, order_ids: Collection[UUID]) -> dict[UUID, str]:
    """The hash of each order's current facts."""
    if not order_ids:
        return {}
    query = (
        select(OrderRevision.order_id, OrderRevision.facts_sha256)
        .where(OrderRevision.tenant_id == tenant_of(session), OrderRevision.order_id == func.any(list(order_ids)))
        .ext(distinct_on(OrderRevision.order_id))
        .order_by(OrderRevision.order_id, OrderRevision.revision.desc())
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _reckon_all(session: Session, batch: LockedBatch, known: _Known, triggers: Mapping[UUID, Trigger]) -> list[Revised]:
    """Reckon the orders in the sequence they were placed, so that each knows whether its customer had been won before."""
    sequence = sorted(batch.rows.values(), key=lambda row: (row.occurred_at, row.channel, row.external_id))
    winners = _winners(session, batch, known)
    usual = next(iter(triggers.values()))
    found: list[Revised] = []
    for row in sequence:
        facts, evidence = known.facts[row.order_id], known.evidence[row.order_id]
        if winners is not None:
            evidence = replace(evidence, won=_won(winners, facts, evidence))
        reckoning = reckon(facts, evidence, known.rates)
        if winners is not None:
            winners.note(facts.order.customer, row.order_id, row.occurred_at, reckoning.won_by)
        facts_text = text_of_facts(facts, evidence, reckoning.used_rates, batch.contracts)
        facts_sha256 = hashlib.sha256(facts_text.encode()).hexdigest()
        if facts_sha256 != known.hashes.get(row.order_id):
            row.revision, row.is_own_win = row.revision + 1, reckoning.won_by is not None
            trigger = triggers.get(row.order_id, usual)  # an order that another one changed names the fact that changed that one
            found.append(Revised(row, facts, reckoning, facts_text, facts_sha256, trigger.cause, trigger.event_id))
    return found


def _winners(session: Session, batch: LockedBatch, known: _Known) -> Winners | None:
    """Who had won these orders' customers; None where no contract asks."""
    if not batch.contracts.has_repeat:
        return None
    customers = {one.order.customer for one in known.facts.values() if one.order.customer is not None}
    return winners_besides(session, customers, batch.rows) if customers else Winners({})


def _won(winners: Winners, facts: OrderFacts, evidence: Evidence) -> Won | None:
    if all(one.terms.repeat is None for one in evidence.contracts):
        return None
    return winners.before(facts.order.customer, facts.order.occurred_at)


def _due(one: Revised, known: _Known) -> Due:
    posted = known.posted.get(one.row.order_id)
    return Due(one.row.order_id, one.row.revision, one.row.occurred_at, one.reckoning.targets, posted, one.cause, one.facts_sha256)


def _note_missing_rates(session: Session, revised: Collection[Revised], now: datetime) -> None:
    """An order that lacks a rate is noted; one that had been reckoned before may have been noted, and is no more."""
    missing = {one.row.order_id: one.reckoning.missing_rates for one in revised if one.reckoning.missing_rates or one.row.revision > 1}
    if missing:
        note_waiting(session, missing, now=now)
