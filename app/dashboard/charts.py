"""Small charts as plain geometry: two rows of bars over days, such as sales above and what they earned below, or views and clicks.

Two rows, because a share is a tenth of a sale: on one scale it would be a line on the floor, on two scales it would lie.
Everything here is whole numbers, minor units or counts, until the last step, where they become positions in the drawing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

TICKS_MAX: Final = 3
BAR_GAP: Final = 0.32
MARGIN_LEFT, MARGIN_RIGHT, LABEL_HEIGHT, ROW_GAP, AXIS_HEIGHT = 54, 4, 30, 14, 24
"""All in the drawing's own units, which are CSS pixels at full size."""


@dataclass(frozen=True)
class DayFigure:
    """What one day brought, for the row above and the row below: minor units of one currency, or counts."""

    day: date
    upper: int
    lower: int


@dataclass(frozen=True)
class Bar:
    """One day's bar: its box in the drawing, and whether money went back that day."""

    x: float
    y: float
    width: float
    height: float
    amount_minor: int
    is_back: bool


@dataclass(frozen=True)
class Row:
    """One row of bars with its scale: `ticks` are (amount, y)."""

    name: str
    kind: str
    top: float
    floor_y: float
    ticks: tuple[tuple[int, float], ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Column:
    """One day across both rows, for the pointer and the label below."""

    day: date
    x: float
    width: float
    is_labelled: bool
    is_today: bool
    upper: int
    lower: int


@dataclass(frozen=True)
class Chart:
    """A finished drawing."""

    width: int
    height: int
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]


def draw_days(days: Sequence[DayFigure], *, today: date, names: tuple[str, str], width: int = 680, height: int = 300) -> Chart:
    """Lay out one bar per day and row, oldest on the left. `names` label the two rows."""
    column_width = (width - MARGIN_LEFT - MARGIN_RIGHT) / max(len(days), 1)
    every = max(1, round(64 / column_width))
    columns = tuple(
        Column(one.day, MARGIN_LEFT + i * column_width, column_width, i % every == 0, one.day == today, one.upper, one.lower)
        for i, one in enumerate(days)
    )
    above = round((height - AXIS_HEIGHT) * 0.56)
    sales = _row(names[0], "sales", [one.upper for one in days], columns, (0, above - ROW_GAP))
    earned = _row(names[1], "earned", [one.lower for one in days], columns, (above, height - AXIS_HEIGHT - above))
    return Chart(width, height, (sales, earned), columns)


def nice_ticks(lowest: int, highest: int) -> list[int]:
    """Round amounts that cover lowest..highest in at most a few steps of 1, 2 or 5 times a power of ten; 0 is always one."""
    span = max(highest, 0) - min(lowest, 0)
    step = 1
    while span / step > TICKS_MAX:
        step = step // 2 * 5 if str(step)[0] == "2" else step * 2
    first, last = min(lowest, 0) // step * step, -(-max(highest, 0) // step) * step
    return list(range(first, last + 1, step))


def _row(name: str, kind: str, amounts: Sequence[int], columns: Sequence[Column], place: tuple[float, float]) -> Row:
    ticks = nice_ticks(min(amounts, default=0), max(amounts, default=0))
    top, height = place
    low, high = ticks[0], max(ticks[-1], ticks[0] + 1)
    drawn_top, drawn_height = top + LABEL_HEIGHT, height - LABEL_HEIGHT

    def y_of(amount: int) -> float:
        return round(drawn_top + drawn_height * (high - amount) / (high - low), 2)

    bars = []
    for column, amount in zip(columns, amounts, strict=True):
        gap = column.width * BAR_GAP / 2
        box_top, box_bottom = y_of(max(amount, 0)), y_of(min(amount, 0))
        bars.append(
            Bar(round(column.x + gap, 2), box_top, round(column.width - 2 * gap, 2), round(box_bottom - box_top, 2), amount, amount < 0)
        )
    return Row(name, kind, top, y_of(0), tuple((tick, y_of(tick)) for tick in ticks), tuple(bar for bar in bars if bar.amount_minor))
