"""Keeps what merchants' systems tell about orders and refunds, any number of tellings at once, and lets the book follow.

A snapshot never overwrites another: all are kept, and the latest by the shop's own clock counts, however late it arrives. A refund may
stand here before its order does; then it waits, visible, and joins later.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.coupons.codes import normal_code
from billing.orders.keeping import keep_tellings
from billing.orders.locks import LockedOrder, hold_all, hold_contracts
from billing.orders.reckon import lock_batch, reckon_locked
from billing.orders.refund_links import LeadsBy, leads_of_orders, leads_of_refunds
from billing.orders.tables import ShopOrder
from billing.orders.tellings import FoundOrder, OrderIndex, OrderKey, OrderRecorded, Told, ToldOrder, ToldRefund
from billing.rows import insert_rows
from tenants.database import tenant_of
from tenants.identifiers import new_id

ORDER: Final = (
    "tenant_id", "order_id", "connection_id", "channel", "external_id", "revision", "number", "occurred_at", "currency", "captured_minor",
    "visitor_id", "click_id", "payment_reference", "customer", "is_own_win", "recorded_at",
)  # fmt: skip
_CONCERNED: Final = text(
    """SELECT order_id, channel, external_id, payment_reference, connection_id, revision FROM shop_order
    WHERE tenant_id = :tenant_id AND (
        payment_reference = ANY(CAST(:payments AS text[])) OR
        (channel, external_id) IN (SELECT * FROM unnest(CAST(:channels AS text[]), CAST(:ids AS text[])))
    ) ORDER BY connection_id, external_id"""
)


def record_facts(session: Session, told: Sequence[Told], *, now: datetime) -> list[OrderRecorded]:
    """Keep every telling and reckon the orders concerned afresh, once each; answer in the sequence of the tellings. Safe to repeat.

    From a connection that is not its channel's order book an order only joins one with the same payment reference; it never makes
    one. A refund told twice with other figures counts as the later telling says, by the shop's own clock.
    """
    hold_contracts(session)
    refunds = {one.refund_key for one in told if isinstance(one, ToldRefund)}
    hold_all(session, (("refund", "/".join(map(str, key))) for key in refunds))
    leads = leads_of_refunds(session, refunds)
    names = {one.order_key for one in told}
    held = names.union(*(one.orders for one in leads.values()))
    hold_all(session, (("order", f"{channel}/{name}") for channel, name in held if name is not None))
    index = _hold_what_leads_to_orders(session, told, leads | leads_of_orders(session, names), now)
    concerned = {row.order_id for one in told for row in index.of(one)}
    bought = [(one.order.customer, one.order.occurred_at) for one in told if isinstance(one, ToldOrder)]
    batch = lock_batch(session, concerned, bought) if concerned else None
    triggers = keep_tellings(session, told, index, now=now)
    changed = reckon_locked(session, batch, triggers, now=now) if batch and triggers else set()
    return [_answer(one, index, batch.rows if batch else {}, changed) for one in told]


def _hold_what_leads_to_orders(session: Session, told: Sequence[Told], leads: LeadsBy, now: datetime) -> OrderIndex:
    """Hold payments, visitors and clicks; make the orders that are new; return all orders concerned as they stand under those locks."""
    names = {one.order_key for one in told}.union(*(one.orders for one in leads.values()))
    payments: set[str | None] = {one.payment_reference for one in told}.union(*(one.payments for one in leads.values()))
    earlier = _find(session, names, payments)
    payments |= {row.payment_reference for row in earlier}
    subjects: list[tuple[str, object]] = [("payment", payment) for payment in payments]
    for one in told:
        if isinstance(one, ToldOrder):
            subjects += (("visitor", one.order.visitor_id), ("click", one.order.click_id))
            subjects += (("code", normal_code(code)) for code in one.order.codes)  # flag_conversation holds its coupons' codes too
    hold_all(session, subjects)
    known = {(row.channel, row.external_id) for row in earlier}
    made = _make(session, [one for one in told if one.order_key not in known], now)
    if payments == {None}:
        return OrderIndex((*earlier, *made), leads)
    return OrderIndex(_find(session, names, payments), leads)


def _find(session: Session, names: Collection[OrderKey], payments: Collection[str | None]) -> list[FoundOrder]:
    """Orders by reference or by payment, the older connection first."""
    named = [one for one in names if one[1] is not None]
    parameters: dict[str, Any] = {
        "tenant_id": tenant_of(session), "payments": [one for one in payments if one is not None],
        "channels": [channel for channel, _ in named], "ids": [name for _, name in named],
    }  # fmt: skip
    return [FoundOrder(*row) for row in session.execute(_CONCERNED, parameters)]


def _make(session: Session, told: Sequence[Told], now: datetime) -> list[FoundOrder]:
    """Rows for orders told for the first time by their channel's order book; the columns follow the winning snapshot later."""
    first = {one.order_key: one for one in told if isinstance(one, ToldOrder) and one.source.is_order_book}
    tenant_id, made, rows = tenant_of(session), [], []
    for one in first.values():
        order, source = one.order, one.source
        row = FoundOrder(new_id(now), source.channel, order.external_id, order.payment_reference, source.connection_id, 0)
        made.append(row)
        rows.append((
            tenant_id, row.order_id, source.connection_id, source.channel, order.external_id, 0, order.number, order.occurred_at,
            order.currency, order.captured_minor, order.visitor_id, order.click_id, order.payment_reference, order.customer, False, now,
        ))  # fmt: skip
    insert_rows(session, ShopOrder, ORDER, rows)
    return made


def _answer(told: Told, index: OrderIndex, rows: dict[UUID, LockedOrder], changed: Collection[UUID]) -> OrderRecorded:
    """What became of one telling; its order's revision is the one after this batch."""
    concerned = index.of(told)
    if not concerned:
        return OrderRecorded(None, 0, False)
    first = concerned[0].order_id
    is_report = isinstance(told, ToldOrder) and not told.source.is_order_book
    return OrderRecorded(first, rows[first].revision, not is_report and any(row.order_id in changed for row in concerned))
