"""What the widget weighs on a shopper's line and how fast, steady and in step she is, in real Chromium beside ceilings of the same run.

    PYTHONPATH=.:tests python tests/benchmarks/bench_widget.py [runs]

Weights are bytes on the line as the browser counted them (headers and all). WebGL is drawn in software (SwiftShader) and the page is put
together without it, which is what Chromium does by itself on a machine without a graphics card. Forcing SwiftShader on the page's own
putting together as well (`--use-angle=swiftshader`) makes every change of a page, were it ten pixels, cost 25 ms, and measures that.
Ceilings: an empty frame's first paint, an empty page's frames. The worst of all runs is printed.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from fakes import widget_mind
from fakes.widget_ear import EAR, EYE
from fakes.widget_house import WidgetHouse
from playwright.sync_api import Browser, Page, sync_playwright
from widget_probes import AREA, FRAMES, PAINT, SHIFTS, lags_ms

from app.api.widget_files import badge_webp
from avatar_pipeline.catalogue import face
from avatar_pipeline.speak import idle

RUNS = 3
FACE = "amara"
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-quic",
    "--use-angle=swiftshader-webgl",
    "--autoplay-policy=no-user-gesture-required",
]
STORY = [
    " ".join(widget_mind.GREETING),
    "I have something for you. Show the code at the till or paste it into your cart.",
    " ".join(step[1]["text"] for step in widget_mind.ANSWERS["long"]),
]
CUTS = ([2, 3, 1, 2], [0, 0, 4], [1, 1, 1, 1, 1], [5, 1, 7, 2])
TARGETS: dict[str, tuple[float, str]] = {
    "loader_gz_kb": (3, "kB"), "before_intent_gz_kb": (12, "kB"), "panel_gz_kb": (45, "kB"), "avatar_engine_gz_kb": (6, "kB"),
    "first_open_kb": (200, "kB"), "host_cls": (0, "score"), "panel_paint_ms": (300, "ms"), "frame_js_ms": (1, "ms"),
    "frame_ms": (33, "ms"), "av_skew_ms": (40, "ms"), "reconnect_lost": (0, "sentences"), "reconnect_doubled": (0, "sentences"),
}  # fmt: skip


class Line:
    """Counts what travels on every connection of a page and its frames, by address; the body alone, as it was coded."""

    def __init__(self, page: Page) -> None:
        self.bytes_of: dict[str, int] = defaultdict(int)
        page.on("requestfinished", lambda request: self.bytes_of.__setitem__(request.url, request.sizes()["responseBodySize"]))

    def kilobytes(self, *parts: str, but: tuple[str, ...] = ()) -> float:
        """Everything whose address holds one of `parts`, in kB of 1,000 bytes."""
        named = {url: size for url, size in self.bytes_of.items() if any(part in url for part in parts)}
        return sum(size for url, size in named.items() if not any(part in url for part in but)) / 1000


@contextmanager
def shopper(browser: Browser, house: WidgetHouse, *scripts: str) -> Iterator[Page]:
    """A fresh visitor in front of the shop's page; the launcher stands."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    for script in scripts:
        context.add_init_script(script)
    page = context.new_page()
    yield page
    context.close()


def arrive(page: Page, house: WidgetHouse) -> None:
    page.goto(house.shop_url + "/shop")
    page.wait_for_selector("tillhand-widget .launcher")


def panel_of(page: Page) -> Any:
    return next(frame for frame in page.frames if "/frame" in frame.url)


def is_ready(page: Page, timeout_ms: int = 60_000) -> None:
    page.frame_locator("tillhand-widget iframe").locator('.room[data-state="ready"]').wait_for(timeout=timeout_ms)


def weights(browser: Browser, house: WidgetHouse) -> dict[str, float]:
    """Bytes before anybody asks, and at the first opening with nothing in the cache; sound is left out."""
    with shopper(browser, house, SHIFTS) as page:
        line = Line(page)
        arrive(page, house)
        page.wait_for_timeout(2000)  # the invitation comes by then
        before = {"loader_gz_kb": line.kilobytes("/w/loader.js"), "before_intent_gz_kb": line.kilobytes("/w/")}
        page.click("tillhand-widget .launcher")
        is_ready(page)
        page.frame_locator("tillhand-widget iframe").locator(".face:not([hidden])").wait_for()
        panel = line.kilobytes("/panel/", "/frame")
        opened = line.kilobytes("/w/", but=("/w/loader.js", "/boot", "/badge", "/w/audio/", "/events"))
        page.click("tillhand-widget .launcher")
        page.wait_for_timeout(300)
        shift = page.evaluate("window.__shift")
    engine = line.kilobytes("/player/engine.js")
    return before | {"panel_gz_kb": panel, "avatar_engine_gz_kb": engine, "first_open_kb": opened, "host_cls": shift}


def paint(browser: Browser, house: WidgetHouse) -> dict[str, float]:
    """From the click to the panel's first paint, its files in the cache; and the same for a frame with one word in it."""
    with shopper(browser, house) as page:
        arrive(page, house)
        page.click("tillhand-widget .launcher")
        is_ready(page)
        arrive(page, house)
        page.wait_for_timeout(500)
        pressed = page.evaluate("performance.timeOrigin + performance.now()")
        page.evaluate("Tillhand('open')")
        is_ready(page)
        took = panel_of(page).evaluate(PAINT) - pressed
    with shopper(browser, house) as page:  # a page of its own: she would be drawn beside it
        arrive(page, house)
        page.wait_for_timeout(500)
        bare = page.evaluate(AREA, house.widget_url + "/bare")
        frame = next(one for one in page.frames if one.url.endswith("/bare"))
        return {"panel_paint_ms": took, "panel_paint_ms ceiling": frame.evaluate(PAINT) - bare}


def speaking(browser: Browser, house: WidgetHouse) -> dict[str, float]:
    """The cost of a frame, the time between frames, and how far lips and sound are apart while she speaks."""
    with shopper(browser, house, EAR, FRAMES) as page:
        arrive(page, house)
        page.click("tillhand-widget .launcher")
        is_ready(page)
        panel = panel_of(page)
        panel.wait_for_selector(".face:not([hidden])")
        panel.evaluate("window.__frames.length = 0")
        ask(page, "Tell me something long")
        page.wait_for_timeout(5000)
        frames = np.array(panel.evaluate("window.__frames"))
        ask(page, "Tell me something long")
        panel.evaluate(EYE)
        page.wait_for_timeout(8000)
        seen = panel.evaluate("window.__seen")
        apart = lags_ms(seen)
    work_ms, moments_ms = frames[:, 1], frames[:, 0]
    found = {"frame_js_ms": float(np.percentile(work_ms, 95)), "frame_ms": float(np.percentile(np.diff(moments_ms), 95))}
    return found | {"av_skew_ms": float(np.percentile(np.abs(apart), 95))}


def empty_frames(browser: Browser, house: WidgetHouse) -> dict[str, float]:
    """The time between the frames of a page with nothing to draw."""
    with shopper(browser, house, FRAMES) as page:
        page.goto(house.widget_url + "/bare")
        page.evaluate("requestAnimationFrame(function again() { requestAnimationFrame(again); })")
        page.wait_for_timeout(2000)
        moments_ms = np.array(page.evaluate("window.__frames"))[:, 0]
    return {"frame_ms ceiling": float(np.percentile(np.diff(moments_ms), 95))}


def reconnecting(browser: Browser, house: WidgetHouse) -> dict[str, float]:
    """The line is cut anywhere, again and again, for several shoppers at once; every sentence must stand on each page exactly once."""
    lost = doubled = 0
    with ExitStack() as stack:
        pages = [stack.enter_context(cut_off(browser, cuts)) for cuts in CUTS]
        for page in pages:
            panel_of(page).click('[data-act="mute"]')
            ask(page, "Any discount?")
        for page in pages:
            panel_of(page).wait_for_selector(".coupon", timeout=60_000)
            is_ready(page)
            ask(page, "Tell me something long")
        for page in pages:
            everything = page.frame_locator("tillhand-widget iframe").locator(".bubble.hers", has_text="sentence number 8")
            everything.wait_for(timeout=90_000)
            is_ready(page)
            shown = panel_of(page).eval_on_selector_all(".bubble.hers p:not(.aside)", "found => found.map((one) => one.textContent)")
            had, wanted = (Counter(f"{' '.join(told)} ".split(". ")) for told in (shown, STORY))
            lost, doubled = lost + (wanted - had).total(), doubled + (had - wanted).total()
    return {"reconnect_lost": lost, "reconnect_doubled": doubled}


@contextmanager
def cut_off(browser: Browser, cuts: Sequence[int]) -> Iterator[Page]:
    """A shopper at a house of their own whose line breaks after so many events, again and again; the panel is open."""
    with housed() as house, shopper(browser, house) as page:
        house.haste = 8.0  # the line is looked at, not her voice
        house.misbehaviour.cut_stream_after = list(cuts)
        arrive(page, house)
        page.click("tillhand-widget .launcher")
        is_ready(page)
        yield page


@contextmanager
def housed() -> Iterator[WidgetHouse]:
    """A server of the widget, with her face."""
    worn = face(FACE)
    house = WidgetHouse(worn.poster_path.read_bytes(), worn.rig_path.read_bytes(), idle(3).to_json(), badge=badge_webp(worn.poster_path))
    house.start()
    try:
        yield house
    finally:
        house.stop()


def ask(page: Page, question: str) -> None:
    panel = panel_of(page)
    panel.fill("textarea[name=question]", question)
    panel.press("textarea[name=question]", "Enter")


def main() -> None:
    """Measure, print a table and, last, one line per figure: the worst of all runs."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    worst: dict[str, float] = {}
    began = time.monotonic()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for number in range(runs):
            with housed() as house:
                for part in (weights, paint, speaking, empty_frames, reconnecting):
                    found = part(browser, house)
                    told = ", ".join(f"{name} {value:.4g}" for name, value in found.items())
                    print(f"{time.monotonic() - began:6.0f} s  run {number + 1} of {runs}: {told}", flush=True)
                    worst |= {name: max(worst.get(name, value), value) for name, value in found.items()}
        browser.close()
    print(f"{'figure':24}{'worst':>10}{'at most':>10}{'ceiling':>10}")
    for name, (target, unit) in TARGETS.items():
        ceiling = worst.get(f"{name} ceiling")
        beside = "" if ceiling is None else f"{ceiling:.1f}"
        print(f"{name:24}{worst[name]:10.2f}{target:10.0f}{beside:>10} {unit}{'' if worst[name] <= target else '   MISSED'}")
    for name, (_, unit) in TARGETS.items():
        print(f"{name} {worst[name]:.4g} {unit}")


if __name__ == "__main__":
    main()
