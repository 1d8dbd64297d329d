"""Marks a buyer as one of the house: staff, or someone paid under a contract here. Such orders earn nothing unless the contract says so."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from billing.attribution.tables import InsiderRow
from billing.errors import InsiderMarkRefused
from billing.ledger.writer import Cause
from billing.orders.locks import hold, hold_contracts
from billing.orders.reckon import Trigger, lock_and_reckon
from billing.orders.tables import ShopOrder
from tenants.database import tenant_of
from tenants.identifiers import new_id

WHY_LENGTH_MAX: Final = 300
_SAID: Final = {"staff": "works for the shop", "payee": "is paid under a contract", "nobody": "is a buyer like any other after all"}


def mark_insider(
    session: Session, *, who: str, visitor_id: UUID | None = None, customer: str | None = None, now: datetime, why: str = "",
    said_by: str | None = None,
) -> UUID:  # fmt: skip
    """Say who a buyer is, from now on and for every order of theirs known by now; return the mark's id.

    `who` is "staff", "payee", or "nobody" to take an earlier mark back. The buyer is a visitor, or a customer by the hash that stands
    on the neutral order; exactly one of the two, else InsiderMarkRefused. The latest mark stands; earlier ones are kept. `why` is a
    sentence of at most WHY_LENGTH_MAX letters, `said_by` the actor as the audit log names it.
    """
    if who not in _SAID:
        raise InsiderMarkRefused(f"{who[:40]!r} is not a kind of insider; choose {', '.join(_SAID)}.")
    if (visitor_id is None) is (customer is None):
        raise InsiderMarkRefused("Name the buyer as a visitor or as a customer, one of the two.")
    if len(why.strip()) > WHY_LENGTH_MAX:
        raise InsiderMarkRefused(f"The reason has at most {WHY_LENGTH_MAX} letters.")
    hold_contracts(session)
    hold(session, ("visitor", visitor_id), ("customer", customer))
    mark = InsiderRow(
        tenant_id=tenant_of(session), mark_id=new_id(now), visitor_id=visitor_id, customer=customer, who=who, marked_at=now,
        why=why.strip() or None, said_by=said_by,
    )  # fmt: skip
    session.add(mark)
    session.flush()  # the reckoning reads it back
    theirs = ShopOrder.visitor_id == visitor_id if visitor_id is not None else ShopOrder.customer == customer
    trigger = Trigger(Cause("insider", mark.mark_id, f"It became known that the buyer {_SAID[who]}."), None)
    lock_and_reckon(session, list(_orders(session, theirs)), trigger, now=now)
    return mark.mark_id


def _orders(session: Session, theirs: ColumnElement[bool]) -> Sequence[UUID]:
    return session.scalars(select(ShopOrder.order_id).where(ShopOrder.tenant_id == tenant_of(session), theirs)).all()
