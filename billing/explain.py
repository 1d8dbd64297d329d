"""Explains an order to the cent: each revision with its facts, who was credited and why, who was not, and what moved in the book."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import Uuid, and_, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from billing.attribution.tables import AttributionCredit, AttributionRun
from billing.errors import OrderUnknown
from billing.inbox.tables import InboundEvent, RawErasure, RawKey
from billing.ledger.posted import signed_for_employee
from billing.ledger.tables import LedgerTransaction, Posting
from billing.orders.tables import OrderRevision, ShopOrder
from billing.rows import read_json
from tenants.database import tenant_of

Part = TypeVar("Part")


@dataclass(frozen=True)
class CreditExplained:
    """One employee's part in a revision and the evidence for it. `target_minor` is cumulative."""

    employee_id: UUID
    contract_version_id: UUID
    weight_ppm: int
    share_ppm: int
    target_minor: int
    reason: str
    touch_id: UUID | None
    conversation_id: UUID | None
    coupon_id: UUID | None
    link_id: UUID | None
    work_id: UUID | None


@dataclass(frozen=True)
class MovementExplained:
    """One posting of the revision; `amount_minor` is negative when a share was taken back."""

    transaction_id: UUID
    points_to: UUID | None
    employee_id: UUID
    source: str
    destination: str
    amount_minor: int
    currency: str
    why: str
    effective_at: datetime


@dataclass(frozen=True)
class RawEvidence:
    """The delivery behind a revision: its sha256 stays even after its bytes were erased, with the moment of that."""

    event_id: UUID
    delivery_id: str
    received_at: datetime
    body_sha256: str
    is_body_kept: bool
    erased_at: datetime | None = None

    @property
    def sentence(self) -> str:
        """What stands of it."""
        if self.is_body_kept:
            return f"raw kept, sha256 {self.body_sha256}"
        when = f" on {self.erased_at:%Y-%m-%d}" if self.erased_at else ""
        return f"raw erased{when}, sha256 {self.body_sha256}"


@dataclass(frozen=True)
class RevisionExplained:
    """One step in an order's life. `excluded` holds lists of {subject, why} under touches and refunds, and notes."""

    revision: int
    cause: str
    recorded_at: datetime
    facts_sha256: str
    facts: dict[str, Any]
    model: str
    rule_version: str
    reason: str
    rejected_reason: str | None
    excluded: dict[str, Any]
    base_minor: int
    base_exact: str
    credits: tuple[CreditExplained, ...]
    movements: tuple[MovementExplained, ...]
    raw: RawEvidence | None


@dataclass(frozen=True)
class OrderExplained:
    """An order as it stands, and every revision from the first to the current."""

    order_id: UUID
    external_id: str
    number: str | None
    channel: str
    occurred_at: datetime
    currency: str
    captured_minor: int
    revisions: tuple[RevisionExplained, ...]


# Each statement is made once: putting one together anew costs as much time here as PostgreSQL needs to answer it.
_TENANT: Final = bindparam("tenant_id", type_=Uuid)
_ORDER: Final = bindparam("order_id", type_=Uuid)
_DECIDED: Final = select(
    OrderRevision.order_id, OrderRevision.revision, OrderRevision.cause, OrderRevision.recorded_at, OrderRevision.facts_sha256,
    OrderRevision.facts, OrderRevision.event_id, AttributionRun.model, AttributionRun.rule_version, AttributionRun.reason,
    AttributionRun.rejected_reason, AttributionRun.excluded, AttributionRun.base_minor, AttributionRun.base_exact,
).join(
    AttributionRun,
    and_(
        AttributionRun.tenant_id == OrderRevision.tenant_id, AttributionRun.order_id == OrderRevision.order_id,
        AttributionRun.revision == OrderRevision.revision,
    ),
).where(OrderRevision.tenant_id == _TENANT)  # fmt: skip
_OF_ORDER: Final = _DECIDED.where(OrderRevision.order_id == _ORDER).order_by(OrderRevision.revision)
_OF_TRANSACTION: Final = _DECIDED.join(
    LedgerTransaction,
    and_(
        LedgerTransaction.tenant_id == OrderRevision.tenant_id, LedgerTransaction.order_id == OrderRevision.order_id,
        LedgerTransaction.revision == OrderRevision.revision,
    ),
).where(LedgerTransaction.transaction_id == bindparam("transaction_id", type_=Uuid))  # fmt: skip
_CREDITS: Final = (
    select(
        AttributionCredit.revision, AttributionCredit.employee_id, AttributionCredit.contract_version_id, AttributionCredit.weight_ppm,
        AttributionCredit.share_ppm, AttributionCredit.target_minor, AttributionCredit.reason, AttributionCredit.touch_id,
        AttributionCredit.conversation_id, AttributionCredit.coupon_id, AttributionCredit.link_id, AttributionCredit.work_id,
    )
    .where(AttributionCredit.tenant_id == _TENANT, AttributionCredit.order_id == _ORDER)
    .order_by(AttributionCredit.revision, AttributionCredit.number)
)  # fmt: skip
_MOVEMENTS: Final = (
    select(
        LedgerTransaction.revision, LedgerTransaction.transaction_id, LedgerTransaction.points_to, Posting.employee_id, Posting.source,
        Posting.destination, signed_for_employee(), Posting.currency, LedgerTransaction.why, LedgerTransaction.effective_at,
    )
    .join(
        Posting, and_(Posting.tenant_id == LedgerTransaction.tenant_id, Posting.transaction_id == LedgerTransaction.transaction_id)
    )
    .where(LedgerTransaction.tenant_id == _TENANT, LedgerTransaction.order_id == _ORDER, signed_for_employee() != 0)
    .order_by(LedgerTransaction.effective_at, LedgerTransaction.recorded_at, LedgerTransaction.transaction_id, Posting.number)
)  # fmt: skip
_RAW: Final = (
    select(
        InboundEvent.event_id, InboundEvent.dedupe_key, InboundEvent.received_at, InboundEvent.body_sha256, RawKey.event_id.is_not(None),
        RawErasure.erased_at,
    )
    .outerjoin(RawKey, and_(RawKey.tenant_id == InboundEvent.tenant_id, RawKey.event_id == InboundEvent.event_id))
    .outerjoin(RawErasure, and_(RawErasure.tenant_id == InboundEvent.tenant_id, RawErasure.event_id == InboundEvent.event_id))
    .where(InboundEvent.tenant_id == _TENANT, InboundEvent.event_id == any_(bindparam("event_ids", type_=ARRAY(Uuid))))
)  # fmt: skip


def explain_order(session: Session, *, order_id: UUID) -> OrderExplained:
    """Everything that led to an order's share; raises OrderUnknown."""
    order = session.get(ShopOrder, (tenant_of(session), order_id))
    if order is None:
        raise OrderUnknown("There is no such order.")
    decided = session.execute(_OF_ORDER, {"tenant_id": order.tenant_id, "order_id": order_id}).all()
    return OrderExplained(
        order_id, order.external_id, order.number, order.channel, order.occurred_at, order.currency, order.captured_minor,
        _explained(session, decided),
    )  # fmt: skip


def explain_revision(session: Session, *, transaction_id: UUID) -> RevisionExplained | None:
    """The one revision of an order that a transaction was posted for; None when it is not about an order."""
    decided = session.execute(_OF_TRANSACTION, {"tenant_id": tenant_of(session), "transaction_id": transaction_id}).all()
    return next(iter(_explained(session, decided)), None)


def _explained(session: Session, decided: Sequence[Any]) -> tuple[RevisionExplained, ...]:
    """Revisions of one order with all that hangs on them: one statement for each kind of it, however many they are."""
    if not decided:
        return ()
    about = {"tenant_id": tenant_of(session), "order_id": decided[0].order_id}
    credited = _by_revision(session.execute(_CREDITS, about), CreditExplained)
    moved = _by_revision(session.execute(_MOVEMENTS, about), MovementExplained)
    raw = _raw(session, [one.event_id for one in decided if one.event_id is not None])
    return tuple(
        RevisionExplained(
            revision=one.revision, cause=one.cause, recorded_at=one.recorded_at, facts_sha256=one.facts_sha256, facts=read_json(one.facts),
            model=one.model, rule_version=one.rule_version, reason=one.reason, rejected_reason=one.rejected_reason, excluded=one.excluded,
            base_minor=one.base_minor, base_exact=one.base_exact, credits=tuple(credited[one.revision]),
            movements=tuple(moved[one.revision]), raw=raw.get(one.event_id),
        )
        for one in decided
    )  # fmt: skip


def _by_revision(rows: Iterable[Sequence[Any]], made: Callable[..., Part]) -> dict[int, list[Part]]:
    """A part of each row, whose first column is the revision it belongs to."""
    found: dict[int, list[Part]] = defaultdict(list)
    for revision, *fields in rows:
        found[revision].append(made(*fields))
    return found


def _raw(session: Session, event_ids: Sequence[UUID]) -> dict[UUID, RawEvidence]:
    """The deliveries behind revisions; one caused by a late touch has none of its own. Their bytes are not read."""
    if not event_ids:
        return {}
    found = session.execute(_RAW, {"tenant_id": tenant_of(session), "event_ids": list(event_ids)})
    return {row[0]: RawEvidence(*row[:5], None if row[4] else row[5]) for row in found}
