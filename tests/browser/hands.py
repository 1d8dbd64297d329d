"""Two ways to use a page: with the mouse, or with the keyboard alone, which also watches over the focus at every step."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import FileChooser, Locator, Page

TABS_MAX = 90
TYPED_MAX = 80
PATIENCE_MS = 60_000
FOCUS = """(wanted) => {
  const page = wanted.ownerDocument;
  let one = page.activeElement;
  while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  if (!one || one === page.body || one.tagName === 'IFRAME') { page.__last = null; return {isThere: false, faults: []}; }
  const box = one.getBoundingClientRect(), faults = [];
  const name = `${one.outerHTML.slice(0, 90)} on ${location.pathname}`;
  const ringed = (it) => {
    const style = getComputedStyle(it);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
  };
  const seen = [one, one.closest('label'), one.closest('form.composer')].filter(Boolean);
  if (!seen.some(ringed)) faults.push('no ring: ' + name);
  const inView = (it) => {
    const place = it.getBoundingClientRect(), isDrawn = place.width > 0 && place.height > 0;
    return isDrawn && place.bottom > 0 && place.top < innerHeight && place.right > 0 && place.left < innerWidth;
  };
  if (!seen.some(inView)) faults.push('out of sight: ' + name);
  if (one.tabIndex > 0) faults.push('takes a place of its own in the order: ' + name);
  const last = page.__last;
  if (last?.isConnected && last !== one && last.getRootNode() === one.getRootNode()) {
    const before = last.getBoundingClientRect();
    const isLater = last.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING;
    if (isLater && box.bottom < before.top && box.right <= before.left) faults.push('goes back up and left: ' + name);
  }
  page.__last = one;
  const radio = wanted.type === 'radio' && one.type === 'radio' && one.name === wanted.name && one.form === wanted.form;
  return {isThere: one === wanted, isInGroup: radio, faults};
}"""


class Hands(Protocol):
    """What a person can do to a page."""

    page: Page
    effort: "Effort"

    def press(self, target: Locator) -> None: ...
    def write(self, target: Locator, text: str) -> None: ...
    def choose(self, target: Locator) -> None: ...
    def attach(self, target: Locator, path: Path) -> None: ...


@dataclass
class Effort:
    """What the journey asked of the person: strokes typed, things aimed at, fields and decisions thought about."""

    strokes: int = 0
    aims: int = 0
    thoughts: int = 0

    @property
    def seconds(self) -> float:
        """The keystroke-level model's estimate of a person's own time: 0.28 s a stroke, 1.1 s an aim, 1.35 s a thought.

        Source: Card, Moran, Newell, "The keystroke-level model for user performance time", CACM 1980. Reading is not in it.
        """
        return 0.28 * self.strokes + 1.1 * self.aims + 1.35 * self.thoughts


@dataclass
class Mouse:
    """Clicks and types."""

    page: Page
    effort: Effort = field(default_factory=Effort)

    def press(self, target: Locator) -> None:
        self.effort.aims += 1
        self.effort.thoughts += 1
        target.click(timeout=PATIENCE_MS)

    def write(self, target: Locator, text: str) -> None:
        self.press(target)
        self.page.keyboard.press("Control+A")
        _type(self, text)

    def choose(self, target: Locator) -> None:
        self.press(target)

    def attach(self, target: Locator, path: Path) -> None:
        with self.page.expect_file_chooser() as waiting:
            self.press(target)
        _hand_over(waiting.value, path)


@dataclass
class Keys:
    """Tab, Enter, Space, arrows and typing; nothing is ever clicked. Every stop of the focus must be seen and come in a sane order."""

    page: Page
    effort: Effort = field(default_factory=Effort)
    faults: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)

    def press(self, target: Locator) -> None:
        self._reach(target)
        self._stroke("Enter")

    def write(self, target: Locator, text: str) -> None:
        self._reach(target)
        self._stroke("Control+A")
        _type(self, text)

    def choose(self, target: Locator) -> None:
        self._reach(target)
        if not target.is_checked():
            self._stroke("Space")

    def attach(self, target: Locator, path: Path) -> None:
        self._reach(target)
        with self.page.expect_file_chooser() as waiting:
            self._stroke("Space")
        _hand_over(waiting.value, path)

    def _reach(self, target: Locator) -> None:
        """Tab until the focus stands on the target; inside a group of radios the arrows lead on."""
        target.wait_for(timeout=PATIENCE_MS)
        self.effort.thoughts += 1
        self._skip_to_page(target)
        for _ in range(TABS_MAX):
            found = self._look(target)
            if found["isThere"]:
                return
            self._stroke("ArrowDown" if found.get("isInGroup") else "Tab")
        raise AssertionError(f"{TABS_MAX} tabs did not lead to {target}.")

    def _skip_to_page(self, target: Locator) -> None:
        """On a page just opened the first Tab offers to skip the navigation; it is taken when the target lies behind it."""
        fresh = self.page.evaluate("!document.__skipped && !!document.querySelector('a.skip') && document.activeElement === document.body")
        self.page.evaluate("document.__skipped = true")
        if not fresh or not target.evaluate("(one) => !!one.closest('main')"):
            return
        skip = self.page.locator("a.skip")
        self._stroke("Tab")
        found = self._look(skip)
        if not found["isThere"]:
            self.faults.add(f"the first Tab does not stand on the skip link: {self.page.url}")
            return
        self._stroke("Enter")
        self.skipped.add(self.page.url)

    def _look(self, target: Locator) -> dict[str, Any]:
        found: dict[str, Any] = target.evaluate(FOCUS)
        self.faults.update(found["faults"])
        return found

    def _stroke(self, key: str) -> None:
        self.effort.strokes += 1
        self.page.keyboard.press(key)


def _type(hands: Hands, text: str) -> None:
    """Short texts are typed, long ones pasted."""
    if len(text) > TYPED_MAX:
        hands.effort.strokes += 2
        hands.page.keyboard.insert_text(text)
    else:
        hands.effort.strokes += len(text)
        hands.page.keyboard.type(text)


def _hand_over(chooser: FileChooser, path: Path) -> None:
    chooser.set_files(path)
