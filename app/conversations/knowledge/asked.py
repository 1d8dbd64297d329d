"""A question taken apart once for all of its candidates: what it speaks of, in concepts and in words, and how telling each is."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """The concepts and other words of a question, each term's rarity in the shop, and whether it is foreign there."""

    concepts: tuple[str, ...]
    words: tuple[str, ...]
    rarity: dict[str, float]
    is_foreign: bool

    def share(self, wanted: Sequence[str], held: frozenset[str]) -> float:
        """Share of the wanted terms, by rarity, that are held; one half when nothing is wanted."""
        whole = sum(self.rarity.get(term, 1.0) for term in wanted)
        return sum(self.rarity.get(term, 1.0) for term in wanted if term in held) / whole if whole else 0.5
