"""Keeps tellings for ever, each once, and says which orders must be reckoned for them and why."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from billing.coupons.codes import normal_code
from billing.ledger.writer import Cause
from billing.money import format_amount
from billing.neutral_order import NeutralOrder, NeutralRefund
from billing.orders.reckon import Trigger
from billing.orders.tables import OrderCode, OrderReport, OrderSnapshot, RefundFact
from billing.orders.tellings import OrderIndex, Told, ToldOrder, ToldRefund
from billing.rows import insert_new, insert_rows, json_text
from tenants.database import tenant_of
from tenants.identifiers import new_id

SENTENCES_MAX: Final = 3
"""Facts about one order that arrive together make one revision; this many of them are named in its sentence."""

SNAPSHOT: Final = ("tenant_id", "order_id", "source_updated_at", "neutral_sha256", "neutral", "event_id", "recorded_at")
_REFUND: Final = (
    "tenant_id", "refund_id", "connection_id", "channel", "kind", "external_refund_id", "external_order_id", "payment_reference",
    "occurred_at", "source_updated_at", "currency", "amount_minor", "neutral", "neutral_sha256", "event_id", "recorded_at",
)  # fmt: skip
_REPORT: Final = (
    "tenant_id", "connection_id", "external_id", "neutral_sha256", "channel", "payment_reference", "neutral", "event_id", "recorded_at",
)  # fmt: skip


def keep_tellings(session: Session, told: Sequence[Told], index: OrderIndex, *, now: datetime) -> dict[UUID, Trigger]:
    """Write what is new; return the orders to reckon, each with why. What was known before asks for nothing.

    The caller holds the subjects of every telling and the rows of the orders concerned.
    """
    refunds = [one for one in told if isinstance(one, ToldRefund)]
    orders = [one for one in told if isinstance(one, ToldOrder)]
    news: list[tuple[Told, Trigger]] = []
    news += _keep_snapshots(session, [one for one in orders if one.source.is_order_book], index, now)
    news += _keep_refunds(session, refunds, now)
    _keep_reports(session, [one for one in orders if not one.source.is_order_book], now)
    reasons: dict[UUID, list[Trigger]] = {}
    for one, trigger in news:
        for row in index.of(one):
            why = _moved_away(one, trigger) if isinstance(one, ToldRefund) and index.came_from(one, row) else trigger
            reasons.setdefault(row.order_id, []).append(why)
    return {order_id: _joined(triggers) for order_id, triggers in reasons.items()}


def _keep_snapshots(session: Session, told: Sequence[ToldOrder], index: OrderIndex, now: datetime) -> list[tuple[ToldOrder, Trigger]]:
    tenant_id, rows = tenant_of(session), []
    by_key: dict[tuple[Any, ...], ToldOrder] = {}
    for one in told:
        order = one.order
        neutral, sha256 = text_and_hash(order)
        key = index.by_key[one.order_key].order_id, order.source_updated_at, sha256
        by_key.setdefault(key, one)
        rows.append((tenant_id, *key, neutral, one.source.event_id, now))
    new = insert_new(session, OrderSnapshot, SNAPSHOT, rows, returning=SNAPSHOT[1:4])
    codes = {(tenant_id, normal_code(code), key[0]) for key in new for code in by_key[key].order.codes}
    insert_rows(session, OrderCode, ("tenant_id", "code", "order_id"), sorted(codes), or_skip=True)
    return [(by_key[key], about_order(by_key[key])) for key in new]


def _keep_refunds(session: Session, told: Sequence[ToldRefund], now: datetime) -> list[tuple[ToldRefund, Trigger]]:
    tenant_id, rows = tenant_of(session), []
    by_id: dict[UUID, ToldRefund] = {}
    for one in told:
        refund, source, refund_id = one.refund, one.source, new_id(now)
        neutral, sha256 = text_and_hash(refund)
        by_id[refund_id] = one
        rows.append((
            tenant_id, refund_id, source.connection_id, source.channel, refund.kind, refund.external_id, refund.external_order_id,
            refund.payment_reference, refund.occurred_at, refund.source_updated_at, refund.currency, refund.amount_minor, neutral, sha256,
            source.event_id, now,
        ))  # fmt: skip
    new = insert_new(session, RefundFact, _REFUND, rows, returning=("refund_id",))
    return [(by_id[key], _about_refund(by_id[key], key)) for (key,) in new]


def _keep_reports(session: Session, told: Sequence[ToldOrder], now: datetime) -> None:
    tenant_id, rows = tenant_of(session), []
    for one in told:
        neutral, sha256 = text_and_hash(one.order)
        source = one.source
        rows.append((
            tenant_id, source.connection_id, one.order.external_id, sha256, source.channel, one.order.payment_reference, neutral,
            source.event_id, now,
        ))  # fmt: skip
    insert_new(session, OrderReport, _REPORT, rows, returning=("external_id",))


def text_and_hash(told: NeutralOrder | NeutralRefund) -> tuple[str, str]:
    """A neutral form as canonical JSON, and its name."""
    neutral = json_text(told)
    return neutral, hashlib.sha256(neutral.encode()).hexdigest()


def about_order(told: ToldOrder) -> Trigger:
    """Why an order is reckoned that a shop has told."""
    order = told.order
    why = f"The shop reported the order {order.number or order.external_id} as {order.status}."
    return Trigger(Cause("order", told.source.event_id, why), told.source.event_id)


def _about_refund(told: ToldRefund, refund_id: UUID) -> Trigger:
    refund = told.refund
    why = f"A {refund.kind} of {format_amount(refund.amount_minor, refund.currency)} {refund.currency} was reported."
    return Trigger(Cause(refund.kind, refund_id, why), told.source.event_id)


def _moved_away(told: ToldRefund, trigger: Trigger) -> Trigger:
    """Why an order is reckoned that an earlier telling of the refund named. True in whatever sequence the two arrive."""
    why = (
        f"The {told.refund.kind} {told.refund.external_id} was reported for another order too; it counts where the latest report places it."
    )
    return Trigger(Cause(trigger.cause.kind, trigger.cause.cause_id, why), trigger.event_id)


def _joined(triggers: Sequence[Trigger]) -> Trigger:
    """Several facts at once: the first names the cause, and the sentence names them all up to SENTENCES_MAX."""
    first, more = triggers[0], len(triggers) - SENTENCES_MAX
    if len(triggers) == 1:
        return first
    sentences = [one.cause.why for one in triggers[:SENTENCES_MAX]] + ([f"{more} more facts came with them."] if more > 0 else [])
    return Trigger(Cause(first.cause.kind, first.cause.cause_id, " ".join(sentences)), first.event_id)
