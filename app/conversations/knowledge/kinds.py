"""What kind of thing a product is: a cookie is something sweet and something to eat, though its row says neither.

kinds.csv holds what any shop assistant knows of kinds, in the lexicon's concepts and so in four languages; it holds no shop's facts. The
last word of a name says what the thing is: a "Chocolate Chip Cookie" is a cookie, and a "Tea towel" is no tea. A kind that holds nothing
there (breakfast) is the shop's own to say: "English Breakfast Tea" is none, and whether they serve it no price list tells.
"""

import csv
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Final

from app.conversations.knowledge.pieces import ProductFact
from app.conversations.knowledge.variants import variant_of
from app.conversations.knowledge.words import CONCEPT_MARK, concepts, words

QUALITIES: Final = frozenset({"sweet", "savoury", "vegan", "vegetarian", "organic", "waterproof"})
"""What a thing is like: where its own description says it, it is one of that kind."""
_WARMTH: Final = frozenset({"hot", "cold"})
"""A quality, too, but only names and shelves say it of the thing itself: a flask "keeps drinks cold"."""
_UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff々]")
_UNSPACED_HEAD_LETTERS: Final = 5


def kinds_of(fact: ProductFact) -> frozenset[str]:
    """The kinds a product belongs to, as marked concepts, the narrow and the wide; what its name ends with goes before its shelf."""
    shelf, head = frozenset(concepts(fact.category)), _told_by_head(fact.name)
    is_drunk = "drink" in _widened(shelf) and "food" not in _widened(shelf)  # there hot chocolate is nothing to eat
    own = shelf if head is None or (is_drunk and "food" in _widened(head)) else head
    return frozenset(CONCEPT_MARK + kind for kind in _widened(own | QUALITIES & frozenset(concepts(fact.description))))


def is_wide(term: str) -> bool:
    """Say whether a term names a kind that holds others, such as food or drinks."""
    return term.startswith(CONCEPT_MARK) and term.removeprefix(CONCEPT_MARK) in _held()


def is_general(term: str) -> bool:
    """Say whether a term names a wide kind or a quality and no thing of its own: "something sweet", "cold drinks"."""
    return is_wide(term) or (term.startswith(CONCEPT_MARK) and term.removeprefix(CONCEPT_MARK) in QUALITIES | _WARMTH)


def is_thing(concept: str) -> bool:
    """Say whether an unmarked concept is a kind of thing that shops sell, so neither a service nor a rule."""
    return concept in _known()


def _widened(own: frozenset[str]) -> frozenset[str]:
    """Concepts with every kind they belong to; those that are no kind and no quality are left out."""
    return frozenset(kind for one in own for kind in (one, *_wider().get(one, ())) if kind in _held() or kind in QUALITIES)


def _told_by_head(name: str) -> frozenset[str] | None:
    """The concepts of the last word of a name; None where that word is of no concept the kinds know, so that the shelf must tell."""
    variant = variant_of(name)
    base = (variant.base if variant else name).strip()
    head = base[-_UNSPACED_HEAD_LETTERS:] if _UNSPACED.search(base[-1:]) else next(iter(reversed(words(base))), "")
    told = frozenset(concept for concept, shown in concepts(head).items() if not _UNSPACED.search(base[-1:]) or base.endswith(shown))
    return told if told & _known() else None


@lru_cache(maxsize=1)
def _held() -> Mapping[str, tuple[str, ...]]:
    """Wide kind -> what it holds at once."""
    with resources.files(__package__).joinpath("kinds.csv").open(encoding="utf-8") as lines:
        return {row["kind"]: tuple(filter(None, row["holds"].split("/"))) for row in csv.DictReader(lines)}


@lru_cache(maxsize=1)
def _wider() -> Mapping[str, frozenset[str]]:
    """Concept -> every kind it belongs to, through kinds within kinds."""
    found: dict[str, set[str]] = {}
    for kind in _held():
        waiting = list(_held()[kind])
        while waiting:
            one = waiting.pop()
            found.setdefault(one, set()).add(kind)
            waiting += _held().get(one, ())
    return {one: frozenset(kinds) for one, kinds in found.items()}


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(_wider()) | frozenset(_held())
