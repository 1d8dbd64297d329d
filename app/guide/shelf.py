"""All pages of the guide in their order, read once: what comes before and after each, and what a search finds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from markupsafe import Markup, escape

from app.guide.document import Page, read_page
from app.guide.markdown import Section
from app.guide.words import GROUPS

NAMES: Final = tuple(name for _, names in GROUPS for name in names)
QUERY_LENGTH_MAX: Final = 100
RESULTS_MAX: Final = 20
EXCERPT_LENGTH: Final = 180
TITLE_WEIGHT, HEADING_WEIGHT, TEXT_HITS_MAX = 12, 8, 4


@dataclass(frozen=True)
class Found:
    """One place a search found: the page, the heading, where it is, and a piece of its text with the words marked."""

    page: Page
    heading: str
    address: str
    excerpt: Markup
    weight: int


@cache
def pages(language: str) -> dict[str, Page]:
    """Every page of a language, in reading order."""
    return {name: read_page(language, name) for name in NAMES}


def neighbours(page: Page) -> tuple[Page | None, Page | None]:
    """The pages before and after one."""
    place, shelf = NAMES.index(page.name), pages(page.language)
    before = shelf[NAMES[place - 1]] if place else None
    after = shelf[NAMES[place + 1]] if place + 1 < len(NAMES) else None
    return before, after


def search(language: str, query: str) -> list[Found]:
    """The places that hold the words of the query, the best first; Chinese needs no spaces between its words."""
    words = list(words_of(query[:QUERY_LENGTH_MAX]))
    if not words:
        return []
    every = (_weigh(page, section, words) for page in pages(language).values() for section in page.sections)
    found = sorted((one for one in every if one is not None), key=lambda one: -one.weight)
    return found[:RESULTS_MAX]


def words_of(query: str) -> Iterator[str]:
    """What is looked for: words of letters and digits, and Chinese in pairs of characters."""
    for word in re.findall(r"[\u3400-\u9fff]+|[^\W\u3400-\u9fff]+", query.casefold()):
        is_long = len(word) > 2 and _is_chinese(word)
        yield from (word[start : start + 2] for start in range(len(word) - 1)) if is_long else (word,)


def _weigh(page: Page, section: Section, words: list[str]) -> Found | None:
    title, heading, text = (part.casefold() for part in (page.title, section.heading, section.text))
    held = [word for word in words if word in title or word in heading or word in text]
    is_here = not section.anchor or any(word in heading or word in text for word in held)
    if not is_here or not _are_enough(held, words):
        return None
    weight = sum(
        TITLE_WEIGHT * (word in title and not section.anchor) + HEADING_WEIGHT * (word in heading) + min(text.count(word), TEXT_HITS_MAX)
        for word in words
    )
    address = page.address + (f"#{section.anchor}" if section.anchor else "")
    return Found(page, section.heading, address, _excerpt(section.text or page.summary, words), weight)


def _are_enough(held: list[str], words: list[str]) -> bool:
    """All words of letters, and half of the Chinese pairs: some pairs only arise where two words touch."""
    pairs = [word for word in words if _is_chinese(word)]
    return set(words) - set(pairs) <= set(held) and 2 * sum(word in held for word in pairs) >= len(pairs)


def _is_chinese(word: str) -> bool:
    return "\u3400" <= word[0] <= "\u9fff"


def _excerpt(text: str, words: list[str]) -> Markup:
    flat = " ".join(text.split())
    first = min((place for word in words if (place := flat.casefold().find(word)) >= 0), default=0)
    start = 0 if first < EXCERPT_LENGTH // 2 else flat.rfind(" ", 0, first - EXCERPT_LENGTH // 3) + 1
    piece = flat[start : start + EXCERPT_LENGTH]
    pattern = "|".join(re.escape(str(escape(word))) for word in sorted(words, key=len, reverse=True))
    marked = re.sub(f"(?i)({pattern})", r"<mark>\1</mark>", str(escape(piece))) if pattern else str(escape(piece))
    dots = "…" if start + EXCERPT_LENGTH < len(flat) else ""
    return Markup(("…" if start else "") + marked + dots)  # noqa: S704 - escaped just above
