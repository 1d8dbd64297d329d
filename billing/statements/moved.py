"""The movements of a stretch of time, chosen and staged inside the database: what the figures of a month are sums of."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from billing.ledger.closed import closed_periods
from billing.revenue_share.periods import period_of
from billing.revenue_share.tables import ContractVersion
from billing.revenue_share.versions import terms_of_versions
from billing.statements.kept import movements
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


def movements_of(session: Session, wish: MonthWish) -> Any:
    """The movements of a wish, its stage and side aside, as a subquery with the columns of `billing.statements.kept`."""
    ids = list(wish.employee_ids)
    return movements(
        session,
        [
            ("employee_id", lambda column: column == ids[0] if len(ids) == 1 else column == func.any(ids)),
            ("effective_at", lambda column: and_(column >= wish.start, column < wish.end)),
        ],
    )


def moved_in(session: Session, wish: MonthWish, now: datetime) -> Any:
    """One row per movement and currency: what kind it is, what it brought all payees together, and how far that has come."""
    found = movements_of(session, wish)
    rows = select(found, _stage(session, found, wish, now).label("stage")).subquery()
    kept = [rows.c.stage == wish.stage] if wish.stage else []
    kept += [rows.c.amount_minor < 0 if wish.kind == "back" else rows.c.amount_minor >= 0] if wish.kind else []
    return select(rows).where(*kept).cte("moved")


def _stage(session: Session, found: Any, wish: MonthWish, now: datetime) -> ColumnElement[str]:
    """`billing.ledger.stages.stage_of`, said to the database: each version's windows become moments."""
    column = found.c
    own = select(ContractVersion.contract_version_id).where(
        ContractVersion.tenant_id == tenant_of(session), ContractVersion.employee_id == func.any(list(wish.employee_ids))
    )
    invoiced, pending, locked = [], [], []
    zones = set()
    for version_id, terms in terms_of_versions(session, session.scalars(own).all()).items():
        is_own = column.contract_version_id == version_id
        zones.add(terms.period_time_zone)
        pending.append(and_(is_own, column.occurred_at > now - timedelta(days=terms.return_window_days)))
        days = timedelta(days=max(terms.soft_days, terms.return_window_days))
        locked.append(and_(is_own, column.occurred_at >= period_of(now - days, terms.period_time_zone).start))
    for employee_id, start in _closed_near(session, wish.employee_ids, wish):
        for zone in zones:
            month = period_of(start, zone)
            is_within = and_(column.effective_at >= month.start, column.effective_at < month.end, literal(month.start == start))
            invoiced.append(and_(column.employee_id == employee_id, is_within))
    never = literal(False)
    return case((or_(never, *invoiced), "invoiced"), (or_(never, *pending), "pending"), (or_(never, *locked), "locked"), else_="cleared")


def _closed_near(session: Session, employee_ids: Collection[UUID], wish: MonthWish) -> list[tuple[UUID, datetime]]:
    """The closed months that may reach into the wish."""
    around = timedelta(days=32)
    found = closed_periods(session, employee_ids)
    return sorted((employee_id, start) for employee_id, start in found if wish.start - around < start < wish.end)
