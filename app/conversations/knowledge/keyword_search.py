"""BM25: passages that share the question's rare words come first. (Robertson and Zaragoza, 2009; idf as in Lucene, never negative.)"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SATURATION = 1.2
LENGTH_WEIGHT = 0.6


class KeywordSearch:
    """An index over the terms of passages. Small on purpose: a shop has hundreds or thousands of passages, not millions."""

    def __init__(self, passages: Sequence[Sequence[str]]) -> None:
        """Take the terms of each passage, in the order in which scores shall be returned."""
        self._count = len(passages)
        lengths = np.array([len(each) for each in passages], dtype=np.float64)
        average = float(lengths.mean()) if self._count else 1.0
        norm = SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * lengths / max(average, 1.0))
        found: dict[str, list[tuple[int, int]]] = {}
        for place, each in enumerate(passages):
            for term, times in Counter(each).items():
                found.setdefault(term, []).append((place, times))
        self._rows: dict[str, tuple[NDArray[np.intp], NDArray[np.float64]]] = {}
        self._rarity: dict[str, float] = {}
        for term, hits in found.items():
            places = np.array([place for place, _ in hits], dtype=np.intp)
            counts = np.array([count for _, count in hits], dtype=np.float64)
            self._rarity[term] = float(np.log1p((self._count - len(hits) + 0.5) / (len(hits) + 0.5)))
            self._rows[term] = places, counts * (SATURATION + 1) / (counts + norm[places])

    def __contains__(self, term: str) -> bool:
        return term in self._rows

    @property
    def vocabulary(self) -> frozenset[str]:
        """Every term some passage holds."""
        return frozenset(self._rows)

    def rarity(self, term: str) -> float:
        """Inverse document frequency; a term no passage holds is as rare as can be."""
        return self._rarity.get(term, float(np.log1p(self._count + 0.5) + 0.5))

    def scores(self, terms: Sequence[str]) -> NDArray[np.float64]:
        """Score of every passage for the question's terms; repeats in the question count once."""
        scores = np.zeros(self._count)
        for term in dict.fromkeys(terms):
            if term in self._rows:
                places, weights = self._rows[term]
                scores[places] += self._rarity[term] * weights
        return scores
