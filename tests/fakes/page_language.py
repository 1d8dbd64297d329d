"""What a page says outside its `lang="en"` parts and outside code: for tests that look for sentences nobody translated."""

import re
from html.parser import HTMLParser

SILENT_TAGS = {"script", "style", "code", "pre", "svg", "data", "textarea"}
SPOKEN_ATTRIBUTES = {"aria-label", "placeholder", "title", "alt"}
VOID_TAGS = {"input", "img", "br", "hr", "meta", "link", "source", "wbr", "path", "rect", "circle", "line", "use"}
ENGLISH = re.compile(r"[A-Za-z][a-z']+(?:[ ,]+[A-Za-z][a-z']+){2,}")
"""Three words in a row: two may be a name."""


class Sayings(HTMLParser):
    """Collects texts and spoken attributes of the page's own language."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._quiet: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        language = facts.get("lang") or ""
        quiet = tag in SILENT_TAGS or (tag != "html" and language.startswith("en")) or "code" in (facts.get("class") or "").split()
        if tag not in VOID_TAGS:
            self._quiet.append(quiet)
        if not quiet and not any(self._quiet):
            self.found += [value for name, value in attrs if name in SPOKEN_ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID_TAGS and self._quiet:
            self._quiet.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._quiet) and data.strip():
            self.found.append(re.sub(r"\s+", " ", data).strip())


def english_in(html: str, allowed: tuple[str, ...]) -> list[str]:
    """Texts with three English words in a row, after what users themselves wrote was taken out."""
    reader = Sayings()
    reader.feed(html)
    found = []
    for text in reader.found:
        rest = text
        for one in allowed:
            rest = rest.replace(one, "·")
        if ENGLISH.search(rest):
            found.append(text)
    return found
