"""Somebody in front of a browser: opens the panel, asks, reads, and remembers what the browser complained about."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Frame, Page

PATIENCE_S = 60.0
"""How long a test waits for what a busy machine may delay; how soon it ought to come is for the benchmarks."""

AT_REST = """(host) => Promise.all((host ? document.querySelector(host).shadowRoot : document).getAnimations()
  .filter((one) => one.effect.getComputedTiming().iterations < Infinity).map((one) => one.finished)).then(() => true)"""
"""Wait until everything that moves once has arrived: in the document, or in the shadow of the host named."""

WATCH = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.__violations.push(event.violatedDirective + " " + event.blockedURI));
window.__diary = [];
{
const last = {};
new MutationObserver(() => {
  const find = (place) => document.querySelector(place);
  const now = {
    state: find(".room")?.dataset.state, banner: find("[data-part=banner]:not([hidden])")?.textContent,
    word: find(".captions .lit")?.textContent, delayed: find(".bubble.mine.on-its-way")?.textContent,
    copied: find(".copy.done")?.textContent,
  };
  for (const [what, text] of Object.entries(now)) if (last[what] !== (last[what] = text) && text) window.__diary.push([what, text]);
}).observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
}
window.__names_before = Object.getOwnPropertyNames(window);
"""
"""What a page refuses, and a diary of what the panel showed and may have taken back by the time a test looks."""


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
    overheard: list[str] = field(default_factory=list)
    """Everything a page wrote into the browser's console, its complaints too."""

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

    def wait_until(self, state: str) -> None:
        """Wait for a state that lasts; one that passes is read in the diary, for it may be over before anybody looks."""
        self.panel.wait_for_selector(f'.room[data-state="{state}"]', timeout=PATIENCE_S * 1000)

    def diary(self, what: str) -> list[str]:
        """Every text the panel showed so far as its state, banner, lit word, delayed question or copied code."""
        return [text for kind, text in self.panel.evaluate("window.__diary") if kind == what]

    def was_shown(self, what: str, words: str) -> str:
        """Wait until the panel shows or has shown these words there; gives the whole text."""
        return str(until(lambda: next((text for text in self.diary(what) if words in text), "")))

    def until_overheard(self, words: str) -> None:
        """Wait for the console without asking the page anything: a question from the driver would count as a tap."""
        until(lambda: self.page.wait_for_timeout(50) or any(words in one for one in self.overheard))

    def ask(self, question: str) -> None:
        self.panel.fill("textarea[name=question]", question)
        self.panel.press("textarea[name=question]", "Enter")

    def lines(self) -> list[str]:
        """What the log shows of her words, one text per paragraph."""
        return self.panel.eval_on_selector_all(".bubble.hers p:not(.aside)", "found => found.map((one) => one.textContent)")

    def violations(self) -> list[str]:
        return [one for frame in self.page.frames for one in frame.evaluate("window.__violations || []")]


Visit = Callable[..., Shopper]
