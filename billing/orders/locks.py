"""Locks that two facts about the same thing must both hold, so that neither misses the other.

A refund and its order, or a touch and the order it brought, may arrive in the same instant in two transactions; each looks for the
other, and without a common lock both would look too early. Keys are taken in one sorted call, so two transactions cannot deadlock.
"""

import hashlib
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.errors import OrderUnknown
from billing.orders.tables import ShopOrder
from tenants.database import tenant_of


def hold(session: Session, *subjects: tuple[str, object]) -> None:
    """Hold each subject, such as ("visitor", id), until the transaction ends. Subjects without a value are skipped."""
    tenant_id = tenant_of(session)
    keys = {_key(tenant_id, kind, value) for kind, value in subjects if value is not None}
    if keys:
        session.execute(select(*(func.pg_advisory_xact_lock(key) for key in sorted(keys))))  # taken from left to right


def lock_order(session: Session, order_id: UUID) -> ShopOrder:
    """Take the row lock under which everything about an order changes, and read it afresh; raises OrderUnknown."""
    order = session.get(ShopOrder, (tenant_of(session), order_id), with_for_update=True, populate_existing=True)
    if order is None:
        raise OrderUnknown("There is no such order.")
    return order


def _key(tenant_id: UUID, kind: str, value: object) -> int:
    digest = hashlib.sha256(f"{tenant_id}/{kind}/{value}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
