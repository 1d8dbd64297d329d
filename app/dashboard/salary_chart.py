"""Twelve months of salary as one row of bars: geometry only, in whole minor units until the last step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.dashboard.charts import nice_ticks
from billing.read_salary import SalaryMonth

WIDTH, HEIGHT = 720, 240
NARROW_WIDTH: Final = 330
MARGIN_LEFT, MARGIN_TOP, AXIS_HEIGHT = 58, 12, 26
GAP: Final = 0.34


@dataclass(frozen=True)
class MonthBar:
    """One month's bar and where its label stands."""

    month: SalaryMonth
    x: float
    y: float
    width: float
    height: float
    label_x: float
    is_labelled: bool


@dataclass(frozen=True)
class SalaryChart:
    """A finished drawing; `ticks` are (amount, y)."""

    width: int
    height: int
    floor_y: float
    ticks: tuple[tuple[int, float], ...]
    bars: tuple[MonthBar, ...]


def draw_salary(months: Sequence[SalaryMonth], *, width: int = WIDTH, height: int = HEIGHT) -> SalaryChart:
    """Lay out one bar per month, the earliest on the left; every month has the same width however few there are."""
    amounts = [one.amount_minor for one in months]
    ticks = nice_ticks(min(amounts, default=0), max(amounts, default=0))
    low, high = ticks[0], max(ticks[-1], ticks[0] + 1)
    drawn = height - AXIS_HEIGHT - MARGIN_TOP

    def y_of(amount: int) -> float:
        return round(MARGIN_TOP + drawn * (high - amount) / (high - low), 2)

    column = (width - MARGIN_LEFT) / max(len(months), 6)
    every = 1 if column >= 44 else 2
    bars = []
    for place, month in enumerate(months):
        left, amount = MARGIN_LEFT + place * column, month.amount_minor
        top, bottom = y_of(max(amount, 0)), y_of(min(amount, 0))
        is_labelled = (len(months) - 1 - place) % every == 0
        bars.append(
            MonthBar(
                month,
                round(left + column * GAP / 2, 2),
                top,
                round(column * (1 - GAP), 2),
                round(bottom - top, 2),
                round(left + column / 2, 2),
                is_labelled,
            )
        )
    return SalaryChart(width, height, y_of(0), tuple((tick, y_of(tick)) for tick in ticks), tuple(bars))
