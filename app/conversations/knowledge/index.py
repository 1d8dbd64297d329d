"""Find the passages that may answer a question, and say how sure we are of each: keywords and meaning, fused by a calibrated model."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.conversations.knowledge.calibration import CANDIDATES, confidence
from app.conversations.knowledge.keyword_search import KeywordSearch
from app.conversations.knowledge.language import language_of
from app.conversations.knowledge.pieces import ProductFact
from app.conversations.knowledge.words import CONCEPT_MARK, content_terms, lexicon_words, terms, words
from app.conversations.language_models.embeddings import Vectors

FEATURES = (
    "meaning",  # cosine of the question with the passage or its best sentence
    "meaning_above_mean",  # the same, above the mean of all passages: some questions are near to everything
    "meaning_margin",  # the same, above the best other passage
    "keywords",  # BM25 as a share of what a passage holding every term once would score
    "keywords_margin",  # above the best other passage, in the same unit
    "heading",  # share of what is asked that the passage's own heading names
    "concepts",  # share of the question's concepts, by rarity, that the passage speaks of
    "concepts_missing",  # how many of them it does not
    "words",  # share of the other words; none counts as half
    "words_missing",  # how many of them the passage does not hold
    "words_unknown",  # how many of them no passage of this shop holds
    "is_foreign",  # question and shop write different languages, so missing words say nothing (and count as none)
    "has_no_concept",  # the question speaks of nothing the lexicon knows
    "is_product",
)
MISSING_MAX = 3.0


@dataclass(frozen=True)
class KnownPassage:
    """A passage in memory. `vectors` is (1 + sentences, 384): the passage, then its sentences (a product has only the first)."""

    passage_id: UUID
    document_name: str
    heading: str
    sentences: tuple[str, ...]
    vectors: Vectors
    product: ProductFact | None = None

    @property
    def text(self) -> str:
        """What keywords are looked up in."""
        return f"{self.heading}. {' '.join(self.sentences)}"


@dataclass(frozen=True)
class Candidate:
    """A passage that may answer, how sure we are (0..1), and the measurements behind it in the order of FEATURES."""

    passage: KnownPassage
    confidence: float
    features: tuple[float, ...]


class Index:
    """All current passages of one employee. Immutable once made; a new version of the knowledge makes a new index."""

    def __init__(self, passages: Sequence[KnownPassage]) -> None:
        self.passages = tuple(passages)
        self._terms = [terms(passage.text) for passage in passages]
        self._term_sets = [frozenset(each) for each in self._terms]
        self._keywords = KeywordSearch(self._terms)
        self._owners = np.repeat(np.arange(len(passages)), [len(passage.vectors) for passage in passages])
        self._vectors = np.concatenate([passage.vectors for passage in passages]) if passages else np.zeros((0, 1), np.float32)
        self._headings = [frozenset(terms(passage.heading.rpartition(" > ")[2])) for passage in passages]
        self._language = language_of(" ".join(passage.text for passage in passages[:200]))

    @cached_property
    def spelling(self) -> frozenset[str]:
        """Words a mistyped one may be corrected to: the shop's own and the lexicon's."""
        return frozenset(word for passage in self.passages for word in words(passage.text)) | lexicon_words()

    @cached_property
    def by_id(self) -> dict[UUID, KnownPassage]:
        """Passages by their id, for what an earlier turn cited."""
        return {passage.passage_id: passage for passage in self.passages}

    def search(self, question: str, query: Vectors, limit: int = CANDIDATES) -> list[Candidate]:
        """Return at most `limit` candidates, surest first. `query` is the question's vector, shape (384,)."""
        if not self.passages:
            return []
        meaning = self.meaning(query)
        keywords = self.keyword_scores(question)
        fused = _reciprocal_rank(meaning) + _reciprocal_rank(keywords) * (keywords > 0)
        places = np.argsort(-fused)[: max(limit, CANDIDATES)]
        asked = self._read(question)
        found = [self._measured(asked, int(place), meaning, keywords) for place in places]
        return sorted(found, key=lambda candidate: -candidate.confidence)[:limit]

    def meaning(self, query: Vectors) -> NDArray[np.float64]:
        """Cosine of a question with each passage or its best sentence."""
        every = np.full(len(self.passages), -1.0)
        np.maximum.at(every, self._owners, (self._vectors @ query).astype(np.float64))
        return every

    def keyword_scores(self, question: str) -> NDArray[np.float64]:
        """BM25 of each passage, as a share of a perfect score."""
        wanted = [term for term in terms(question) if term.isascii() or term.startswith(CONCEPT_MARK) or term in self._keywords]
        best = sum(self._keywords.rarity(term) for term in dict.fromkeys(wanted)) * 1.5 or 1.0
        return self._keywords.scores(wanted) / best

    def rarity(self, term: str) -> float:
        """How telling a term is in this shop."""
        return self._keywords.rarity(term)

    def knows(self, term: str) -> bool:
        """Say whether any passage holds a term."""
        return term in self._keywords

    def _measured(self, asked: "_Asked", place: int, meaning: NDArray[np.float64], keywords: NDArray[np.float64]) -> Candidate:
        held, heading = self._term_sets[place], self._headings[place]
        whole = sum(asked.rarity.values()) or 1.0
        missing_words = 0.0 if asked.is_foreign else float(sum(term not in held for term in asked.words))
        features = (
            float(meaning[place]),
            float(meaning[place] - meaning.mean()),
            float(meaning[place] - _best_other(meaning, place)),
            float(keywords[place]),
            float(keywords[place] - _best_other(keywords, place)),
            sum(weight for term, weight in asked.rarity.items() if term in heading) / whole,
            asked.share(asked.concepts, held),
            min(float(sum(term not in held for term in asked.concepts)), MISSING_MAX),
            0.5 if asked.is_foreign else asked.share(asked.words, held),
            min(missing_words, MISSING_MAX),
            0.0 if asked.is_foreign else min(float(sum(term not in self._keywords for term in asked.words)), MISSING_MAX),
            float(asked.is_foreign),
            float(not asked.concepts),
            float(self.passages[place].product is not None),
        )
        return Candidate(self.passages[place], confidence(features), features)

    def _read(self, question: str) -> "_Asked":
        content = content_terms(question)
        concepts = tuple(term for term in content if term.startswith(CONCEPT_MARK))
        words = tuple(term for term in content if not term.startswith(CONCEPT_MARK))
        is_foreign = language_of(question, self._language) != self._language
        return _Asked(concepts, words, {term: self.rarity(term) for term in (concepts if is_foreign else content)}, is_foreign)


@dataclass(frozen=True)
class _Asked:
    """A question taken apart, once for all its candidates."""

    concepts: tuple[str, ...]
    words: tuple[str, ...]
    rarity: dict[str, float]
    is_foreign: bool

    def share(self, wanted: Sequence[str], held: frozenset[str]) -> float:
        """Share of the wanted terms, by rarity, that are held; one half when nothing is wanted."""
        whole = sum(self.rarity.get(term, 1.0) for term in wanted)
        return sum(self.rarity.get(term, 1.0) for term in wanted if term in held) / whole if whole else 0.5


def _best_other(scores: NDArray[np.float64], place: int) -> float:
    return float(max(np.delete(scores, place).max(initial=0.0), 0.0))


def _reciprocal_rank(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    ranks = np.empty(len(scores))
    ranks[np.argsort(-scores)] = np.arange(len(scores))
    return 1.0 / (60.0 + ranks)
