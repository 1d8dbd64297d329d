"""Streams what decisions about past orders were made from, as it was recorded with each order's latest revision.

PostgreSQL sends the documents ahead while they are read and decided here, so the two work at the same time.
"""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from billing.attribution.evidence import CouponSeen, OrderMarks, Touch
from billing.attribution.gather import gather_evidence
from billing.neutral_order import NeutralOrder, NeutralRefund
from billing.revenue_share.versions import Contracts
from tenants.database import tenant_of

BATCH_ORDERS: Final = 2_000
ROWS_PER_CHUNK: Final = 100
"""So many rows are taken from the driver at once; more wait longer and save nothing (measured)."""


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
    captured_minor_max: int | None = None


@dataclass(frozen=True, slots=True)
class PastDocument:
    """Facts and evidence of one decision."""

    facts: PastFacts
    evidence: PastEvidence


@dataclass(frozen=True, slots=True)
class _EvidenceAlone:
    evidence: PastEvidence


class PastOrder(NamedTuple):
    """One order, what the employee's contract really owed for it, and the text of everything the decision was made from.

    `seen_anew` is evidence that was looked up again, and stands in place of what the text says.
    """

    order_id: UUID
    actual_minor: int
    text: bytes
    seen_anew: PastEvidence | None = None

    @property
    def document(self) -> PastDocument:
        """The facts and the evidence, read in full."""
        told = read_document(self.text)
        return told if self.seen_anew is None else PastDocument(told.facts, self.seen_anew)


_DOCUMENT: Final = msgspec.json.Decoder(PastDocument)
_EVIDENCE: Final = msgspec.json.Decoder(_EvidenceAlone)
_PAST: Final = """
SELECT o.order_id, coalesce(c.actual_minor, 0)::int8, convert_to(r.facts, 'UTF8')
FROM shop_order o
JOIN order_revision r ON r.tenant_id = o.tenant_id AND r.order_id = o.order_id AND r.revision = o.revision
LEFT JOIN LATERAL (
    SELECT sum(target_minor) AS actual_minor FROM attribution_credit
    WHERE tenant_id = o.tenant_id AND order_id = o.order_id AND revision = o.revision AND employee_id = %(employee_id)s
) c ON true
WHERE o.tenant_id = %(tenant_id)s AND o.occurred_at >= %(start)s AND o.occurred_at < %(end)s
"""
_IN_SEQUENCE: Final = "ORDER BY o.occurred_at, o.channel, o.external_id"
_BY_INDEX: Final = (("enable_seqscan", "off"), ("max_parallel_workers_per_gather", "0"))
"""A stretch is a small part of its tables, whose rows are wide: reading one through for each of a dozen stretches cost a third of what
PostgreSQL spent (measured: 56 us an order against 38). A second worker of its own would take the processor the second half needs."""


def read_document(text: str | bytes) -> PastDocument:
    """The facts and evidence in the text of a revision."""
    return _DOCUMENT.decode(text)


def read_evidence(text: str | bytes) -> PastEvidence:
    """The evidence alone in the text of a revision; its facts are passed over unread."""
    return _EVIDENCE.decode(text).evidence


def past_orders(
    session: Session, *, employee_id: UUID, start: datetime, end: datetime, in_sequence: bool
) -> Generator[PastOrder, None, None]:
    """Every order placed in [start, end); in the sequence they were placed when asked for, which costs a sort.

    Whoever may stop before the last one closes it: until then the stream holds the connection, and even a rollback waits for it.
    """
    parameters = {"employee_id": employee_id, "tenant_id": tenant_of(session), "start": start, "end": end}
    with closing(_streamed(session, _PAST + (_IN_SEQUENCE if in_sequence else ""), parameters)) as rows:
        for row in rows:
            yield PastOrder(*row)


def _streamed(session: Session, query: str, parameters: dict[str, Any]) -> Generator[tuple[UUID, int, bytes], None, None]:
    """The rows of the query, as they come. Row-level security holds as for any query."""
    connection: Any = session.connection().connection.driver_connection
    with connection.cursor() as cursor:
        for name, value in _BY_INDEX:
            cursor.execute(f"SET LOCAL {name} = {value}")
        yield from cursor.stream(query, parameters, binary=True, size=ROWS_PER_CHUNK)
        for name, _ in _BY_INDEX:
            cursor.execute(f"RESET {name}")


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
            yield one._replace(seen_anew=PastEvidence(seen.marks, seen.touches, seen.coupons, seen.bot_conversations))
