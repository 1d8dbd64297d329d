"""Seals the book from time to time, and checks whether anything sealed was changed since.

Sealing runs behind the money, never in its way: the worker calls it, as often as it likes, at once from several places.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Text, cast, func, select
from sqlalchemy.orm import Session

from billing.chain.segments import TRANSACTIONS_PER_SEGMENT, is_sealed, last_segment, seal_segments
from billing.chain.verify import KnownHead, first_difference
from billing.errors import ChainHeadUnreadable
from billing.ledger.tables import LedgerTransaction
from tenants.database import Database, tenant_of
from tenants.tables import Tenant

SEGMENTS_PER_TRANSACTION: Final = 64
SEALED_AT_ONCE_MAX: Final = SEGMENTS_PER_TRANSACTION * TRANSACTIONS_PER_SEGMENT

HEAD_FORM: Final = re.compile(r"([1-9][0-9]{0,9}):([0-9a-f]{64})", re.ASCII)

__all__ = [
    "SEALED_AT_ONCE_MAX", "ChainVerdict", "KnownHead", "chain_head", "head_from", "head_text", "seal_ledger", "shops_unsealed",
    "verify_chain",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """What a check found. `transaction_id` is None where only the segment can be told; `head` is worth keeping elsewhere."""

    is_intact: bool
    segments: int
    transactions: int
    unsealed: int
    sentence: str
    segment: int | None
    transaction_id: UUID | None
    head: KnownHead


def seal_ledger(session: Session, *, now: datetime) -> int:
    """Seal this tenant's transactions that are in no segment yet, at most 65,536 of them; return how many were sealed.

    Call it again while it returns something. Repeating it changes nothing.
    """
    return seal_segments(session, segments_max=SEGMENTS_PER_TRANSACTION, now=now)


def shops_unsealed(database: Database, *, since: int) -> tuple[list[UUID], int]:
    """The shops whose book has grown since an earlier look, and the number to ask with the next time; 0 asks for every book.

    The number is that of the oldest transaction still running in the whole cluster: whatever commits later has a higher one,
    so nothing that commits late is passed over. One query goes to each shop's newest rows instead of a transaction to each shop.
    """
    with database.operator_session() as session:
        oldest = session.scalar(select(cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)))
        own = LedgerTransaction.tenant_id == Tenant.tenant_id
        grown = select(LedgerTransaction.transaction_id).where(own, LedgerTransaction.written_in >= since).exists()
        return list(session.scalars(select(Tenant.tenant_id).where(grown).order_by(Tenant.tenant_id))), int(oldest or 0)


def chain_head(session: Session) -> KnownHead:
    """The newest segment's number and hash; whoever keeps them can show later that nothing before was changed."""
    return KnownHead(*last_segment(session))


def head_text(head: KnownHead) -> str:
    """A head as one word that a letter can carry: "12:" and the hash; empty before anything was sealed."""
    return f"{head.segment}:{head.hash.hex()}" if head.segment else ""


def head_from(text: str) -> KnownHead:
    """Read such a word back, as it was kept in a letter. Raises ChainHeadUnreadable."""
    match = HEAD_FORM.fullmatch("".join(text.split()).lower())
    if match is None:
        raise ChainHeadUnreadable("A seal is a number, a colon and 64 hexadecimal digits, as the letter with a statement gives it.")
    return KnownHead(int(match[1]), bytes.fromhex(match[2]))


def verify_chain(session: Session, *, known: KnownHead | None = None) -> ChainVerdict:
    """Recompute every segment from the book. The verdict names the first segment, and transaction where it can, that differs.

    Only a `known` head from outside shows that the whole chain was not rewritten or cut; without it the chain vouches for itself.
    """
    segments, transactions, difference = first_difference(session, known)
    unsealed = session.scalar(
        select(func.count()).select_from(LedgerTransaction).where(LedgerTransaction.tenant_id == tenant_of(session), ~is_sealed())
    )
    sentence = difference.sentence if difference else f"All {transactions} sealed transactions are as they were sealed."
    return ChainVerdict(
        is_intact=difference is None, segments=segments, transactions=transactions, unsealed=unsealed or 0, sentence=sentence,
        segment=difference.segment if difference else None, transaction_id=difference.transaction_id if difference else None,
        head=chain_head(session),
    )  # fmt: skip
