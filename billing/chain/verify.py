"""Recomputes the whole chain from the book and names the first thing that differs. It repairs nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from billing.chain.leaves import NOTHING_BEFORE, leaves_of, segment_hash
from billing.chain.tables import ChainSegment, LedgerSeal
from billing.merkle import root_of
from tenants.database import tenant_of

_SEALS = (LedgerSeal.transaction_id, LedgerSeal.position, LedgerSeal.leaf)


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs, as a sentence, with the segment and, where it can be told, the transaction."""

    sentence: str
    segment: int
    transaction_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class KnownHead:
    """A segment's number and hash that somebody kept elsewhere: what shows that a chain was not rewritten as a whole, or cut short."""

    segment: int
    hash: bytes


def first_difference(session: Session, known: KnownHead | None) -> tuple[int, int, Difference | None]:
    """Segments and transactions that were found sound, and the first difference, if any."""
    previous, segments, transactions = NOTHING_BEFORE, 0, 0
    for segment in _segments(session):
        difference = _of_segment(session, segment, segments + 1, previous, known)
        if difference is not None:
            return segments, transactions, difference
        previous, segments, transactions = segment.hash, segments + 1, transactions + segment.count
    if known is not None and known.segment > segments:
        gone = Difference(f"Segment {segments + 1} is gone: the chain once reached segment {known.segment}.", segments + 1)
        return segments, transactions, gone
    return segments, transactions, None


def _segments(session: Session) -> Sequence[ChainSegment]:
    """All of them: a million transactions are a thousand segments."""
    query = select(ChainSegment).where(ChainSegment.tenant_id == tenant_of(session)).order_by(ChainSegment.number)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def _of_segment(session: Session, segment: ChainSegment, expected: int, previous: bytes, known: KnownHead | None) -> Difference | None:
    if segment.number != expected:
        return Difference(f"Segment {expected} is gone.", expected)
    if segment.previous_hash != previous:
        return Difference(f"Segment {expected} does not hold on to the segment before it.", expected)
    own = segment_hash(segment.tenant_id, segment.number, segment.count, segment.root, segment.previous_hash)
    if segment.hash != own:
        return Difference(f"Segment {expected} says something else than its hash stands for.", expected)
    if known is not None and known.segment == expected and known.hash != own:
        return Difference(f"Segment {expected} is not the one that was known: the chain was written anew.", expected)
    return _of_transactions(session, segment)


def _of_transactions(session: Session, segment: ChainSegment) -> Difference | None:
    query = select(*_SEALS).where(LedgerSeal.tenant_id == segment.tenant_id, LedgerSeal.segment == segment.number)
    seals = session.execute(query.order_by(LedgerSeal.position)).all()
    if [seal.position for seal in seals] != list(range(segment.count)):
        return Difference(f"Segment {segment.number} has {len(seals)} of its {segment.count} transactions.", segment.number)
    changed = _changed(session, segment.number, seals)
    if changed is None and root_of([seal.leaf for seal in seals]) != segment.root:
        return Difference(f"The transactions of segment {segment.number} do not lead to its root.", segment.number)
    return changed


def _changed(session: Session, number: int, seals: Sequence[Row[UUID, int, bytes]]) -> Difference | None:
    leaves = leaves_of(session, [seal.transaction_id for seal in seals])
    for seal in seals:
        name = f"Transaction {seal.transaction_id}, number {seal.position + 1} of segment {number},"
        if seal.transaction_id not in leaves:
            return Difference(f"{name} is gone.", number, seal.transaction_id)
        if leaves[seal.transaction_id] != seal.leaf:
            return Difference(f"{name} says something else than when it was sealed.", number, seal.transaction_id)
    return None
