"""Draws how often a film was watched and followed, day by day: views above, clicks below, on a wide and on a narrow page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.dashboard.charts import Chart, DayFigure, draw_days
from app.dashboard.language import _
from billing.read_works import WorkDay

DAYS_MAX, DAYS_MIN = 30, 14
WIDTH, WIDTH_NARROW, HEIGHT = 640, 300, 230


@dataclass(frozen=True)
class FilmCharts:
    """The drawings, and the same figures as a list, the newest day first and without days on which nothing was."""

    wide: Chart
    narrow: Chart
    days: tuple[WorkDay, ...]


def film_charts(days: Sequence[WorkDay], *, today: date) -> FilmCharts | None:
    """The last thirty days, or as many as there are but two weeks at least; None when nobody watched or followed it in them."""
    earliest, latest = today - timedelta(days=DAYS_MAX - 1), today - timedelta(days=DAYS_MIN - 1)
    first = min(max(min((one.day for one in days), default=today), earliest), latest)
    shown = {one.day: one for one in days if first <= one.day <= today}
    if not shown:
        return None
    each = [first + timedelta(days=step) for step in range((today - first).days + 1)]
    figures = [DayFigure(day, shown[day].views, shown[day].clicks) if day in shown else DayFigure(day, 0, 0) for day in each]
    wide, narrow = (
        draw_days(figures, today=today, names=(_("Views"), _("Clicks")), width=width, height=HEIGHT) for width in (WIDTH, WIDTH_NARROW)
    )
    return FilmCharts(wide, narrow, tuple(shown[day] for day in sorted(shown, reverse=True)))
