"""Brings the ledger to where reckoned orders say it should stand: locks the months concerned, places each movement, and posts the set."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from billing.contract_terms import ContractTerms
from billing.ledger.closed import ClosedMonths, closed_periods
from billing.ledger.posted import PostedOrder, PostedShare
from billing.ledger.shares import NOTHING, ShareStands, share_legs, share_working, stands
from billing.ledger.writer import Cause, Movement, post, transaction_id_of
from billing.orders.locks import hold_periods
from billing.revenue_share.periods import Period, period_of
from billing.revenue_share.settle import PeriodChange, settles_at_once
from billing.revenue_share.targets import VersionTarget
from billing.revenue_share.versions import Contracts
from tenants.database import tenant_of

_Key = tuple[UUID, datetime]


@dataclass(frozen=True, slots=True)
class Due:
    """A reckoned order: what each contract version owes for it, what stands in the book, and the fact that asked."""

    order_id: UUID
    revision: int
    occurred_at: datetime
    targets: tuple[VersionTarget, ...]
    posted: PostedOrder | None
    cause: Cause
    facts_sha256: str


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A movement that does not know its place in time yet, and the month of its fact."""

    movement: Movement
    period: Period
    terms: ContractTerms
    change: PeriodChange


def post_due(session: Session, due: Iterable[Due], contracts: Contracts, *, now: datetime) -> list[PeriodChange]:
    """Post target minus posted for every contract version that is or was concerned, and say what moved in which month."""
    unplaced = [one for order in due for one in movements_of(tenant_of(session), order, contracts)]
    if not unplaced:
        return []
    closed = _hold_months(session, unplaced, now)
    placed = []
    for one in unplaced:
        employee_id = one.movement.employee_id
        is_late = (employee_id, one.period.start) in closed
        placed.append(replace(one.movement, effective_at=closed.moment_for(employee_id, now)) if is_late else one.movement)
    post(session, placed, now=now)
    return [one.change for one in unplaced]


def _hold_months(session: Session, unplaced: Sequence[Unplaced], now: datetime) -> ClosedMonths:
    """Hold each fact's month, and the running one when the fact's is over; return the closed ones of these employees."""
    wanted: dict[_Key, bool] = {}
    for one in unplaced:
        employee_id = one.movement.employee_id
        key = employee_id, one.period.start
        wanted[key] = wanted.get(key, False) or settles_at_once(one.terms, one.period, now)
        if now >= one.period.end:
            wanted.setdefault((employee_id, period_of(now, one.terms.period_time_zone).start), False)
    hold_periods(session, wanted)
    return closed_periods(session, {one.movement.employee_id for one in unplaced})


def movements_of(tenant_id: UUID, due: Due, contracts: Contracts) -> list[Unplaced]:
    """Every (contract version, month) that is or was concerned; a share whose order moved to another month leaves the old one first."""
    before: Mapping[_Key, PostedShare] = (
        {(one.contract_version_id, one.period_start): one for one in due.posted.shares} if due.posted else {}
    )
    after: dict[_Key, VersionTarget] = {}
    for target in due.targets:
        version = target.contract.contract_version_id
        after[version, period_of(due.occurred_at, target.contract.terms.period_time_zone).start] = target
    left = [key for key in before if key not in after]
    found = []
    for version, start in (*sorted(left), *after):
        one = _movement(due, contracts, version, before.get((version, start)), after.get((version, start)))
        if one is not None and (version, start) in left and any(key[0] == version for key in after):
            own_id = transaction_id_of(tenant_id, due.order_id, version, due.revision, start.isoformat())
            one = replace(one, movement=replace(one.movement, transaction_id=own_id))
        if one is not None:
            found.append(one)
    return found


def _movement(due: Due, contracts: Contracts, version: UUID, posted: PostedShare | None, target: VersionTarget | None) -> Unplaced | None:
    was, is_due = stands(posted), _due(target)
    if was == is_due:
        return None
    contract = contracts.by_id[version].contract
    occurred_at = posted.occurred_at if target is None and posted is not None else due.occurred_at
    period = period_of(occurred_at, contract.terms.period_time_zone)
    working: dict[str, Any] = share_working(
        contract.terms, target.parts if target else (), target.rate if target else None, was, is_due
    )  # fmt: skip
    working["facts_sha256"] = due.facts_sha256
    movement = Movement(
        "share", version, contract.employee_id, period.start, due.cause, working, occurred_at, occurred_at,
        share_legs(contract.employee_id, contract.terms, was, is_due), due.order_id, due.revision,
        due.posted.first_transaction_id if due.posted else None,
    )  # fmt: skip
    change = PeriodChange(
        version, contract.employee_id, period.start, is_due.turnover_minor - was.turnover_minor, is_due.target_minor - was.target_minor
    )
    return Unplaced(movement, period, contract.terms, change)


def _due(target: VersionTarget | None) -> ShareStands:
    if target is None or not (target.target_minor or target.turnover_minor or target.exchanged_minor):
        return NOTHING
    return ShareStands(target.target_minor, target.turnover_minor, target.rate.base if target.rate else None, target.exchanged_minor)
