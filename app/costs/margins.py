"""Margins: what each employee's share earned us in a month against what serving it cost, for the operator.

The share is in the contract's currency, the costs are in ours. Where they differ both stand side by side and no margin is claimed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.costs.note_cost import Spent
from app.costs.prices import Prices
from app.costs.tables import ServiceCost
from billing.money import Money
from billing.read_month import MonthWish, month_sums
from tenants.database import Database
from tenants.employee import employees
from tenants.every_shop import every_shop, shops_with

SHOPS_MAX: Final = 500
"""Shops one page of margins reads; the operator narrows the month or asks the database beyond that."""


@dataclass(frozen=True)
class Margin:
    """One employee's month. `earned` by currency; `margin` only where everything was earned in the currency of the prices."""

    tenant_id: UUID
    shop_name: str
    employee_id: UUID
    name: str
    picture_quality: str
    spent: Spent
    turns: int
    films: int
    cost: Money
    earned: tuple[Money, ...]

    @property
    def margin(self) -> Money | None:
        """The share less the cost; None when they are in different currencies."""
        if any(one.currency != self.cost.currency for one in self.earned):
            return None
        return Money(sum(one.amount_minor for one in self.earned) - self.cost.amount_minor, self.cost.currency)

    @property
    def is_losing(self) -> bool:
        """Whether serving cost more than was earned."""
        return self.margin is not None and self.margin.amount_minor < 0


def margins(database: Database, prices: Prices, *, start: datetime, end: datetime, now: datetime) -> list[Margin]:
    """Every employee who cost or earned anything in [start, end), the greatest loss first."""
    found: list[Margin] = []
    with database.operator_session() as session:
        concerned = set(shops_with(session, ServiceCost, ServiceCost.happened_at >= start, ServiceCost.happened_at < end))
    for shop in [one for one in every_shop(database) if one.tenant_id in concerned][:SHOPS_MAX]:
        with database.tenant_session(shop.tenant_id) as session:
            found += margins_of_shop(session, shop.tenant_id, shop.name, prices, month=(start, end, now))
    return sorted(found, key=lambda one: (one.margin is None, one.margin.amount_minor if one.margin else 0, one.shop_name, one.name))


def margins_of_shop(
    session: Session, tenant_id: UUID, shop_name: str, prices: Prices, *, month: tuple[datetime, datetime, datetime]
) -> list[Margin]:
    """The same for one shop; `month` is its start, its end and now."""
    start, end, now = month
    costs, found = spent_by_employee(session, start, end), []
    for one in employees(session):
        sums = month_sums(session, MonthWish(start, end, (one.employee_id,)), now=now)
        earned = tuple(Money(line.balance_minor, line.currency) for line in sums)
        spent, turns, films = costs.get(one.employee_id, (Spent(), 0, 0))
        if spent.is_nothing and not earned:
            continue
        found.append(
            Margin(
                tenant_id, shop_name, one.employee_id, one.name, one.picture_quality, spent, turns, films, prices.cost_money(spent), earned
            )
        )
    return found


def spent_by_employee(session: Session, start: datetime, end: datetime) -> Mapping[UUID, tuple[Spent, int, int]]:
    """What each employee took in [start, end), and how many answers and makings of films that were."""
    sums = [func.sum(column) for column in (ServiceCost.gpu_ms, ServiceCost.cpu_ms, ServiceCost.characters, ServiceCost.tokens)]
    counts = [func.count().filter(ServiceCost.kind == kind) for kind in ("turn", "film")]
    query = (
        select(ServiceCost.employee_id, *sums, *counts)
        .where(ServiceCost.happened_at >= start, ServiceCost.happened_at < end)
        .group_by(ServiceCost.employee_id)
    )
    return {row[0]: (Spent(*(int(value) for value in row[1:5])), row[5], row[6]) for row in session.execute(query)}
