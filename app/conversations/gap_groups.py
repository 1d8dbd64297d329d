"""Questions asked in vain, put together where they ask for the same: one lesson then answers all of them, in whatever words or language.

Two questions are alike by their meaning and by the terms and concepts they share. They join the group they are most like, or open one of
their own; the most frequent wording names the group, for it is the shoppers' own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.conversations.knowledge.words import content_terms
from app.conversations.language_models.embeddings import Embedder, Vectors
from app.conversations.teach_read import Gap

SHARED_WORTH: Final = 0.1
LIKE_MIN: Final = 0.91
"""Of two questions of the tuning shops that are this alike, seven in ten are answered by the same passage; at 0.93 it is eight in ten, of
two thirds as many pairs. A wrong neighbour costs a glance, a missed one a second line."""


@dataclass(frozen=True)
class GapGroup:
    """Questions that ask for the same, the most frequent first; its wording stands for all."""

    gaps: tuple[Gap, ...]

    @property
    def label(self) -> str:
        """The wording most shoppers used."""
        return self.gaps[0].question

    @property
    def times(self) -> int:
        """How often any of them was asked."""
        return sum(gap.times for gap in self.gaps)

    @property
    def newest(self) -> Gap:
        """The one asked last, for its conversation."""
        return max(self.gaps, key=lambda gap: gap.last_asked_at)

    @property
    def last_asked_at(self) -> datetime:
        """When any of them was last asked."""
        return self.newest.last_asked_at


@dataclass(frozen=True)
class _Asked:
    gap: Gap
    vector: Vectors
    terms: frozenset[str]


def grouped(asked: Sequence[Gap], embed: Embedder) -> list[GapGroup]:
    """Put together what asks for the same; the group asked most often comes first. `asked` is in the order of teach_read.gaps."""
    vectors = embed([gap.question for gap in asked], "query")
    groups: list[list[_Asked]] = []
    for gap, vector in zip(asked, vectors, strict=True):
        one = _Asked(gap, vector, frozenset(content_terms(gap.question)))
        likes = [sum(_likeness(one, other) for other in group) / len(group) for group in groups]
        best = max(range(len(groups)), key=likes.__getitem__, default=0)
        if likes and likes[best] >= LIKE_MIN:
            groups[best].append(one)
        else:
            groups.append([one])
    found = [GapGroup(tuple(one.gap for one in group)) for group in groups]
    return sorted(found, key=lambda group: (-group.times, -group.last_asked_at.timestamp()))


def _likeness(one: _Asked, other: _Asked) -> float:
    """Cosine of the meanings, and a little for the share of terms both speak of; at most 1.1."""
    every = one.terms | other.terms
    shared = len(one.terms & other.terms) / len(every) if every else 0.0
    return float(one.vector @ other.vector) + SHARED_WORTH * shared
