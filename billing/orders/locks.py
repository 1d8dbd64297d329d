"""Locks that two facts about the same thing must both hold, so that neither misses the other.

A refund and its order, or a touch and the order it brought, may arrive in the same instant in two transactions; each looks for the
other, and without a common lock both would look too early. Every transaction takes its locks in one sequence, each kind sorted and in
one statement, so no two can wait for each other: the shop's contracts; refunds; order references; payments, visitors, clicks and codes;
customers; earning events; order rows; months. Whoever signs or ends a contract holds the contracts alone, and everyone who takes any
of the others shares them first: so nobody writes money under contracts that are just changing, and whoever changes them has all the
rest to himself.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from billing.orders.tables import ShopOrder
from billing.rows import rows_for
from tenants.database import tenant_of

_HOLD: Final = text("SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) AS key")
_HOLD_CONTRACTS: Final = text(
    "SELECT CASE WHEN :alone THEN pg_advisory_xact_lock(:key)::text ELSE pg_advisory_xact_lock_shared(:key)::text END"
)
_HOLD_MONTHS: Final = text(
    """SELECT CASE WHEN alone THEN pg_advisory_xact_lock(key)::text ELSE pg_advisory_xact_lock_shared(key)::text END
    FROM unnest(CAST(:keys AS bigint[]), CAST(:alone AS boolean[])) AS month (key, alone)"""
)
_HOLD_ACROSS: Final = """SELECT count(
    CASE WHEN alone THEN pg_advisory_xact_lock(key)::text ELSE pg_advisory_xact_lock_shared(key)::text END
) FROM unnest(%s::bigint[], %s::boolean[]) AS subject (key, alone)"""
"""Counted, so that thousands of locks are not thousands of rows to read."""
_ROW: Final = (
    ShopOrder.order_id, ShopOrder.connection_id, ShopOrder.channel, ShopOrder.external_id, ShopOrder.revision, ShopOrder.number,
    ShopOrder.occurred_at, ShopOrder.currency, ShopOrder.captured_minor, ShopOrder.visitor_id, ShopOrder.click_id,
    ShopOrder.payment_reference, ShopOrder.customer, ShopOrder.is_own_win,
)  # fmt: skip


Subject = tuple[UUID, str, object]
"""(shop, kind, value); without a value it is no subject."""


@dataclass(slots=True)
class LockedOrder:
    """An order's row as it stands under its lock."""

    order_id: UUID
    connection_id: UUID
    channel: str
    external_id: str
    revision: int
    number: str | None
    occurred_at: datetime
    currency: str
    captured_minor: int
    visitor_id: UUID | None
    click_id: UUID | None
    payment_reference: str | None
    customer: str | None
    is_own_win: bool


def hold_contracts(session: Session, *, alone: bool = False) -> None:
    """Hold the shop's contracts as they stand until the transaction ends, together with others, or alone in order to change them.

    Taken before any other lock of this file, and before the contracts are read; taking it again costs a statement and changes nothing.
    """
    session.execute(_HOLD_CONTRACTS, {"key": _key(tenant_of(session), "contracts", "all"), "alone": alone})


def hold(session: Session, *subjects: tuple[str, object]) -> None:
    """Hold each subject, such as ("visitor", id), until the transaction ends. Subjects without a value are skipped."""
    hold_all(session, subjects)


def hold_all(session: Session, subjects: Iterable[tuple[str, object]]) -> None:
    """Hold any number of subjects in one statement, in the sequence of their keys."""
    tenant_id = tenant_of(session)
    keys = sorted({_key(tenant_id, kind, value) for kind, value in subjects if value is not None})
    if keys:
        session.execute(_HOLD, {"keys": keys})  # taken from first to last


def hold_across(session: Session, tenants: Collection[UUID], *kinds: Iterable[Subject]) -> None:
    """Share many shops' contracts and hold subjects of theirs in one statement: kind after kind, each sorted, as one shop would."""
    keys = sorted(_key(tenant_id, "contracts", "all") for tenant_id in tenants)
    alone = [False] * len(keys)
    for subjects in kinds:
        own = sorted({_key(*subject) for subject in subjects if subject[2] is not None})
        keys += own
        alone += [True] * len(own)
    rows_for(session, _HOLD_ACROSS, keys, alone)


def share_periods_across(session: Session, wanted: Collection[tuple[UUID, UUID, datetime]]) -> None:
    """Share months (shop, employee, period start) of many shops with other orders' transactions."""
    keys = [_key(tenant_id, "period", f"{employee}/{start.isoformat()}") for tenant_id, employee, start in sorted(wanted)]
    if keys:
        rows_for(session, _HOLD_ACROSS, keys, [False] * len(keys))


def hold_periods(session: Session, wanted: Mapping[tuple[UUID, datetime], bool]) -> None:
    """Hold months of employees, keyed (employee, period start): alone where True, else together with other orders' transactions.

    Whoever closes a month, or posts a line that depends on its total, holds it alone.
    """
    tenant_id = tenant_of(session)
    ordered = sorted(wanted)  # by employee, then by month
    keys = [_key(tenant_id, "period", f"{employee}/{start.isoformat()}") for employee, start in ordered]
    session.execute(_HOLD_MONTHS, {"keys": keys, "alone": [wanted[one] for one in ordered]})


def lock_orders(session: Session, order_ids: Collection[UUID]) -> dict[UUID, LockedOrder]:
    """Take the row locks under which everything about these orders changes, and read the rows afresh; unknown ids are left out."""
    query = select(*_ROW).where(ShopOrder.tenant_id == tenant_of(session), ShopOrder.order_id == func.any(list(order_ids)))
    rows = session.execute(query.order_by(ShopOrder.order_id).with_for_update())
    return {row[0]: LockedOrder(*tuple(row)) for row in rows}


def _key(tenant_id: UUID, kind: str, value: object) -> int:
    digest = hashlib.sha256(f"{tenant_id}/{kind}/{value}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
