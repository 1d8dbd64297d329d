"""After an hour of speech, how far are her lips from her voice? The panel's own plan of sentences, played by Chromium's sound engine.

Each sentence begins with a click. An offline sound card renders the whole hour as voice.js lays it out (every sentence at the moment that
timeline.js planned, of its own number of samples); the lips begin at the planned moment, so the click's place less the plan is the drift.
"""

import shutil
from pathlib import Path
from typing import Final

from playwright.sync_api import Route, sync_playwright

PANEL: Final = Path(__file__).parents[2] / "app" / "widget" / "panel"
ORIGIN: Final = "http://panel.test"
PLAY: Final = """async (counts) => {
  const { createTimeline } = await import("/timeline.js"), RATE_HZ = 8000, HOUR_S = 3600;
  const context = new OfflineAudioContext(1, RATE_HZ * (HOUR_S + 20), RATE_HZ), timeline = createTimeline(), starts = [];
  for (let n = 0, endS = 0; endS < HOUR_S; n += 1) {
    const spoken = timeline.add({ sample_count: counts[n % counts.length], sample_rate_hz: 24000, text: "" }, 0);
    const sound = context.createBuffer(1, 24, 24000), player = context.createBufferSource();
    sound.getChannelData(0).fill(1);
    player.buffer = sound;
    player.connect(context.destination);
    player.start(spoken.startS);
    starts.push(spoken.startS);
    endS = spoken.endS;
  }
  const heard = (await context.startRendering()).getChannelData(0), clicks = [];
  for (let i = 1; i < heard.length; i += 1) if (heard[i] > 0.25 && heard[i - 1] <= 0.25) clicks.push(i / RATE_HZ);
  return [starts, clicks];
}"""


def drift_ms_after_an_hour(sample_counts: list[int]) -> float:
    """The largest distance in the last minute, given how many samples of 24 kHz the sentences have; they are said again and again."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.route("**/*", _serve)
        page.goto(ORIGIN + "/")
        starts, clicks = page.evaluate(PLAY, sample_counts)
        browser.close()
    if len(starts) != len(clicks):
        raise AssertionError(f"{len(starts)} sentences were planned and {len(clicks)} were heard.")
    return max(abs(click - start) * 1000 for start, click in zip(starts, clicks, strict=True) if start > starts[-1] - 60)


def _serve(route: Route) -> None:
    if route.request.url.endswith("/timeline.js"):
        route.fulfill(body=(PANEL / "timeline.js").read_bytes(), content_type="text/javascript")
    else:
        route.fulfill(body="<!doctype html><title>An hour</title>", content_type="text/html")
