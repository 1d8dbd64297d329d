"""Streams what decisions about past orders were made from, as it was recorded with each order's latest revision.

PostgreSQL pushes the documents ahead (COPY) while they are read and decided here, so the two work at the same time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from billing.attribution.evidence import CouponSeen, OrderMarks, Touch
from billing.attribution.gather import gather_evidence
from billing.neutral_order import NeutralOrder, NeutralRefund
from billing.revenue_share.versions import Contracts
from tenants.database import tenant_of

BATCH_ORDERS: Final = 2_000


@dataclass(frozen=True, slots=True)
class PastEvidence:
    """The evidence of a decision, without the contracts: those are what is being changed."""

    marks: OrderMarks
    touches: tuple[Touch, ...]
    coupons: tuple[CouponSeen, ...]
    bot_conversations: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class PastFacts:
    """An order as it stands today: after every edit and refund that is known."""

    order: NeutralOrder
    refunds: tuple[NeutralRefund, ...] = ()
    ignored_refunds: tuple[tuple[str, str], ...] = ()
    counted_elsewhere: UUID | None = None


@dataclass(frozen=True, slots=True)
class PastDocument:
    """Facts and evidence of one decision."""

    facts: PastFacts
    evidence: PastEvidence


@dataclass(frozen=True, slots=True)
class PastOrder:
    """One order, what the employee's contract really owed for it, and everything the decision was made from."""

    order_id: UUID
    actual_minor: int
    document: PastDocument = field(repr=False)


_DOCUMENT: Final = msgspec.json.Decoder(PastDocument)
_PAST: Final = """
SELECT o.order_id::text, coalesce(c.actual_minor, 0)::text, r.facts
FROM shop_order o
JOIN order_revision r ON r.tenant_id = o.tenant_id AND r.order_id = o.order_id AND r.revision = o.revision
LEFT JOIN LATERAL (
    SELECT sum(target_minor) AS actual_minor FROM attribution_credit
    WHERE tenant_id = o.tenant_id AND order_id = o.order_id AND revision = o.revision AND employee_id = %(employee_id)s
) c ON true
WHERE o.tenant_id = %(tenant_id)s AND o.occurred_at >= %(start)s AND o.occurred_at < %(end)s
"""
_IN_SEQUENCE: Final = "ORDER BY o.occurred_at, o.channel, o.external_id"


def read_document(text: str) -> PastDocument:
    """The facts and evidence in the text of a revision."""
    return _DOCUMENT.decode(text)


def past_orders(session: Session, *, employee_id: UUID, start: datetime, end: datetime, in_sequence: bool) -> Iterator[PastOrder]:
    """Every order placed in [start, end); in the sequence they were placed when asked for, which costs a sort."""
    parameters = {"employee_id": employee_id, "tenant_id": tenant_of(session), "start": start, "end": end}
    for order_id, actual, document in _copied(session, _PAST + (_IN_SEQUENCE if in_sequence else ""), parameters):
        yield PastOrder(UUID(order_id), int(actual), read_document(document))


def _copied(session: Session, query: str, parameters: dict[str, Any]) -> Iterable[tuple[str, str, str]]:
    """The rows of a query of text columns, streamed. Row-level security holds as for any query."""
    connection: Any = session.connection().connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)", parameters) as rows:
        rows.set_types(["text", "text", "text"])
        yield from rows.rows()


def regathered(session: Session, orders: Iterable[PastOrder], contracts: Contracts) -> Iterator[PastOrder]:
    """The same orders with their touches looked up afresh, within the longest window of these contracts.

    For terms with a longer window than any that governed when the orders were decided: what lay beyond it was not recorded with them.
    The orders must all have been read before, since their stream holds the connection.
    """
    waiting = list(orders)
    for first in range(0, len(waiting), BATCH_ORDERS):
        batch = waiting[first : first + BATCH_ORDERS]
        found = gather_evidence(session, {one.order_id: one.document.facts.order for one in batch}, contracts)
        for one in batch:
            seen = found[one.order_id]
            evidence = PastEvidence(seen.marks, seen.touches, seen.coupons, seen.bot_conversations)
            yield replace(one, document=replace(one.document, evidence=evidence))
