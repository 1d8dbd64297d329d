"""The movements of a stretch of time, chosen and staged inside the database: what the figures of a month are sums of."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from billing.ledger.closed import closed_periods
from billing.ledger.posted import signed_for_employee
from billing.ledger.tables import LedgerTransaction, Posting
from billing.revenue_share.periods import period_of
from billing.revenue_share.tables import ContractVersion
from billing.revenue_share.versions import terms_of_versions
from tenants.database import tenant_of


@dataclass(frozen=True)
class MonthWish:
    """Which movements: those that take effect in [start, end), of some employees; perhaps of one stage, or one side (sale or back)."""

    start: datetime
    end: datetime
    employee_ids: tuple[UUID, ...]
    stage: str = ""
    kind: str = ""


def sum_where(amount: Any, condition: ColumnElement[bool]) -> ColumnElement[int]:
    """The sum of the rows that meet the condition; 0 without any."""
    return func.coalesce(func.sum(amount).filter(condition), 0)


def in_month(session: Session, wish: MonthWish) -> list[ColumnElement[bool]]:
    """The conditions that a transaction lies within the wish, its stage and side aside. Of one employee the index is in sequence."""
    table, ids = LedgerTransaction, wish.employee_ids
    is_theirs = table.employee_id == ids[0] if len(ids) == 1 else table.employee_id == func.any(list(ids))
    return [table.tenant_id == tenant_of(session), is_theirs, table.effective_at >= wish.start, table.effective_at < wish.end]


def within(session: Session, wish: MonthWish) -> list[ColumnElement[bool]]:
    """The same, and that its posting moves something to or from an employee."""
    return [*in_month(session, wish), signed_for_employee() != 0]


def moved_in(session: Session, wish: MonthWish, now: datetime) -> Any:
    """One row per movement and currency: what kind it is, what it brought all payees together, and how far that has come."""
    table = LedgerTransaction
    amount = cast(func.sum(signed_for_employee()), BigInteger).label("amount_minor")
    rows = (
        select(
            table.transaction_id, table.employee_id, table.order_id, table.revision, table.effective_at, table.recorded_at,
            table.occurred_at, table.contract_version_id, Posting.currency, amount, _kind().label("kind"),
            _stage(session, wish, now).label("stage"),
        )
        .join(Posting, and_(Posting.tenant_id == table.tenant_id, Posting.transaction_id == table.transaction_id))
        .where(*within(session, wish))
        .group_by(table.tenant_id, table.transaction_id, Posting.currency)
    ).subquery()  # fmt: skip
    kept = [rows.c.stage == wish.stage] if wish.stage else []
    kept += [rows.c.amount_minor < 0 if wish.kind == "back" else rows.c.amount_minor >= 0] if wish.kind else []
    return select(rows).where(*kept).cte("moved")


def _kind() -> ColumnElement[str]:
    """`billing.statements.payslip`'s names of the kinds, said to the database."""
    table = LedgerTransaction
    is_undone = table.cause.in_(("refund", "chargeback"))
    return case((table.kind != "share", table.kind), (table.points_to.is_(None), "sale"), (is_undone, table.cause), else_="correction")


def _stage(session: Session, wish: MonthWish, now: datetime) -> ColumnElement[str]:
    """`billing.ledger.stages.stage_of`, said to the database: each version's windows become moments."""
    table = LedgerTransaction
    own = select(ContractVersion.contract_version_id).where(
        ContractVersion.tenant_id == tenant_of(session), ContractVersion.employee_id == func.any(list(wish.employee_ids))
    )
    invoiced, pending, locked = [], [], []
    zones = set()
    for version_id, terms in terms_of_versions(session, session.scalars(own).all()).items():
        is_own = table.contract_version_id == version_id
        zones.add(terms.period_time_zone)
        pending.append(and_(is_own, table.occurred_at > now - timedelta(days=terms.return_window_days)))
        days = timedelta(days=max(terms.soft_days, terms.return_window_days))
        locked.append(and_(is_own, table.occurred_at >= period_of(now - days, terms.period_time_zone).start))
    for employee_id, start in _closed_near(session, wish.employee_ids, wish):
        for zone in zones:
            month = period_of(start, zone)
            is_within = and_(table.effective_at >= month.start, table.effective_at < month.end, literal(month.start == start))
            invoiced.append(and_(table.employee_id == employee_id, is_within))
    never = literal(False)
    return case((or_(never, *invoiced), "invoiced"), (or_(never, *pending), "pending"), (or_(never, *locked), "locked"), else_="cleared")


def _closed_near(session: Session, employee_ids: Collection[UUID], wish: MonthWish) -> list[tuple[UUID, datetime]]:
    """The closed months that may reach into the wish."""
    around = timedelta(days=32)
    found = closed_periods(session, employee_ids)
    return sorted((employee_id, start) for employee_id, start in found if wish.start - around < start < wish.end)
