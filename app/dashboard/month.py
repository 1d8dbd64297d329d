"""A calendar month of a shop: its name, its moments, the one beside it, and its days as figures for drawing. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.dashboard.charts import DayFigure
from billing.read_month import DaySums, MonthWish
from tenants.employee import EmployeeView


@dataclass(frozen=True)
class Month:
    """A calendar month in a zone: [start, end) in UTC."""

    zone: ZoneInfo
    first_day: date
    start: datetime
    end: datetime

    @property
    def name(self) -> str:
        """As addresses write it: 2026-11."""
        return f"{self.first_day:%Y-%m}"

    def beside(self, step: int) -> str:
        """The name of the month `step` months later (or earlier)."""
        months = self.first_day.year * 12 + self.first_day.month - 1 + step
        return f"{months // 12:04d}-{months % 12 + 1:02d}"


@dataclass(frozen=True)
class Sums:
    """Minor units of one currency: what buyers paid, and what was earned on it."""

    currency: str
    sales_minor: int = 0
    base_minor: int = 0
    earned_minor: int = 0
    taken_back_minor: int = 0
    order_count: int = 0
    line_count: int = 0

    @property
    def balance_minor(self) -> int:
        """What stays."""
        return self.earned_minor - self.taken_back_minor


def month_of(name: str | None, zone: ZoneInfo, now: datetime) -> Month:
    """The month called `name`, or the running one, cut in the zone."""
    year, number = (int(part) for part in name.split("-")) if name else (now.astimezone(zone).year, now.astimezone(zone).month)
    first, following = date(year, number, 1), date(year + number // 12, number % 12 + 1, 1)

    def moment(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)

    return Month(zone, first, moment(first), moment(following))


def wish_of(month: Month, team: Iterable[EmployeeView]) -> MonthWish:
    """Everything of a month."""
    return MonthWish(month.start, month.end, tuple(one.employee_id for one in team))


def sums_of(days: Iterable[DaySums]) -> list[Sums]:
    """A month's days summed by currency, the currency with the most lines first; each order counts once."""
    found: dict[str, list[DaySums]] = defaultdict(list)
    for one in days:
        found[one.currency].append(one)
    sums = [
        Sums(
            currency=currency, sales_minor=sum(day.sales_minor for day in own), base_minor=sum(day.base_minor for day in own),
            earned_minor=sum(day.earned_minor for day in own),
            taken_back_minor=sum(day.taken_back_minor for day in own), order_count=sum(day.order_count for day in own),
            line_count=sum(day.line_count for day in own),
        )
        for currency, own in found.items()
    ]  # fmt: skip
    return sorted(sums, key=lambda one: (-one.line_count, one.currency))


def sums_by_employee(days: Iterable[DaySums]) -> dict[UUID, list[Sums]]:
    """The same for each employee, with every order they have a part in."""
    found: dict[UUID, list[DaySums]] = defaultdict(list)
    for one in days:
        found[one.employee_id].append(replace(one, sales_minor=one.own_sales_minor, order_count=one.own_order_count))
    return {employee_id: sums_of(own) for employee_id, own in found.items()}


def days_of(found: Iterable[DaySums], month: Month, currency: str, *, now: datetime) -> list[DayFigure]:
    """One figure per day from the month's first to its last, or to today while it runs."""
    sales: dict[date, int] = defaultdict(int)
    earned: dict[date, int] = defaultdict(int)
    for one in found:
        if one.currency == currency:
            sales[one.day] += one.sales_minor
            earned[one.day] += one.earned_minor - one.taken_back_minor
    last = min(now, month.end - timedelta(microseconds=1)).astimezone(month.zone).date()
    days = [month.first_day + timedelta(days=offset) for offset in range((last - month.first_day).days + 1)]
    return [DayFigure(day, sales[day], earned[day]) for day in days]
