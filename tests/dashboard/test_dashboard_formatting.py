"""Amounts, rates and times as people read them; and charts whose bars and scales agree with the figures."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dashboard.charts import DayFigure, draw_days, nice_ticks
from app.dashboard.formatting import Clockface, amount_text, duration_text, money, rate_text, short_amount, size_text
from app.dashboard.guess_limit import FAILURES_MAX, KEYS_MAX, GuessLimit
from billing.errors import CurrencyUnknown

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [(126, "USD", "$1.26"), (-126, "USD", "−$1.26"), (123456789, "USD", "$1,234,567.89"),
     (500, "JPY", "¥500"), (1234, "KWD", "KWD\xa01.234"),
     (0, "EUR", "€0.00"), (5, "GBP", "£0.05")],
)  # fmt: skip
def test_an_amount_has_the_digits_of_its_currency(minor: int, currency: str, text: str) -> None:
    assert amount_text(minor, currency) == text


def test_an_unknown_currency_is_refused_rather_than_guessed() -> None:
    with pytest.raises(CurrencyUnknown):
        amount_text(100, "XQZ")


def test_an_amount_in_a_page_keeps_its_exact_minor_units() -> None:
    assert str(money(-126, "USD")) == '<data class="money money-negative" value="-126">−$1.26</data>'


def test_a_round_amount_on_a_scale_drops_its_zeros_only() -> None:
    assert [short_amount(4000, "USD"), short_amount(50, "USD"), short_amount(4000, "JPY")] == ["$40", "$0.50", "¥4,000"]


def test_rates_durations_and_sizes() -> None:
    assert [rate_text(100_000), rate_text(82_500), rate_text(0)] == ["10\xa0%", "8.25\xa0%", "0\xa0%"]
    assert [duration_text(420), duration_text(38_400), duration_text(1_240_000)] == ["0.4\xa0ms", "38\xa0ms", "1.2\xa0s"]
    assert [size_text(812), size_text(3_400)] == ["812 bytes", "3.4\xa0kB"]


def test_a_time_is_the_shops_and_utc_is_beside_it() -> None:
    times = Clockface(ZoneInfo("America/New_York"), NOON)
    shown = str(times.moment(NOON - timedelta(hours=2)))
    assert ">Today, 05:00<" in shown
    assert 'title="2026-11-20 10:00:00 UTC"' in shown
    assert ">today, 05:00<" in str(times.moment_within(NOON - timedelta(hours=2)))
    assert ">19 Nov, 22:00<" in str(times.moment(datetime(2026, 11, 20, 3, 0, tzinfo=UTC)))
    assert ">1 Dec 2025, 19:00<" in str(times.moment(datetime(2025, 12, 2, 0, 0, tzinfo=UTC)))


@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))
def test_a_scale_covers_its_figures_with_few_round_steps(one: int, other: int) -> None:
    ticks = nice_ticks(min(one, other), max(one, other))
    assert ticks[0] <= min(one, other, 0)
    assert ticks[-1] >= max(one, other, 0)
    assert 0 in ticks
    assert len(ticks) <= 5
    assert len({later - earlier for earlier, later in pairwise(ticks)}) <= 1


def test_bars_stand_on_the_floor_and_keep_the_figures_proportions() -> None:
    days = [DayFigure(date(2026, 11, day), sales, sales // 10) for day, sales in ((1, 1000), (2, 2000), (3, 0), (4, -500))]
    chart = draw_days(days, today=date(2026, 11, 4), names=("Sales", "Earned"))
    first, second, back = chart.rows[0].bars
    assert second.height == pytest.approx(2 * first.height, abs=0.05)
    assert first.y + first.height == pytest.approx(chart.rows[0].floor_y)
    assert back.is_back
    assert back.y == pytest.approx(chart.rows[0].floor_y)
    assert [column.is_today for column in chart.columns] == [False, False, False, True]


def test_a_caller_waits_after_too_many_wrong_passwords_and_then_may_try_again() -> None:
    limit, keys = GuessLimit(), ("from 127.0.0.1", "to a@b.example")
    for second in range(FAILURES_MAX):
        assert limit.wait_seconds(keys, NOON + timedelta(seconds=second)) == 0
        limit.note_failure(keys, NOON + timedelta(seconds=second))
    assert limit.wait_seconds(("from 10.9.9.9", keys[1]), NOON + timedelta(seconds=60)) > 0
    assert limit.wait_seconds(keys, NOON + timedelta(minutes=15, seconds=1)) == 0


def test_the_limit_forgets_the_oldest_address_when_its_memory_is_full() -> None:
    limit = GuessLimit()
    for number in range(KEYS_MAX + 5):
        limit.note_failure((f"from {number}",), NOON)
    assert len(limit.failures) == KEYS_MAX
    assert "from 0" not in limit.failures
