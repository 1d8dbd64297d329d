"""Enters the codes of orders told before codes were indexed, so that a code used at the till long ago is found on its order.

Every telling since enters its own codes; this goes once over what older installations hold, and finds nothing to do afterwards.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from billing.coupons.codes import normal_code
from billing.orders.tables import OrderCode
from billing.rows import insert_rows
from tenants.database import tenant_of

ORDERS_AT_ONCE: Final = 1_000

_NAMED: Final = text(
    """SELECT order_id, array_agg(DISTINCT code) FROM order_snapshot
    CROSS JOIN LATERAL jsonb_array_elements_text(neutral -> 'codes') AS code
    WHERE tenant_id = :tenant_id AND order_id > :after GROUP BY order_id ORDER BY order_id LIMIT :limit"""
)
_FIRST: Final = UUID(int=0)


def index_codes(session: Session) -> int:
    """Enter every code that any telling of an order named and that is not entered yet; return how many were entered."""
    entered, after = 0, _FIRST
    while orders := _named(session, after):
        after = orders[-1][0]
        entered += _enter(session, {(normal_code(code), order_id) for order_id, codes in orders for code in codes})
    return entered


def _named(session: Session, after: UUID) -> Sequence[tuple[UUID, list[str]]]:
    rows = session.execute(_NAMED, {"tenant_id": tenant_of(session), "after": after, "limit": ORDERS_AT_ONCE})
    return [(row[0], row[1]) for row in rows]


def _enter(session: Session, wanted: set[tuple[str, UUID]]) -> int:
    tenant_id = tenant_of(session)
    known = select(OrderCode.code, OrderCode.order_id).where(
        OrderCode.tenant_id == tenant_id, OrderCode.order_id.in_({order_id for _, order_id in wanted})
    )
    new = sorted(wanted - {(code, order_id) for code, order_id in session.execute(known)})
    insert_rows(session, OrderCode, ("tenant_id", "code", "order_id"), [(tenant_id, *one) for one in new], or_skip=True)
    return len(new)
