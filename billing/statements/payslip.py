"""A payslip: what one employee earned in one month, totals first, then a line for every movement with its evidence.

It is a view: while its month is open it is computed from the ledger each time, and once closed it stands beside the sealed statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from billing.contract_terms import ContractTerms
from billing.ledger.entries import Entry
from billing.ledger.stages import STAGES, Stage, stage_of
from billing.revenue_share.period_lines import PeriodLine
from billing.revenue_share.periods import Period
from billing.statements.views import StatementView

PayslipState = Literal["running", "soft", "closed"]


@dataclass(frozen=True)
class PayslipLine:
    """One movement. A refund is a negative line whose `points_to` is the sale's transaction. Amounts are minor units.

    A line about a whole month, a bonus or a royalty has no order; its `kind` is then the ledger's.
    """

    transaction_id: UUID
    points_to: UUID | None
    kind: str
    why: str
    order_id: UUID | None
    order_ref: str
    occurred_at: datetime
    effective_at: datetime
    recorded_at: datetime
    currency: str
    order_total_minor: int
    base_minor: int
    share_ppm: int
    amount_minor: int
    stage: Stage
    reason: str
    touch_id: UUID | None
    conversation_id: UUID | None
    coupon_id: UUID | None
    link_id: UUID | None
    contract_version_id: UUID
    event_id: UUID | None


@dataclass(frozen=True)
class PayslipTotal:
    """One currency's sum: earned, taken back, and the balance by stage. Minor units."""

    currency: str
    earned_minor: int
    taken_back_minor: int
    balance_minor: int
    by_stage: dict[str, int]
    order_count: int


@dataclass(frozen=True)
class Payslip:
    """The month in UTC [start, end), the zone it was cut in, totals by currency, and every line in sequence.

    It is running, then soft (over, late facts still join until `closes_at`), then closed with a `statement`. `expected` are the lines
    about the whole month (tier, cap, minimum, lift) as they would stand were it closed now; empty once it is.
    """

    employee_id: UUID
    period: Period
    time_zone: str
    totals: tuple[PayslipTotal, ...]
    lines: tuple[PayslipLine, ...]
    state: PayslipState = "running"
    closes_at: datetime | None = None
    statement: StatementView | None = None
    expected: tuple[PeriodLine, ...] = ()


def line_of(entry: Entry, terms: ContractTerms, *, now: datetime, is_closed: bool = False) -> PayslipLine:
    """Turn one ledger movement into a payslip line."""
    credit, transaction, order, run = entry.credit, entry.transaction, entry.order, entry.run
    return PayslipLine(
        transaction_id=transaction.transaction_id, points_to=transaction.points_to, kind=_kind(entry), why=transaction.why,
        order_id=transaction.order_id, order_ref=(order.number or order.external_id) if order else "", occurred_at=transaction.occurred_at,
        effective_at=transaction.effective_at, recorded_at=transaction.recorded_at, currency=entry.posting.currency,
        order_total_minor=order.captured_minor if order else 0, base_minor=run.base_minor if run else 0,
        share_ppm=credit.share_ppm if credit else terms.share_ppm,
        amount_minor=entry.amount_minor, stage=stage_of(transaction.occurred_at, terms, now=now, is_closed=is_closed),
        reason=credit.reason if credit else (run.rejected_reason or run.reason) if run else transaction.why,
        touch_id=credit.touch_id if credit else None, conversation_id=credit.conversation_id if credit else None,
        coupon_id=credit.coupon_id if credit else None, link_id=credit.link_id if credit else None,
        contract_version_id=transaction.contract_version_id, event_id=entry.event_id,
    )  # fmt: skip


def total_lines(lines: Sequence[PayslipLine]) -> tuple[PayslipTotal, ...]:
    """Sum the lines by currency."""
    return tuple(
        _total(currency, [line for line in lines if line.currency == currency]) for currency in sorted({line.currency for line in lines})
    )


def _total(currency: str, lines: list[PayslipLine]) -> PayslipTotal:
    amounts = [line.amount_minor for line in lines]
    return PayslipTotal(
        currency=currency, earned_minor=sum(amount for amount in amounts if amount > 0),
        taken_back_minor=-sum(amount for amount in amounts if amount < 0), balance_minor=sum(amounts),
        by_stage={stage: sum(line.amount_minor for line in lines if line.stage == stage) for stage in STAGES},
        order_count=len({line.order_id for line in lines if line.order_id}),
    )  # fmt: skip


def _kind(entry: Entry) -> str:
    """sale for an order's first movement; after it the name of what changed it; for anything else the ledger's own kind."""
    if entry.transaction.kind != "share":
        return entry.transaction.kind
    if entry.transaction.points_to is None:
        return "sale"
    return entry.transaction.cause if entry.transaction.cause in {"refund", "chargeback"} else "correction"
