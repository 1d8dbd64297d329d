"""Whether the watch over quiet channels speaks up soon, and how seldom it cries wolf: over years of made-up shops."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.lift.quiet import ALARM_AT, GUARD_DAYS, HISTORY_DAYS, LEARNING_DAYS_MIN, ChannelDay, quiet_at_each, quiet_since

MONDAY = date(2026, 1, 5)
WEEK_SHOWN, WEEK_BOUGHT = np.array([1, 1, 1, 1, 1.2, 1.4, 0.5]), np.array([1, 1, 1, 1, 1, 0.7, 0.2])
LEARNED = HISTORY_DAYS + GUARD_DAYS
many = settings(max_examples=50, deadline=None)


@dataclass(frozen=True)
class MadeUpChannel:
    """Coupons shown a day; the part reported swings by `swing` from day to day, falls on weekends, and from `falls_on` to `part_left`."""

    shown: int
    swing: float = 0.3
    part: float = 0.15
    falls_on: int | None = None
    part_left: float = 0.0
    closed: tuple[int, ...] = ()

    def days(self, count: int, dice: np.random.Generator) -> list[ChannelDay]:
        return list(self._days(count, dice))

    def _days(self, count: int, dice: np.random.Generator) -> Iterator[ChannelDay]:
        for number in range(count):
            day = MONDAY + timedelta(days=number)
            shown = int(dice.poisson(self.shown * WEEK_SHOWN[day.weekday()]))
            part = self.part * WEEK_BOUGHT[day.weekday()] * np.exp(dice.normal(0, self.swing) - self.swing**2 / 2)
            part *= 0 if number in self.closed else 1
            part *= self.part_left if self.falls_on is not None and number >= self.falls_on else 1
            yield ChannelDay(day, shown, int(dice.binomial(shown, min(part, 1))))


@pytest.mark.parametrize("shown", [10, 60, 300])
def test_a_false_alarm_is_rarer_than_promised(shown: int) -> None:
    """24 channel-years each, days swinging by 30 %, quiet weekends, and two long weekends a year on which the shop is closed."""
    dice, judged, alarms = np.random.default_rng(3), 0, 0
    for _ in range(24):
        closed = tuple(first + more for first in dice.integers(LEARNED, LEARNED + 365, 2) for more in range(3))
        looks = quiet_at_each(MadeUpChannel(shown, closed=closed).days(LEARNED + 365, dice))
        first = next((number for number, look in enumerate(looks) if look), None)
        alarms, judged = alarms + (first is not None), judged + (365 if first is None else first - LEARNED)
    assert judged > 8000
    assert alarms <= judged / ALARM_AT


@pytest.mark.parametrize(
    ("shown", "part_left", "days_median", "found_min"), [(10, 0.0, 12, 30), (60, 0.0, 6, 30), (60, 0.3, 10, 30), (300, 0.5, 14, 24)]
)
def test_a_fallen_channel_is_noticed(shown: int, part_left: float, days_median: int, found_min: int) -> None:
    dice, delays = np.random.default_rng(4), []
    for _ in range(30):
        looks = quiet_at_each(MadeUpChannel(shown, falls_on=100, part_left=part_left).days(160, dice))
        first = next((number for number, look in enumerate(looks) if look), None)
        delays += [] if first is None else [first - 99]
    assert len(delays) >= found_min
    assert sorted(delays)[len(delays) // 2] <= days_median


def steady(count: int, seen: int = 10, shown: int = 50) -> list[ChannelDay]:
    return [ChannelDay(MONDAY + timedelta(days=number), shown, seen) for number in range(count)]


def silent_after(count: int, silent: int) -> list[ChannelDay]:
    days = steady(count + silent)
    return days[:count] + [ChannelDay(day.day, day.shown, 0) for day in days[count:]]


def test_a_long_weekend_is_no_alarm_and_a_silent_week_is() -> None:
    assert quiet_since(silent_after(100, 4)) is None
    found = quiet_since(silent_after(100, 7))
    assert found
    assert [day.day for day in found.days] == [MONDAY + timedelta(days=100 + number) for number in range(7)]
    assert (found.seen, found.usual) == (0, 70)
    assert found.chance < Decimal("1e-15")
    assert found.evidence >= ALARM_AT


def test_a_silence_stays_an_alarm_for_months_and_ends_soon_after_the_channel_speaks() -> None:
    days = silent_after(100, 120)
    assert quiet_since(days)
    back = [ChannelDay(days[-1].day + timedelta(days=number), 50, 10) for number in range(1, 8)]
    assert quiet_since(days + back) is None


def test_without_enough_of_a_past_nothing_is_said() -> None:
    assert quiet_since([]) is None
    assert quiet_since(silent_after(5, LEARNING_DAYS_MIN)) is None
    assert quiet_since(silent_after(GUARD_DAYS + LEARNING_DAYS_MIN, 7))
    rare = [ChannelDay(day.day, 50, int(day.day.weekday() == 0)) for day in steady(150)]
    assert quiet_since(rare[:90] + [ChannelDay(day.day, 50, 0) for day in rare[90:]]) is None


def test_fewer_coupons_shown_is_no_silence() -> None:
    days = steady(100)
    assert quiet_since(days + [ChannelDay(days[-1].day + timedelta(days=number), 0, 0) for number in range(1, 30)]) is None


MADE_DAYS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=LEARNED, max_size=LEARNED + 30)


def told(pairs: list[tuple[int, int]]) -> list[ChannelDay]:
    return [ChannelDay(MONDAY + timedelta(days=number), max(pair), min(pair)) for number, pair in enumerate(pairs)]


@many
@given(MADE_DAYS)
def test_a_look_knows_nothing_of_later_days(pairs: list[tuple[int, int]]) -> None:
    looks = quiet_at_each(told(pairs))
    for cut in (LEARNED // 2, LEARNED, len(pairs)):
        assert quiet_since(told(pairs[:cut])) == looks[cut - 1]


@many
@given(MADE_DAYS, st.integers(0, 30))
def test_reporting_more_never_raises_an_alarm(pairs: list[tuple[int, int]], more: int) -> None:
    """The last day's own reports can only calm: they are not yet part of any history."""
    days = told(pairs)
    fuller = [*days[:-1], ChannelDay(days[-1].day, days[-1].shown, days[-1].seen + more)]
    assert quiet_since(days) or not quiet_since(fuller)


@many
@given(MADE_DAYS)
def test_an_alarm_shows_the_days_it_rests_on(pairs: list[tuple[int, int]]) -> None:
    for look in quiet_at_each(told(pairs)):
        if look:
            assert look.seen == sum(day.seen for day in look.days)
            assert abs(look.usual - sum(day.usual for day in look.days)) < Decimal("1e-20")
            assert 0 <= look.chance <= 1
            assert all(day.tolerated < day.usual or day.usual == 0 for day in look.days)
