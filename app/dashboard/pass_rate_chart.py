"""The history of the pass rate as bars: one per examination, the newest at the right, the passed part filled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.conversations.golden_read import RunView

WIDTH: Final = 640
HEIGHT: Final = 96
BAR_MAX: Final = 34
GAP: Final = 6


@dataclass(frozen=True)
class PassBar:
    """One examination: where its bar stands, how wide it is, and how much of it is filled (all in the drawing's units)."""

    run: RunView
    left: float
    width: float
    filled: float


@dataclass(frozen=True)
class PassRateChart:
    """Bars from left to right, in a drawing of WIDTH by HEIGHT."""

    bars: tuple[PassBar, ...]
    width: int = WIDTH
    height: int = HEIGHT


def pass_rate_chart(runs: Sequence[RunView]) -> PassRateChart:
    """Lay out the bars, oldest first."""
    width = min(BAR_MAX, (WIDTH - GAP * max(len(runs) - 1, 0)) / max(len(runs), 1))
    return PassRateChart(
        tuple(
            PassBar(run, round(place * (width + GAP), 2), round(width, 2), round(HEIGHT * run.passed_ppm / 1_000_000, 2))
            for place, run in enumerate(runs)
        )
    )
