"""What a transaction says, as bytes that everyone spells alike: every column of it and of its postings, in canonical JSON."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.ledger.tables import LedgerTransaction, Posting
from billing.merkle import leaf_hash
from billing.rows import json_text
from tenants.database import tenant_of

FORMAT: Final = "tillhand-chain/1"
NOTHING_BEFORE: Final = bytes(32)
_TRANSACTION: Final = tuple(LedgerTransaction.__table__.columns)
_POSTING: Final = tuple(column for column in Posting.__table__.columns if column.name not in ("tenant_id", "transaction_id"))


def leaves_of(session: Session, transaction_ids: Collection[UUID]) -> dict[UUID, bytes]:
    """The leaf hash of each of these transactions as the book holds it now; one that is gone is missing."""
    wanted = func.any(list(transaction_ids))
    postings: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    posted = select(Posting.transaction_id, *_POSTING).where(Posting.tenant_id == tenant_of(session), Posting.transaction_id == wanted)
    for transaction_id, *values in session.execute(posted.order_by(Posting.transaction_id, Posting.number)):
        postings[transaction_id].append(_document(_POSTING, values))
    query = select(*_TRANSACTION).where(LedgerTransaction.tenant_id == tenant_of(session), LedgerTransaction.transaction_id == wanted)
    found: dict[UUID, bytes] = {}
    for row in session.execute(query):
        own = postings.get(row.transaction_id, [])
        found[row.transaction_id] = leaf_of({"transaction": _document(_TRANSACTION, row), "postings": own})
    return found


def leaf_of(document: Mapping[str, Any]) -> bytes:
    """The Merkle leaf of one transaction's document."""
    return leaf_hash(json_text({"format": FORMAT, **document}).encode())


def segment_hash(tenant_id: UUID, number: int, count: int, root: bytes, previous_hash: bytes) -> bytes:
    """What the next segment, and whoever keeps a copy, holds on to."""
    said = {
        "format": FORMAT,
        "tenant": str(tenant_id),
        "number": number,
        "count": count,
        "root": root.hex(),
        "previous": previous_hash.hex(),
    }
    return hashlib.sha256(json_text(said).encode()).digest()


def _document(columns: tuple[Any, ...], values: Collection[Any]) -> dict[str, Any]:
    return {column.name: _plain(value) for column, value in zip(columns, values, strict=True)}


def _plain(value: Any) -> Any:
    """Moments as UTC text and ids as text; numbers, text and JSON as they are."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, UUID) else value
