"""Somebody in front of a browser: opens the panel, asks, reads, and remembers what the browser complained about."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Frame, Page

PATIENCE_S = 10.0


def until(question: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
    """Ask again and again until the answer is true; give the answer."""
    end = time.monotonic() + patience_s
    while not (answer := question()):
        assert time.monotonic() < end, "It did not come true in time."
        time.sleep(0.02)
    return answer


@dataclass
class Shopper:
    """Somebody in front of a browser, and what the browser complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    @property
    def panel(self) -> Frame:
        frames = [frame for frame in self.page.frames if "/frame" in frame.url]
        assert frames, "The panel is not there."
        return frames[0]

    def open(self) -> Frame:
        """Press the launcher and wait for the panel."""
        self.page.click("tillhand-widget .launcher")
        self.page.frame_locator("tillhand-widget iframe").locator(".room").wait_for()
        return self.panel

    def wait_until(self, state: str, timeout_ms: int = 20_000) -> None:
        self.panel.wait_for_selector(f'.room[data-state="{state}"]', timeout=timeout_ms)

    def ask(self, question: str) -> None:
        self.panel.fill("textarea[name=question]", question)
        self.panel.press("textarea[name=question]", "Enter")

    def lines(self) -> list[str]:
        """What the log shows of her words, one text per paragraph."""
        return self.panel.eval_on_selector_all(".bubble.hers p:not(.aside)", "found => found.map((one) => one.textContent)")

    def violations(self) -> list[str]:
        return [one for frame in self.page.frames for one in frame.evaluate("window.__violations || []")]


Visit = Callable[..., Shopper]
