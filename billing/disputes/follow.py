"""Brings the book to where the disputes of some orders say it should stand: opened, decided, or the order itself changed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.attribution.evidence import ContractInForce
from billing.disputes.tables import Dispute, DisputeDecision
from billing.disputes.targets import DisputeFacts, DisputeStands, dispute_legs, dispute_stands
from billing.ledger.closed import ClosedMonths, closed_periods
from billing.ledger.posted import PostedShare, posted_orders
from billing.ledger.tables import LedgerTransaction
from billing.ledger.writer import Cause, Movement, post
from billing.orders.locks import hold_periods
from billing.orders.tables import ShopOrder
from billing.revenue_share.periods import Period, period_of
from billing.revenue_share.settle import PeriodChange
from billing.revenue_share.versions import Contracts, load_contracts
from tenants.database import tenant_of

_LAST_MOMENT: Final = timedelta(microseconds=1)
_FOLLOWED: Final = "The line changed; what is held or given back for its dispute follows it."


@dataclass(frozen=True, slots=True)
class _Posted:
    """What the book holds for one dispute: by month, and how many movements that took."""

    stands: dict[datetime, DisputeStands]
    count: int


@dataclass(frozen=True, slots=True)
class _Step:
    """One movement to make: a dispute's change in the month of one of its order's shares."""

    facts: DisputeFacts
    share: PostedShare
    period: Period
    before: DisputeStands
    after: DisputeStands
    number: int


def follow_orders(
    session: Session, order_ids: Collection[UUID], *, now: datetime, causes: Mapping[UUID, Cause] | None = None,
    contracts: Contracts | None = None,
) -> list[PeriodChange]:  # fmt: skip
    """Post what the disputes of these orders lack; return the months whose cap must look again, for the caller to settle.

    The caller holds the orders' row locks and has posted their shares already.

    `causes` (by dispute) names the fact that asked; without one it was the order that changed. `contracts` saves reading them again.
    """
    disputes = disputes_of(session, order_ids)
    if not disputes:
        return []
    known = contracts or load_contracts(session)
    steps = list(_steps(session, disputes, known))
    closed = _hold_months(session, steps, known, now)
    revisions = _revisions(session, {step.facts.order_id for step in steps})
    movements = []
    for step in steps:
        cause = (causes or {}).get(step.facts.dispute_id, Cause("dispute", step.facts.dispute_id, _FOLLOWED))
        is_late = (step.share.employee_id, step.period.start) in closed
        in_its_month = max(step.period.start, min(now, step.period.end - _LAST_MOMENT))  # and so after the share it is about
        effective_at = closed.moment_for(step.share.employee_id, now) if is_late else in_its_month
        contract = known.by_id[step.facts.contract_version_id].contract
        movements.append(_movement(step, contract, cause, revisions[step.facts.order_id], effective_at))
    post(session, movements, now=now)
    return _capped_months(steps, known)


def disputes_of(session: Session, order_ids: Collection[UUID]) -> tuple[DisputeFacts, ...]:
    """The disputes about these orders, each with its decision, if any."""
    query = (
        select(Dispute, DisputeDecision)
        .outerjoin(DisputeDecision, (DisputeDecision.tenant_id == Dispute.tenant_id) & (DisputeDecision.dispute_id == Dispute.dispute_id))
        .where(Dispute.tenant_id == tenant_of(session), Dispute.order_id == func.any(list(order_ids)))
        .order_by(Dispute.dispute_id)
    )
    return tuple(
        DisputeFacts(
            dispute.dispute_id, dispute.order_id, dispute.contract_version_id, dispute.disputed_minor, decision is not None,
            decision.granted_minor if decision else None, dispute.opened_at,
        )
        for dispute, decision in session.execute(query)
    )  # fmt: skip


def stands_of(session: Session, order_ids: Collection[UUID]) -> dict[UUID, dict[datetime, DisputeStands]]:
    """What the book holds and has given back for each dispute of these orders, by month."""
    return {one: posted.stands for one, posted in _posted(session, order_ids).items()}


def _steps(session: Session, disputes: Collection[DisputeFacts], contracts: Contracts) -> Iterator[_Step]:
    """An order whose day was corrected into another month leaves its old month at zero; what is disputed moves along."""
    orders = posted_orders(session, {one.order_id for one in disputes})
    posted = _posted(session, {one.order_id for one in disputes})
    for facts in disputes:
        book = posted.get(facts.dispute_id, _Posted({}, 0))
        number = book.count
        zone = contracts.by_id[facts.contract_version_id].contract.terms.period_time_zone
        for share in orders[facts.order_id].shares:  # what is disputed has earned, so it stands in the book
            if share.contract_version_id == facts.contract_version_id:
                before, after = book.stands.get(share.period_start, DisputeStands()), dispute_stands(facts, share.target_minor)
                if before != after:
                    number += 1
                    yield _Step(facts, share, period_of(share.occurred_at, zone), before, after, number)


def _posted(session: Session, order_ids: Collection[UUID]) -> dict[UUID, _Posted]:
    """The cumulative figures of each dispute's latest movement in every month."""
    table = LedgerTransaction
    query = select(table.working, table.period_start).where(
        table.tenant_id == tenant_of(session), table.order_id == func.any(list(order_ids)), table.kind == "dispute"
    )
    found: dict[UUID, list[tuple[int, datetime, DisputeStands]]] = defaultdict(list)
    for working, period_start in session.execute(query):
        stands = DisputeStands(working["hold_minor"], working["relief_minor"])
        found[UUID(working["dispute"])].append((working["number"], period_start, stands))
    return {one: _Posted({start: stands for _, start, stands in sorted(steps, key=lambda step: step[0])}, len(steps))
            for one, steps in found.items()}  # fmt: skip


def _hold_months(session: Session, steps: Collection[_Step], contracts: Contracts, now: datetime) -> ClosedMonths:
    """Hold each line's month, alone where a cap looks at it, and the running one when the line's is over; which are closed?"""
    wanted: dict[tuple[UUID, datetime], bool] = {}
    for step in steps:
        terms = contracts.by_id[step.facts.contract_version_id].contract.terms
        key, has_cap = (step.share.employee_id, step.period.start), terms.cap_minor is not None
        wanted[key] = wanted.get(key, False) or has_cap
        if now >= step.period.end:
            wanted.setdefault((step.share.employee_id, period_of(now, terms.period_time_zone).start), False)
    hold_periods(session, wanted)
    return closed_periods(session, {step.share.employee_id for step in steps})


def _capped_months(steps: Iterable[_Step], contracts: Contracts) -> list[PeriodChange]:
    """What is held or given back counts as not earned for the month's cap; sales and earnings are as they were."""
    months = {
        (step.facts.contract_version_id, step.share.employee_id, step.share.period_start)
        for step in steps
        if contracts.by_id[step.facts.contract_version_id].contract.terms.cap_minor is not None
    }
    return [PeriodChange(*month, 0, 0) for month in sorted(months)]


def _revisions(session: Session, order_ids: Collection[UUID]) -> dict[UUID, tuple[int, UUID]]:
    """Each order's current revision, and the first of its transactions, to which later ones point."""
    query = select(ShopOrder.order_id, ShopOrder.revision).where(
        ShopOrder.tenant_id == tenant_of(session), ShopOrder.order_id == func.any(list(order_ids))
    )
    firsts = {order_id: order.first_transaction_id for order_id, order in posted_orders(session, order_ids).items()}
    return {order_id: (revision, firsts[order_id]) for order_id, revision in session.execute(query)}


def _movement(step: _Step, contract: ContractInForce, cause: Cause, about: tuple[int, UUID], effective_at: datetime) -> Movement:
    """`about` is the order's revision and first transaction."""
    facts, share, (revision, first) = step.facts, step.share, about
    return Movement(
        kind="dispute", contract_version_id=facts.contract_version_id, employee_id=share.employee_id, period_start=share.period_start,
        cause=cause, working=_working(step, contract), occurred_at=share.occurred_at, effective_at=effective_at,
        legs=dispute_legs(share.employee_id, contract.terms, step.before, step.after), order_id=facts.order_id, revision=revision,
        points_to=first, transaction_id=uuid5(facts.dispute_id, str(step.number)),
    )  # fmt: skip


def _working(step: _Step, contract: ContractInForce) -> dict[str, Any]:
    """What one needs to redo the amounts; target and before are as the employee's earned account sees them."""
    facts, before, after = step.facts, step.before, step.after
    return {
        "target_minor": -after.taken_minor, "before_minor": -before.taken_minor, "payees": [
            [payee.key, payee.part_ppm] for payee in contract.terms.payees
        ],
        "dispute": str(facts.dispute_id), "number": step.number, "net_minor": step.share.target_minor,
        "disputed_minor": facts.disputed_minor, "is_decided": facts.is_decided, "granted_minor": facts.granted_minor,
        "hold_minor": after.hold_minor, "hold_before_minor": before.hold_minor,
        "relief_minor": after.relief_minor, "relief_before_minor": before.relief_minor,
    }  # fmt: skip
