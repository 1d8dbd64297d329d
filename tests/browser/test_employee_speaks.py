"""Her lips move while sound plays and rest in silence: measured from the pixels of her mouth and the samples sent to the speaker."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from fakes.widget_ear import EAR, EYE
from fakes.widget_house import WidgetHouse
from shopper import Visit, until

from avatar_pipeline.catalogue import face

pytestmark = pytest.mark.browser

LAG_S_MAX = 0.12
"""The people's limit (ITU-R BT.1359) is +-0.125 s; a machine that draws seldom may be late by one of its pictures more."""
PICTURES_MIN = 20


@pytest.fixture
def house(poster: bytes) -> Iterator[WidgetHouse]:
    server = WidgetHouse(poster, face("amara").rig_path.read_bytes()).start()
    yield server
    server.stop()


@pytest.mark.alone  # it watches frame by frame, and a browser beside it takes half the frames
def test_lips_move_with_the_sound_and_rest_in_silence(visit: Visit, house: WidgetHouse):
    shopper = visit(prepare=EAR)
    shopper.page.wait_for_selector("tillhand-widget .launcher")
    panel = shopper.open()
    panel.wait_for_selector(".face:not([hidden])")
    shopper.wait_until("ready")
    panel.evaluate(EYE)
    shopper.page.wait_for_timeout(500)  # nothing is drawn and so nothing seen before they speak; what rests is seen afterwards
    shopper.ask("Tell me something long")
    until(lambda: panel.evaluate("window.__seen.filter(([, loud]) => loud > 0.03).length") > 2 * PICTURES_MIN)
    panel.click('[data-act="stop"]')
    shopper.page.wait_for_timeout(300)
    before = panel.evaluate("window.__seen.length")
    until(lambda: panel.evaluate("window.__seen.length") > before + PICTURES_MIN)
    seen = panel.evaluate("window.__seen")
    times_s, loudness, opening = _series(seen)
    sounding, silent = loudness > 0.03, _calm(times_s, loudness)
    assert sounding.sum() > PICTURES_MIN
    assert silent.sum() > PICTURES_MIN
    assert opening[sounding].mean() > 4 * opening[silent].mean() + 1
    assert np.median(opening[silent]) < 0.1 * np.median(opening[sounding])
    to_the_ear_s = float(np.median([delay_ms for _, loud, _, delay_ms in seen if loud > 0.03])) / 1000
    assert abs(_lag_s(times_s, loudness, opening) - to_the_ear_s) <= LAG_S_MAX + float(np.median(np.diff(times_s)))
    assert shopper.complaints == []


def test_without_webgl_the_portrait_stays_and_she_speaks(visit: Visit, house: WidgetHouse):
    shopper = visit(prepare="HTMLCanvasElement.prototype.getContext = () => null;" + EAR)
    shopper.page.wait_for_selector("tillhand-widget .launcher")
    panel = shopper.open()
    shopper.was_shown("state", "speaking")
    assert panel.locator(".poster").is_visible()
    assert not panel.locator(".face").is_visible()
    assert panel.evaluate("Boolean(window.__ear)")
    assert shopper.complaints == []


def _series(seen: list[Any]) -> tuple["np.ndarray[Any, Any]", "np.ndarray[Any, Any]", "np.ndarray[Any, Any]"]:
    """Seconds, loudness (root mean square), and how far the mouth's pixels are from the mouth at rest (mean of 0..255)."""
    times_s, loudness = np.array([row[0] for row in seen]) / 1000, np.array([row[1] for row in seen])
    pictures = np.array([row[2] for row in seen], dtype=np.float64)
    at_rest = np.median(pictures[loudness < 0.001], axis=0)
    return times_s, loudness, np.abs(pictures - at_rest).mean(axis=1)


def _calm(times_s: "np.ndarray[Any, Any]", loudness: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Moments with no sound in the quarter of a second around them."""
    heard = times_s[loudness > 0.001]
    return np.array([not np.any(np.abs(heard - moment) < 0.25) for moment in times_s])


def _lag_s(times_s: "np.ndarray[Any, Any]", loudness: "np.ndarray[Any, Any]", opening: "np.ndarray[Any, Any]") -> float:
    """How much later the lips are than the sound, where the two curves fit best."""
    grid = np.arange(times_s[0] + 0.4, times_s[-1] - 0.4, 0.01)
    sound = np.interp(grid, times_s, loudness)
    lags = np.arange(-0.3, 0.3, 0.01)
    fits = [np.corrcoef(sound, np.interp(grid + lag, times_s, opening))[0, 1] for lag in lags]
    print(f"lips behind sound by {lags[int(np.argmax(fits))]:.2f} s, correlation {max(fits):.2f}, {len(times_s)} pictures")  # noqa: T201
    return float(lags[int(np.argmax(fits))])
