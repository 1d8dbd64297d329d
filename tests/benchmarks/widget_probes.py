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
EYE = """() => {
  const face = document.querySelector(".face"), small = new OffscreenCanvas(32, 24), sound = new Float32Array(512);
  const pencil = small.getContext("2d", {willReadFrequently: true});
  window.__seen = [];
  const look = () => {
    const size = face.width / 512, moment = performance.now();
    window.__ear?.getFloatTimeDomainData(sound);
    pencil.drawImage(face, 196 * size, 290 * size, 120 * size, 90 * size, 0, 0, 32, 24);
    const loudness = Math.sqrt(sound.reduce((sum, value) => sum + value * value, 0) / sound.length);
    const delay = window.__ear ? window.__ear.context.outputLatency || window.__ear.context.baseLatency : 0;
    const red = Array.from(pencil.getImageData(0, 0, 32, 24).data.filter((_, i) => i % 4 === 0));
    window.__seen.push([moment, loudness, red, delay]);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
"""In every frame, right after she was drawn: moment, loudness at the sound card, pixels of her mouth, the sound card's delay.

The sound is read first: fetching pixels may wait for the drawing, and what sounds meanwhile belongs to the next picture."""
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
            found.append(lags[int(fits.argmax())] - float(np.median(delay_ms)) * 1000)
    if len(found) < 3:
        raise AssertionError("She was not heard speaking long enough to measure her lips.")
    return np.array(found)
