"""What is watched in the browser while the widget is measured: frames, the mouth's pixels, sound, paint; and how lags are read."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

SHIFTS = """
window.__shift = 0;
const add = (list) => list.getEntries().forEach((one) => { window.__shift += one.value; });
new PerformanceObserver(add).observe({type: "layout-shift", buffered: true});
"""
"""Layout shifts of the shop's own page."""
PAINT = """() => new Promise((done) => {
  new PerformanceObserver((list) => done(performance.timeOrigin + list.getEntries()[0].startTime)).observe({type: "paint", buffered: true});
})"""
"""When this frame was first painted, in milliseconds of the epoch."""
AREA = """(address) => {
  const frame = Object.assign(document.createElement("iframe"), {src: address, width: 380, height: 640});
  const began = performance.timeOrigin + performance.now();
  document.body.append(frame);
  return new Promise((done) => { frame.onload = () => done(began); });
}"""
"""Show an address in a frame of the panel's size; gives the moment it was asked for."""
FRAMES = """
window.__frames = [];
const ask = window.requestAnimationFrame;
let last = 0;
window.requestAnimationFrame = (act) => ask.call(window, (moment) => {
  const began = performance.now();
  act(moment);
  const took = performance.now() - began;
  if (moment === last && window.__frames.length) window.__frames.at(-1)[1] += took;
  else window.__frames.push([moment, took]);
  last = moment;
});
"""
"""Every animation frame: its moment, and the milliseconds our scripts took in it."""
WINDOW_MS, STEP_MS, GRID_MS, LAG_MS_MAX, FIT_MIN = 1500, 500, 4, 200, 0.5


def lags_ms(seen: list[Any]) -> NDArray[np.float64]:
    """How many milliseconds later the lips are than the sound at the ear, one figure per stretch of a second and a half."""
    moments, loudness, delay_ms = (np.array([row[column] for row in seen], np.float64) for column in (0, 1, 3))
    pictures = np.array([row[2] for row in seen], np.float64)
    opening = np.abs(pictures - np.median(pictures[loudness < 0.001], axis=0)).mean(axis=1)
    found = []
    for start in np.arange(moments[0] + LAG_MS_MAX, moments[-1] - WINDOW_MS - LAG_MS_MAX, STEP_MS):
        grid = np.arange(start, start + WINDOW_MS, GRID_MS)
        sound = np.interp(grid, moments, loudness)
        lags = np.arange(-LAG_MS_MAX, LAG_MS_MAX + 1, GRID_MS)
        if sound.std() < 0.01:
            continue
        fits = np.array([np.corrcoef(sound, np.interp(grid + lag, moments, opening))[0, 1] for lag in lags])
        if fits.max() >= FIT_MIN:
            found.append(lags[int(fits.argmax())] - float(np.median(delay_ms[loudness > 0.03])))
    if len(found) < 3:
        raise AssertionError("She was not heard speaking long enough to measure her lips.")
    return np.array(found)
