"""The products, ready to be looked through: by the words of their names, by price, by what must not be in them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from app.conversations.knowledge.index import Index, KnownPassage
from app.conversations.knowledge.kinds import is_general, is_wide, kinds_of
from app.conversations.knowledge.pieces import ProductFact
from app.conversations.knowledge.words import CONCEPT_MARK, terms

_GLUTEN_GRAINS: Final = re.compile(
    r"\b(?:rye|barley|spelt|kamut|triticale|oats?|semolina|couscous|bulgur|seigle|orge|épeautre|avoine)\b"
    r"|黑麦|大麦|燕麦|ライ麦|オーツ麦|オートミール",
    re.IGNORECASE,
)
SHELVES_KEPT = 64
"""Shelves in memory per process, as many as minds are kept awake."""


@dataclass(frozen=True)
class ShelfItem:
    """A product with its search terms: of its name, of what kind of thing it is (name, category, wider kinds), and of everything."""

    passage: KnownPassage
    fact: ProductFact
    name_terms: frozenset[str]
    kind_terms: frozenset[str]
    all_terms: frozenset[str]
    allergen_terms: frozenset[str]


@dataclass(frozen=True)
class Match:
    """A product and how well it fits: `named` is the share of its name that was said (none by a wish for a wide kind), `explained` the
    share of the wish it explains; `kind` counts the wished terms that its name or category holds."""

    item: ShelfItem
    named: float
    explained: float
    kind: int
    has_every_concept: bool


class Shelf:
    """All products of an index."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self.items = tuple(_item(passage, passage.product) for passage in index.passages if passage.product)
        self.names = frozenset(item.fact.category for item in self.items)
        self._name_weights = [sum(index.rarity(term) for term in item.name_terms) or 1.0 for item in self.items]

    def matches(self, wanted: Sequence[str]) -> list[Match]:
        """Products that explain something of the wish, best first; `wanted` are content terms."""
        weights = {term: self._index.rarity(term) for term in wanted}
        whole = sum(weights.values()) or 1.0
        naming = {term: weight for term, weight in weights.items() if not all(map(is_general, wanted))}
        found: list[Match] = []
        for item, name_weight in zip(self.items, self._name_weights, strict=True):
            explained = sum(weight for term, weight in weights.items() if term in item.all_terms) / whole
            if explained > 0:
                said = sum(weight for term, weight in naming.items() if term in item.name_terms)
                kind = sum(term in item.kind_terms for term in wanted)
                every = all(term in item.all_terms for term in wanted if term.startswith(CONCEPT_MARK))
                found.append(Match(item, min(said / name_weight, 1.0), explained, kind, every))
        return sorted(found, key=lambda match: (-match.explained, -match.named, match.item.fact.row_number))


@lru_cache(maxsize=SHELVES_KEPT)
def shelf_of(index: Index) -> Shelf:
    """The shelf of an index, made once."""
    return Shelf(index)


def _grains(fact: ProductFact) -> frozenset[str]:
    """Gluten, where a name or the list's allergens name a grain that holds it: a list may say "rye" and mean just that."""
    return frozenset({CONCEPT_MARK + "gluten"}) if _GLUTEN_GRAINS.search(f"{fact.name}. {fact.allergens or ''}") else frozenset()


def _item(passage: KnownPassage, fact: ProductFact) -> ShelfItem:
    name = frozenset(terms(fact.name))
    category = frozenset(terms(fact.category))
    rest = frozenset(terms(fact.description))
    kinds = kinds_of(fact)
    misnamed = {term for term in name - category - kinds if is_wide(term)}  # "English Breakfast Tea" is no breakfast
    kind = (name - misnamed) | category | kinds
    return ShelfItem(passage, fact, name, kind, name | category | kinds | rest, frozenset(terms(fact.allergens or "")) | _grains(fact))
