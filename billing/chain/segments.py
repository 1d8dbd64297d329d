"""Seals what is not sealed yet. A transaction is found by its missing seal, not by its time: one that commits late is not lost."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from billing.chain.leaves import NOTHING_BEFORE, leaves_of, segment_hash
from billing.chain.tables import ChainSegment, LedgerSeal
from billing.ledger.tables import LedgerTransaction
from billing.merkle import root_of
from billing.orders.locks import hold
from billing.rows import insert_rows
from tenants.database import tenant_of

TRANSACTIONS_PER_SEGMENT: Final = 1024
_SEAL: Final = ("tenant_id", "transaction_id", "segment", "position", "leaf")
_SEGMENT: Final = ("tenant_id", "number", "count", "root", "previous_hash", "hash", "sealed_at")


def seal_segments(session: Session, *, segments_max: int, now: datetime) -> int:
    """Seal at most `segments_max` segments; return how many transactions went in. Sealers of one tenant wait for each other."""
    hold(session, ("ledger chain", "seal"))
    ids = _unsealed(session, segments_max * TRANSACTIONS_PER_SEGMENT)
    number, previous = last_segment(session)
    for start in range(0, len(ids), TRANSACTIONS_PER_SEGMENT):
        number += 1
        previous = _seal(session, number, previous, ids[start : start + TRANSACTIONS_PER_SEGMENT], now)
    return len(ids)


def last_segment(session: Session) -> tuple[int, bytes]:
    """The newest segment's number and hash; 0 and zeros before the first."""
    query = select(ChainSegment.number, ChainSegment.hash).where(ChainSegment.tenant_id == tenant_of(session))
    row = session.execute(query.order_by(ChainSegment.number.desc()).limit(1)).first()
    return (row.number, row.hash) if row else (0, NOTHING_BEFORE)


def _unsealed(session: Session, limit: int) -> Sequence[UUID]:
    query = (
        select(LedgerTransaction.transaction_id)
        .where(LedgerTransaction.tenant_id == tenant_of(session), ~is_sealed())
        .order_by(LedgerTransaction.recorded_at, LedgerTransaction.transaction_id)
        .limit(limit)
    )
    return session.scalars(query).all()


def is_sealed() -> ColumnElement[bool]:
    """The condition that a ledger transaction lies in a segment."""
    same = (LedgerSeal.tenant_id == LedgerTransaction.tenant_id) & (LedgerSeal.transaction_id == LedgerTransaction.transaction_id)
    return select(LedgerSeal.segment).where(same).exists()


def _seal(session: Session, number: int, previous: bytes, ids: Sequence[UUID], now: datetime) -> bytes:
    tenant_id, leaves = tenant_of(session), leaves_of(session, ids)
    root = root_of([leaves[one] for one in ids])
    digest = segment_hash(tenant_id, number, len(ids), root, previous)
    insert_rows(session, ChainSegment, _SEGMENT, [(tenant_id, number, len(ids), root, previous, digest, now)])
    insert_rows(session, LedgerSeal, _SEAL, [(tenant_id, one, number, place, leaves[one]) for place, one in enumerate(ids)])
    return digest
