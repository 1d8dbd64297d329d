"""Reads what employees have earned by now: by stage, by employee and by day, for each currency."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.orm import Session

from billing.contract_terms import ContractTerms
from billing.ledger.closed import ClosedMonths, closed_periods
from billing.ledger.posted import signed_for_employee
from billing.ledger.stages import STAGES, Stage, stage_of
from billing.ledger.tables import LedgerTransaction, Posting
from billing.orders.tables import ShopOrder
from billing.revenue_share.periods import period_of
from billing.revenue_share.versions import terms_of_versions
from tenants.database import tenant_of


@dataclass(frozen=True)
class EmployeeEarnings:
    """One employee's balance in one currency, in minor units, by stage."""

    employee_id: UUID
    balance_minor: int
    by_stage: dict[str, int]
    order_count: int


@dataclass(frozen=True)
class DayEarnings:
    """What took effect on one day of the contract's calendar: the share, and the sales of the orders dated that day that it came from."""

    day: date
    share_minor: int
    sales_minor: int


@dataclass(frozen=True)
class CurrencyEarnings:
    """Everything earned in one currency. Minor units."""

    currency: str
    balance_minor: int
    by_stage: dict[str, int]
    order_count: int
    employees: tuple[EmployeeEarnings, ...]
    days: tuple[DayEarnings, ...]


@dataclass(frozen=True)
class Earnings:
    """All currencies in which anything was ever earned."""

    currencies: tuple[CurrencyEarnings, ...]


@dataclass(frozen=True)
class _Movement:
    employee_id: UUID
    version_id: UUID
    currency: str
    order_id: UUID | None
    occurred_at: datetime
    effective_at: datetime
    captured_minor: int
    amount_minor: int


@dataclass(frozen=True)
class _Calendar:
    """What places a movement in time: its contract's terms, the closed months by (employee, start), and now."""

    terms: dict[UUID, ContractTerms]
    closed: ClosedMonths
    now: datetime

    def stage(self, movement: _Movement) -> Stage:
        own = self.terms[movement.version_id]
        month = period_of(movement.effective_at, own.period_time_zone).start
        return stage_of(movement.occurred_at, own, now=self.now, is_closed=(movement.employee_id, month) in self.closed)


def earnings(session: Session, *, now: datetime) -> Earnings:
    """Totals over the whole ledger of this tenant."""
    movements = _movements(session)
    terms = terms_of_versions(session, sorted({movement.version_id for movement in movements}))
    calendar = _Calendar(terms, closed_periods(session, {movement.employee_id for movement in movements}), now)
    currencies = sorted({movement.currency for movement in movements})
    return Earnings(tuple(_of_currency(code, [one for one in movements if one.currency == code], calendar) for code in currencies))


def _movements(session: Session) -> list[_Movement]:
    signed = cast(func.sum(signed_for_employee()), BigInteger)
    key = (
        Posting.employee_id, Posting.contract_version_id, Posting.currency, Posting.order_id, LedgerTransaction.occurred_at,
        LedgerTransaction.effective_at, func.coalesce(ShopOrder.captured_minor, 0),
    )  # fmt: skip
    query = (
        select(*key, signed)
        .join(
            LedgerTransaction,
            (LedgerTransaction.tenant_id == Posting.tenant_id) & (LedgerTransaction.transaction_id == Posting.transaction_id),
        )
        .outerjoin(ShopOrder, (ShopOrder.tenant_id == Posting.tenant_id) & (ShopOrder.order_id == Posting.order_id))
        .where(Posting.tenant_id == tenant_of(session), signed_for_employee() != 0)
        .group_by(*key)
    )
    found: list[Any] = [tuple(row) for row in session.execute(query)]
    return [_Movement(*row) for row in found]


def _of_currency(currency: str, movements: list[_Movement], calendar: _Calendar) -> CurrencyEarnings:
    by_employee: dict[UUID, list[_Movement]] = defaultdict(list)
    for movement in movements:
        by_employee[movement.employee_id].append(movement)
    employees = tuple(
        EmployeeEarnings(employee_id, _sum(own), _by_stage(own, calendar), _orders(own)) for employee_id, own in sorted(by_employee.items())
    )
    return CurrencyEarnings(
        currency, _sum(movements), _by_stage(movements, calendar), _orders(movements), employees, _days(movements, calendar.terms)
    )


def _sum(movements: list[_Movement]) -> int:
    return sum(movement.amount_minor for movement in movements)


def _orders(movements: list[_Movement]) -> int:
    return len({movement.order_id for movement in movements if movement.order_id})


def _by_stage(movements: list[_Movement], calendar: _Calendar) -> dict[str, int]:
    totals = dict.fromkeys(STAGES, 0)
    for movement in movements:
        totals[calendar.stage(movement)] += movement.amount_minor
    return {str(stage): minor for stage, minor in totals.items()}


def _days(movements: list[_Movement], terms: dict[UUID, ContractTerms]) -> tuple[DayEarnings, ...]:
    shares: dict[date, int] = defaultdict(int)
    sales: dict[date, dict[UUID, int]] = defaultdict(dict)
    for movement in movements:
        zone = ZoneInfo(terms[movement.version_id].period_time_zone)
        shares[movement.effective_at.astimezone(zone).date()] += movement.amount_minor
        if movement.order_id is not None:
            sales[movement.occurred_at.astimezone(zone).date()][movement.order_id] = movement.captured_minor
    return tuple(DayEarnings(day, shares[day], sum(sales[day].values())) for day in sorted(shares.keys() | sales.keys()))
