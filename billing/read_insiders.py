"""Reads which buyers are of the house: whose orders earn nothing where a contract leaves the house's own people out."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from billing.attribution.tables import InsiderRow
from billing.errors import InsiderMarkRefused
from billing.orders.tables import ShopOrder
from tenants.database import tenant_of


@dataclass(frozen=True)
class InsiderView:
    """A buyer of the house: `who` is "staff" or "payee"; the buyer is a visitor, or a customer by the hash that stands on orders.

    `order_count` is how many of the shop's orders are theirs; `said_by` is the actor as the audit log names it.
    """

    mark_id: UUID
    visitor_id: UUID | None
    customer: str | None
    who: str
    why: str | None
    said_by: str | None
    marked_at: datetime
    order_count: int


def insiders_of_house(session: Session) -> list[InsiderView]:
    """Everyone whose latest mark says so, the newest first."""
    latest = (
        select(InsiderRow)
        .ext(distinct_on(InsiderRow.visitor_id, InsiderRow.customer))
        .where(InsiderRow.tenant_id == tenant_of(session))
        .order_by(InsiderRow.visitor_id, InsiderRow.customer, InsiderRow.marked_at.desc(), InsiderRow.mark_id.desc())
    )
    marks = [row for row in session.scalars(latest) if row.who != "nobody"]
    counts = _order_counts(session, marks)
    return [_view(row, counts.get(row.mark_id, 0)) for row in sorted(marks, key=lambda row: (row.marked_at, row.mark_id), reverse=True)]


def buyer_of_order(session: Session, *, reference: str) -> tuple[UUID | None, str | None]:
    """(visitor, customer hash) of the shop's newest order under this number or id: a customer where the order names one, else a visitor.

    Raises InsiderMarkRefused where there is no such order, or the order does not say whose it is.
    """
    wanted = or_(ShopOrder.number == reference, ShopOrder.external_id == reference)
    query = select(ShopOrder.visitor_id, ShopOrder.customer).where(ShopOrder.tenant_id == tenant_of(session), wanted)
    found = session.execute(query.order_by(ShopOrder.occurred_at.desc(), ShopOrder.order_id).limit(1)).first()
    if found is None:
        raise InsiderMarkRefused(f"There is no order {reference[:40]!r}.")
    if found.visitor_id is None and found.customer is None:
        raise InsiderMarkRefused(f"The order {reference[:40]!r} does not say whose it is; use the customer's number instead.")
    return (None, found.customer) if found.customer is not None else (found.visitor_id, None)


def _order_counts(session: Session, marks: list[InsiderRow]) -> dict[UUID, int]:
    theirs = or_(InsiderRow.visitor_id == ShopOrder.visitor_id, InsiderRow.customer == ShopOrder.customer)
    query = (
        select(InsiderRow.mark_id, func.count())
        .join(ShopOrder, and_(ShopOrder.tenant_id == InsiderRow.tenant_id, theirs))
        .where(InsiderRow.tenant_id == tenant_of(session), InsiderRow.mark_id.in_([row.mark_id for row in marks]))
        .group_by(InsiderRow.mark_id)
    )
    return {row.mark_id: row[1] for row in session.execute(query)}


def _view(row: InsiderRow, order_count: int) -> InsiderView:
    return InsiderView(row.mark_id, row.visitor_id, row.customer, row.who, row.why, row.said_by, row.marked_at, order_count)
