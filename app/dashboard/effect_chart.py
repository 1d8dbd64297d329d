"""The measured effect over time as geometry: the estimate as a line, its always-valid interval as a band, zero as a line across.

Positions only; the figures stay exact in the table beside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from app.dashboard.charts import nice_ticks
from billing.read_lift import LiftPoint

WIDTH, HEIGHT = 720, 280
NARROW_WIDTH: Final = 330
MARGIN_LEFT, MARGIN_TOP, AXIS_HEIGHT = 58, 12, 26
LABELS: Final = 5


@dataclass(frozen=True)
class EffectChart:
    """A finished drawing; `line` and `band` are points as SVG writes them, `ticks` (amount, y), `labels` (x, day)."""

    width: int
    height: int
    zero_y: float
    ticks: tuple[tuple[int, float], ...]
    line: str
    band: str
    labels: tuple[tuple[float, date], ...]


def draw_effect(points: Sequence[LiftPoint], *, width: int = WIDTH, height: int = HEIGHT) -> EffectChart | None:
    """Lay the curve out; None while no day has an estimate. The scale shows the interval of the latter half, where it says something."""
    drawn = [one for one in points if one.effect is not None]
    if not drawn:
        return None
    low, high = _range(drawn)
    ticks = nice_ticks(low, high)
    floor, roof = ticks[0], max(ticks[-1], ticks[0] + 1)
    across = (width - MARGIN_LEFT - 6) / max(len(drawn) - 1, 1)
    down = height - AXIS_HEIGHT - MARGIN_TOP

    def x_of(place: int) -> float:
        return round(MARGIN_LEFT + place * across, 2)

    def y_of(amount: Decimal | int) -> float:
        kept = min(max(Decimal(amount), Decimal(floor)), Decimal(roof))
        return round(MARGIN_TOP + down * float((roof - kept) / (roof - floor)), 2)

    told = [
        (place, one.effect) for place, one in enumerate(drawn) if one.effect and one.effect.low is not None and one.effect.high is not None
    ]
    upper = [f"{x_of(place)},{y_of(effect.high or 0)}" for place, effect in told]
    lower = [f"{x_of(place)},{y_of(effect.low or 0)}" for place, effect in reversed(told)]
    line = " ".join(f"{x_of(place)},{y_of(one.effect.estimate)}" for place, one in enumerate(drawn) if one.effect)
    every = max(1, len(drawn) // LABELS)
    labels = tuple((x_of(place), one.day) for place, one in enumerate(drawn) if place % every == 0)
    return EffectChart(width, height, y_of(0), tuple((tick, y_of(tick)) for tick in ticks), line, " ".join(upper + lower), labels)


def _range(drawn: Sequence[LiftPoint]) -> tuple[int, int]:
    latter = [one.effect for one in drawn[len(drawn) // 2 :] if one.effect]
    lows = [effect.low if effect.low is not None else effect.estimate for effect in latter]
    highs = [effect.high if effect.high is not None else effect.estimate for effect in latter]
    return int(min(lows)) - 1, int(max(highs)) + 1
