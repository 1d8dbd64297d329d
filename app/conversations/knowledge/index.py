"""Find the passages that may answer a question: keywords and meaning fused, the best read closely, each judged by a calibrated model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.conversations.knowledge.calibration import CANDIDATES, confidences
from app.conversations.knowledge.keyword_search import KeywordSearch
from app.conversations.knowledge.language import language_of
from app.conversations.knowledge.measurements import READ_COLUMNS, best_others, kinds_of_answer, read_closely
from app.conversations.knowledge.pieces import ProductFact
from app.conversations.knowledge.words import CONCEPT_MARK, content_terms, lexicon_words, terms, words
from app.conversations.language_models.embeddings import Vectors
from app.conversations.language_models.english_reader import english_reader

Table = NDArray[np.float64]
Judge = Callable[[Table], Table]
MISSING_MAX = 3.0
KEYWORDS_WORTH = 0.5
"""What a standard deviation of keywords counts beside one of meaning, when candidates are chosen."""
WARMED_MAX = 24
"""Passages read closely as soon as a mind wakes (half a second or so); the rest when a question first comes near them."""


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
    """All current passages of one employee. Nothing it knows changes once made; a new version of the knowledge makes a new index."""

    def __init__(self, passages: Sequence[KnownPassage], judge: Judge = confidences) -> None:
        """Take the passages, and what turns a table of measurements into chances (another one only where it is being fitted)."""
        self._judge, self._is_warm = judge, False
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
        fused = _in_deviations(meaning) + KEYWORDS_WORTH * _in_deviations(keywords)
        places = np.argsort(-fused)[: max(limit, CANDIDATES)]
        table = self._measured(question, places, meaning, keywords)
        sure = self._judge(table)
        found = [
            Candidate(self.passages[place], float(sure[row]), tuple(map(float, table[row]))) for row, place in enumerate(map(int, places))
        ]
        return sorted(found, key=lambda candidate: -candidate.confidence)[:limit]

    def warm(self) -> None:
        """Read the first passages closely before the first shopper asks; a second call does nothing."""
        if self._language == "en" and not self._is_warm:
            self._is_warm = True
            english_reader().read([text for passage in self.passages[:WARMED_MAX] for text in read_texts(passage)])

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

    def _measured(self, question: str, places: NDArray[np.intp], meaning: NDArray[np.float64], keywords: NDArray[np.float64]) -> Table:
        """Measure the candidates at these places; a row each, in the order of FEATURES."""
        asked = self._read(question)
        spread = float(meaning.std()) or 1.0
        others, others_keywords = best_others(meaning), best_others(keywords)
        rows = [
            (
                meaning[place],
                meaning[place] - meaning.mean(),
                (meaning[place] - meaning.mean()) / spread,
                meaning[place] - others[place],
                keywords[place],
                keywords[place] - others_keywords[place],
                *self._shared(asked, place),
            )
            for place in map(int, places)
        ]
        kinds = [
            kinds_of_answer(question, passage.text, has_price=passage.product is not None)
            for passage in (self.passages[place] for place in map(int, places))
        ]
        return np.hstack([np.array(rows, dtype=np.float64), self._closely(question, asked, places), np.array(kinds)])

    def _shared(self, asked: "_Asked", place: int) -> tuple[float, ...]:
        """What of the question a passage speaks of, word by word."""
        held, heading = self._term_sets[place], self._headings[place]
        whole = sum(asked.rarity.values()) or 1.0
        missing_words = 0.0 if asked.is_foreign else float(sum(term not in held for term in asked.words))
        return (
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

    def _closely(self, question: str, asked: "_Asked", places: NDArray[np.intp]) -> Table:
        """Question and candidates read by the English model; zeros where either is not English."""
        if asked.is_foreign or self._language != "en":
            return np.zeros((len(places), READ_COLUMNS))
        texts = [read_texts(self.passages[int(place)]) for place in places]
        readings = iter(english_reader().read([question, *(text for each in texts for text in each)]))
        return read_closely(next(readings), [[next(readings) for _ in each] for each in texts])

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


def read_texts(passage: KnownPassage) -> list[str]:
    """A passage as it is read closely: each sentence under its heading; a product is short, and read as a whole."""
    if passage.product:
        return [passage.text]
    last_heading = passage.heading.rpartition(" > ")[2]
    return [f"{last_heading}: {sentence}" for sentence in passage.sentences] or [passage.text]


def _in_deviations(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = float(scores.std())
    return (scores - scores.mean()) / spread if spread else np.zeros(len(scores))
