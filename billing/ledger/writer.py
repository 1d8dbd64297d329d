"""The one writer of the ledger: no other file adds a transaction or a posting. It writes sets: one statement per table, however many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from billing.errors import PostingRefused
from billing.ledger.tables import LedgerTransaction, Posting
from billing.rows import insert_rows
from tenants.database import tenant_of

KINDS: Final = frozenset(
    ("share", "royalty_income", "bonus", "tier", "cap", "minimum", "lift", "dispute", "close", "reserve", "reserve_release")
)
_TRANSACTION: Final = (
    "tenant_id", "transaction_id", "kind", "order_id", "revision", "contract_version_id", "employee_id", "period_start", "cause",
    "cause_id", "why", "points_to", "working", "occurred_at", "effective_at", "recorded_at",
)  # fmt: skip
_POSTING: Final = (
    "tenant_id", "transaction_id", "number", "source", "destination", "amount_minor", "currency", "order_id", "contract_version_id",
    "employee_id", "payee",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cause:
    """Why money moves: the kind of fact, its id, and a sentence a merchant can read."""

    kind: str
    cause_id: UUID | None
    why: str


@dataclass(frozen=True, slots=True)
class Leg:
    """One posting: `amount_minor` above zero from one account to another. `payee` is empty on an exchange's foreign side."""

    source: str
    destination: str
    amount_minor: int
    currency: str
    payee: str


@dataclass(frozen=True, slots=True)
class Movement:
    """One transaction: what moves, why, and the working that lets anyone recount it.

    `period_start` is the start of the fact's own month in UTC. A movement about an order names order and revision and gets its id
    from them; any other brings a `transaction_id` made of what it is about (`transaction_id_of`), so that it can stand only once.
    """

    kind: str
    contract_version_id: UUID
    employee_id: UUID
    period_start: datetime
    cause: Cause
    working: Mapping[str, Any]
    occurred_at: datetime
    effective_at: datetime
    legs: tuple[Leg, ...]
    order_id: UUID | None = None
    revision: int | None = None
    points_to: UUID | None = None
    transaction_id: UUID | None = None


def transaction_id_of(tenant_id: UUID, *about: object) -> UUID:
    """The id of the transaction about these things. The same things always have the same id, so it can stand in the book only once."""
    return uuid5(tenant_id, "/".join(map(str, about)))


def leg(source: str, destination: str, delta_minor: int, currency: str, payee: str) -> Leg:
    """A posting of `delta_minor` from source to destination, turned round when it is negative. Zero is no movement: PostingRefused."""
    if delta_minor == 0:
        raise PostingRefused("A posting of zero moves nothing.")
    if delta_minor > 0:
        return Leg(source, destination, delta_minor, currency, payee)
    return Leg(destination, source, -delta_minor, currency, payee)


def post(session: Session, movements: Sequence[Movement], *, now: datetime) -> list[UUID]:
    """Write every movement, in two statements however many there are; return their transaction ids in the same sequence.

    The caller holds the locks under which it computed the amounts. A movement without legs notes a change that moved no money (sales
    that count towards a tier, for one). Raises PostingRefused for one without a cause or with an unknown kind.
    """
    tenant_id = tenant_of(session)
    return post_across(session, [(tenant_id, one) for one in movements], now=now)


def post_across(session: Session, movements: Sequence[tuple[UUID, Movement]], *, now: datetime) -> list[UUID]:
    """As `post`, for (shop, movement) of any number of shops."""
    transactions, postings, ids = [], [], []
    for tenant_id, one in movements:
        transaction_id = _checked_id(tenant_id, one)
        ids.append(transaction_id)
        cause = one.cause
        transactions.append((
            tenant_id, transaction_id, one.kind, one.order_id, one.revision, one.contract_version_id, one.employee_id, one.period_start,
            cause.kind, cause.cause_id, cause.why, one.points_to, one.working, one.occurred_at, one.effective_at, now,
        ))  # fmt: skip
        for number, part in enumerate(one.legs, start=1):
            postings.append((
                tenant_id, transaction_id, number, part.source, part.destination, part.amount_minor, part.currency, one.order_id,
                one.contract_version_id, one.employee_id, part.payee,
            ))  # fmt: skip
    insert_rows(session, LedgerTransaction, _TRANSACTION, transactions)
    insert_rows(session, Posting, _POSTING, postings)
    return ids


def _checked_id(tenant_id: UUID, movement: Movement) -> UUID:
    if not (movement.cause.kind and movement.cause.why):
        raise PostingRefused("A transaction needs a cause and a sentence that says why.")
    if movement.kind not in KINDS:
        raise PostingRefused(f"The ledger knows no movement of the kind {movement.kind!r}.")
    if movement.transaction_id is not None:
        return movement.transaction_id
    if movement.order_id is None or movement.revision is None:
        raise PostingRefused("A movement that is not about an order's revision needs an id made of what it is about.")
    return transaction_id_of(tenant_id, movement.order_id, movement.contract_version_id, movement.revision)
