"""Explains an order to the cent: each revision with its facts, who was credited and why, who was not, and what moved in the book."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.attribution.tables import AttributionCredit, AttributionRun
from billing.errors import OrderUnknown
from billing.inbox.tables import InboundEvent, RawErasure, RawKey
from billing.ledger.entries import Entry, entries
from billing.ledger.tables import LedgerTransaction
from billing.orders.tables import OrderRevision, ShopOrder
from billing.rows import read_json
from tenants.database import tenant_of


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


def explain_order(session: Session, *, order_id: UUID) -> OrderExplained:
    """Everything that led to an order's share; raises OrderUnknown."""
    tenant_id = tenant_of(session)
    order = session.get(ShopOrder, (tenant_id, order_id))
    if order is None:
        raise OrderUnknown("There is no such order.")
    movements = list(entries(session, LedgerTransaction.order_id == order_id))
    query = select(OrderRevision).where(OrderRevision.tenant_id == tenant_id, OrderRevision.order_id == order_id)
    revisions = tuple(_revision(session, row, movements) for row in session.scalars(query.order_by(OrderRevision.revision)))
    return OrderExplained(
        order_id, order.external_id, order.number, order.channel, order.occurred_at, order.currency, order.captured_minor, revisions
    )


def explain_revision(session: Session, *, transaction_id: UUID) -> RevisionExplained | None:
    """The one revision of an order that a transaction was posted for; None when it is not about an order."""
    tenant_id, posted = tenant_of(session), LedgerTransaction
    same = (posted.tenant_id == OrderRevision.tenant_id) & (posted.order_id == OrderRevision.order_id)
    query = select(OrderRevision).join(posted, same & (posted.revision == OrderRevision.revision))
    row = session.scalar(query.where(posted.tenant_id == tenant_id, posted.transaction_id == transaction_id))
    if row is None:
        return None
    return _revision(session, row, list(entries(session, posted.order_id == row.order_id, posted.revision == row.revision)))


def _revision(session: Session, row: OrderRevision, movements: list[Entry]) -> RevisionExplained:
    run = session.get_one(AttributionRun, (row.tenant_id, row.order_id, row.revision))  # read with the movements, if there are any
    own = (
        AttributionCredit.tenant_id == row.tenant_id,
        AttributionCredit.order_id == row.order_id,
        AttributionCredit.revision == row.revision,
    )
    credited = session.scalars(select(AttributionCredit).where(*own).order_by(AttributionCredit.number))
    return RevisionExplained(
        revision=row.revision, cause=row.cause, recorded_at=row.recorded_at, facts_sha256=row.facts_sha256, facts=read_json(row.facts),
        model=run.model, rule_version=run.rule_version, reason=run.reason, rejected_reason=run.rejected_reason, excluded=run.excluded,
        base_minor=run.base_minor, base_exact=run.base_exact, credits=tuple(_credit(credit) for credit in credited),
        movements=tuple(_movement(entry) for entry in movements if entry.transaction.revision == row.revision),
        raw=_raw(session, row),
    )  # fmt: skip


def _credit(row: AttributionCredit) -> CreditExplained:
    return CreditExplained(
        row.employee_id, row.contract_version_id, row.weight_ppm, row.share_ppm, row.target_minor, row.reason, row.touch_id,
        row.conversation_id, row.coupon_id, row.link_id, row.work_id,
    )  # fmt: skip


def _movement(entry: Entry) -> MovementExplained:
    posting, transaction = entry.posting, entry.transaction
    return MovementExplained(
        transaction.transaction_id, transaction.points_to, posting.employee_id, posting.source, posting.destination, entry.amount_minor,
        posting.currency, transaction.why, transaction.effective_at,
    )  # fmt: skip


def _raw(session: Session, row: OrderRevision) -> RawEvidence | None:
    """The delivery behind the revision; a revision caused by a late touch has none of its own. Its bytes are not read."""
    if row.event_id is None:
        return None
    event = InboundEvent
    key = (RawKey.tenant_id == event.tenant_id) & (RawKey.event_id == event.event_id)
    erasure = (RawErasure.tenant_id == event.tenant_id) & (RawErasure.event_id == event.event_id)
    query = (
        select(event.dedupe_key, event.received_at, event.body_sha256, RawKey.event_id.is_not(None), RawErasure.erased_at)
        .outerjoin(RawKey, key).outerjoin(RawErasure, erasure)
        .where(event.tenant_id == row.tenant_id, event.event_id == row.event_id)
    )  # fmt: skip
    found = session.execute(query).one_or_none()
    return RawEvidence(row.event_id, *found[:4], None if found[3] else found[4]) if found else None
