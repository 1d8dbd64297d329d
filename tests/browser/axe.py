"""axe-core's rules over a page: what it calls serious or critical, in sentences; and whether the page scrolls sideways."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Frame, Page

SOURCE: Final = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
RUN: Final = """(rules) => axe.run(document, {runOnly: rules, resultTypes: ['violations'], iframes: false, preload: false})
  .then((found) => found.violations
  .filter((one) => ['serious', 'critical'].includes(one.impact))
  .flatMap((one) => one.nodes.slice(0, 4).map((node) => `${one.impact} ${one.id}: ${node.target.join(' ')} ${node.html.slice(0, 120)} (${
    node.any.concat(node.all).map((check) => check.message).join('; ').slice(0, 200)})`)))"""
SIDEWAYS: Final = """() => {
  const page = document.documentElement;
  if (page.scrollWidth <= page.clientWidth + 1) return '';
  const wide = [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > page.clientWidth + 1
    && ![...document.querySelectorAll('.table-wrap, pre, .tabs, .nav, .code-block')].some((box) => box.contains(one)));
  return `${page.scrollWidth} px wide: ${wide.slice(0, 3).map((one) => one.outerHTML.slice(0, 90)).join(' | ')}`;
}"""


@cache
def source() -> str:
    """The library itself, from the package pinned in package.json."""
    if not SOURCE.exists():
        raise FileNotFoundError("axe-core is not there. Run: make setup-dev")
    return SOURCE.read_text(encoding="utf-8")


def faults(place: Page | Frame) -> list[str]:
    """Everything serious or critical on a page or in a frame."""
    if not place.evaluate("!!window.axe"):
        place.evaluate(source())
    found: list[Any] = place.evaluate(RUN, list(RULES))
    return [str(one) for one in found]


def sideways(page: Page) -> str:
    """Empty, or how much wider than its window the page is, and what sticks out."""
    return str(page.evaluate(SIDEWAYS))
