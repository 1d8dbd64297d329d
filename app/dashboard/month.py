"""A month of earnings as figures: sums by currency and employee, and one figure per day. Pure; the lines come from the ledger."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.dashboard.charts import DayFigure
from billing.read_orders import EarningLine


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
    """Minor units of one currency: what buyers paid, what of it counts, and what was earned on it."""

    currency: str
    sales_minor: int = 0
    base_minor: int = 0
    earned_minor: int = 0
    taken_back_minor: int = 0
    balance_minor: int = 0
    order_count: int = 0


def month_of(name: str | None, zone: ZoneInfo, now: datetime) -> Month:
    """The month called `name`, or the running one, cut in the zone."""
    year, number = (int(part) for part in name.split("-")) if name else (now.astimezone(zone).year, now.astimezone(zone).month)
    first, following = date(year, number, 1), date(year + number // 12, number % 12 + 1, 1)

    def moment(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)

    return Month(zone, first, moment(first), moment(following))


def sums_of(found: Sequence[EarningLine]) -> list[Sums]:
    """Sum lines by currency, the currency with the most lines first. An order's sale counts once, at its latest worth."""
    lines = defaultdict(list)
    for one in found:
        lines[one.line.currency].append(one.line)
    sums = []
    for currency, own in sorted(lines.items(), key=lambda item: (-len(item[1]), item[0])):
        orders = {line.order_id: line for line in own if line.order_id}  # lines come in sequence, so the last one of an order stays
        amounts = [line.amount_minor for line in own]
        sums.append(
            Sums(
                currency=currency,
                sales_minor=sum(line.order_total_minor for line in orders.values()),
                base_minor=sum(line.base_minor for line in orders.values()),
                earned_minor=sum(amount for amount in amounts if amount > 0),
                taken_back_minor=-sum(amount for amount in amounts if amount < 0),
                balance_minor=sum(amounts),
                order_count=len(orders),
            )
        )
    return sums


def sums_by_employee(found: Sequence[EarningLine]) -> dict[UUID, list[Sums]]:
    """The same for each employee who has a line."""
    own = defaultdict(list)
    for one in found:
        own[one.employee_id].append(one)
    return {employee_id: sums_of(lines) for employee_id, lines in own.items()}


def days_of(found: Sequence[EarningLine], month: Month, currency: str, *, now: datetime) -> list[DayFigure]:
    """One figure per day from the month's first to its last, or to today while it runs: sales on the order's day, shares on theirs."""
    shares: dict[date, int] = defaultdict(int)
    sales: dict[date, dict[UUID, int]] = defaultdict(dict)
    for one in found:
        if one.line.currency == currency:
            shares[one.line.effective_at.astimezone(month.zone).date()] += one.line.amount_minor
            if one.line.order_id:
                sales[one.line.occurred_at.astimezone(month.zone).date()][one.line.order_id] = one.line.order_total_minor
    last = min(now, month.end - timedelta(microseconds=1)).astimezone(month.zone).date()
    days = [month.first_day + timedelta(days=offset) for offset in range((last - month.first_day).days + 1)]
    return [DayFigure(day, sum(sales[day].values()), shares[day]) for day in days]
