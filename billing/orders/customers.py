"""Which order won a customer. A contract may pay for the orders the customer comes back with, so one order can change later ones."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.attribution.evidence import Touch, Won
from billing.attribution.gather import touches_by_id
from tenants.database import tenant_of

_LATER: Final = text(
    """SELECT o.order_id FROM unnest(CAST(:customers AS text[]), CAST(:since AS timestamptz[])) AS asked (customer, since)
    JOIN shop_order o ON o.tenant_id = :tenant_id AND o.customer = asked.customer AND o.occurred_at >= asked.since"""
)
_WON: Final = text(
    """SELECT DISTINCT ON (o.customer) o.customer, o.order_id, o.occurred_at, c.touch_id, c.contract_version_id
    FROM shop_order o JOIN attribution_credit c USING (tenant_id, order_id, revision) JOIN touch t USING (tenant_id, touch_id)
    WHERE o.tenant_id = :tenant_id AND o.customer = ANY(CAST(:customers AS text[])) AND o.is_own_win
        AND o.order_id <> ALL(CAST(:besides AS uuid[]))
    ORDER BY o.customer, o.occurred_at, o.channel, o.external_id, c.weight_ppm DESC, t.occurred_at, c.touch_id"""
)


def later_orders(session: Session, bought: Iterable[tuple[str | None, datetime]]) -> set[UUID]:
    """The orders of these customers at or after these moments: a change of one of them may change them all."""
    since: dict[str, datetime] = {}
    for customer, moment in bought:
        if customer is not None:
            since[customer] = min(moment, since.get(customer, moment))
    if not since:
        return set()
    parameters: dict[str, Any] = {"tenant_id": tenant_of(session), "customers": list(since), "since": list(since.values())}
    return set(session.scalars(_LATER, parameters))


@dataclass(slots=True)
class Winners:
    """The first order that won each customer. Orders are told in the sequence they were placed."""

    first: dict[str, Won]

    def before(self, customer: str | None, moment: datetime) -> Won | None:
        """The order that had won the customer before this moment."""
        won = self.first.get(customer) if customer is not None else None
        return won if won is not None and won.occurred_at < moment else None

    def note(self, customer: str | None, order_id: UUID, moment: datetime, won_by: tuple[Touch, UUID] | None) -> None:
        """Take notice of an order that a touch brought directly and that is worth something."""
        if customer is not None and won_by is not None and customer not in self.first:
            self.first[customer] = Won(order_id, moment, *won_by)


def winners_besides(session: Session, customers: Collection[str], besides: Collection[UUID]) -> Winners:
    """Who was won by an order that is not among those about to be reckoned; all of those lie later."""
    parameters: dict[str, Any] = {"tenant_id": tenant_of(session), "customers": list(customers), "besides": list(besides)}
    rows = session.execute(_WON, parameters).all()
    touches = touches_by_id(session, {row.touch_id for row in rows})
    return Winners({row.customer: Won(row.order_id, row.occurred_at, touches[row.touch_id], row.contract_version_id) for row in rows})
